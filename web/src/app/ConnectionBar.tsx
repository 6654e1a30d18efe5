import { WifiOff } from "lucide-react";
import { useEffect, useState } from "react";
import type { Connection } from "../net/connection";
import { useObservable } from "../store/react";
import { useTableStore } from "../store/use-table";
import { Button } from "../ui/Button";

/** A connection that is back within this time was never worth a word. */
const CALM_MS = 1_500;

/** A thin calm bar while the connection is lost. */
export function ConnectionBar() {
  const store = useTableStore();
  return store ? <LostBar connection={store.connection} /> : null;
}

export function LostBar({ connection }: { connection: Connection }) {
  const state = useObservable(connection.state);
  const lost = state === "offline";
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!lost) {
      setShown(false);
      return;
    }
    const timer = setTimeout(() => setShown(true), CALM_MS);
    return () => clearTimeout(timer);
  }, [lost]);
  if (!shown) return null;
  return (
    <div className="lost-bar" role="status">
      <WifiOff aria-hidden />
      <span>The connection is lost. You can go on reading and writing; changes are sent when it is back.</span>
      <Button look="plain" onPress={() => connection.retry()}>
        Try now
      </Button>
    </div>
  );
}
