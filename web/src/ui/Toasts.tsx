import { CircleAlert, X } from "lucide-react";
import { useObservable } from "../store/react";
import { Button } from "./Button";
import { IconButton } from "./IconButton";
import { dismiss, toasts } from "./toast-queue";

/** Where toasts appear; once in the page. It stays reachable while a dialog is open. */
export function Toasts() {
  const shown = useObservable(toasts);
  return (
    <section className="toasts" aria-label="Notifications" aria-live="polite" data-react-aria-top-layer="true">
      {shown.map((toast) => (
        <div key={toast.id} className={`toast ${toast.danger ? "danger" : ""}`}>
          {toast.danger && <CircleAlert aria-hidden />}
          <span className="grow">{toast.text}</span>
          {toast.act && (
            <Button
              onPress={() => {
                dismiss(toast.id);
                toast.act?.run();
              }}
            >
              {toast.act.label}
            </Button>
          )}
          <IconButton label="Dismiss" onPress={() => dismiss(toast.id)}>
            <X aria-hidden />
          </IconButton>
        </div>
      ))}
    </section>
  );
}
