import { useObservable } from "../../store/react";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { useKernelStatus, useNotebook } from "./context";
import ExportDialog from "./ExportDialog";
import { KeysDialog } from "./KeysDialog";

export type Asked = "restart" | "restart-run-all" | "shut-down" | "kernel" | "export" | "keys" | null;

const ENDINGS = {
  restart: { title: "Restart the kernel?", button: "Restart" },
  "restart-run-all": { title: "Restart the kernel and run all cells?", button: "Restart and run all" },
  "shut-down": { title: "Shut down the kernel?", button: "Shut down" },
};

/** What has to be asked, since it cannot be undone or needs an answer. */
export function Dialogs({ asked, onClose }: { asked: Asked; onClose(): void }) {
  if (asked === null) return null;
  if (asked === "kernel") return <ChooseKernel onClose={onClose} />;
  if (asked === "export") return <Export onClose={onClose} />;
  if (asked === "keys") return <KeysDialog onClose={onClose} />;
  return <EndKernel asked={asked} onClose={onClose} />;
}

function Export({ onClose }: { onClose(): void }) {
  const { projectId, path } = useNotebook();
  return <ExportDialog projectId={projectId} path={path} onClose={onClose} />;
}

function EndKernel({ asked, onClose }: { asked: keyof typeof ENDINGS; onClose(): void }) {
  const { session } = useNotebook();
  const { title, button } = ENDINGS[asked];
  const end = () => {
    if (asked === "shut-down") session.ask({ type: "shut_down" });
    else session.ask({ type: "restart", run_all: asked === "restart-run-all" });
    onClose();
  };
  return (
    <Dialog title={title} isOpen onClose={onClose}>
      <p>
        All its variables are lost, for everybody in this notebook.{" "}
        {asked === "restart-run-all" ? "The cells make their outputs anew." : "Text and outputs stay."}
      </p>
      <div className="dialog-acts">
        <Button onPress={onClose}>Cancel</Button>
        <Button look="primary" autoFocus onPress={end}>
          {button}
        </Button>
      </div>
    </Dialog>
  );
}

function ChooseKernel({ onClose }: { onClose(): void }) {
  const { session, kernel } = useNotebook();
  const specs = useObservable(kernel.specs);
  const status = useKernelStatus();
  return (
    <Dialog title="Choose a kernel" isOpen onClose={onClose}>
      {specs.length === 0 ? (
        <p>No kernel is installed in this project, or they cannot be asked for now.</p>
      ) : (
        <ul className="kernel-list">
          {specs.map((spec) => (
            <li key={spec.name}>
              <Button
                look={spec.name === status?.kernel?.name ? "primary" : "normal"}
                onPress={() => {
                  session.ask({ type: "start", name: spec.name });
                  onClose();
                }}
              >
                {spec.display_name}
              </Button>
              <span className="secondary">{spec.language}</span>
            </li>
          ))}
        </ul>
      )}
      <p className="secondary">
        Kernels that you install in the project show up here: <code>python -m ipykernel install --user</code>, for
        example.
      </p>
      <div className="dialog-acts">
        <Button onPress={() => session.ask({ type: "list_specs" })}>Look again</Button>
      </div>
    </Dialog>
  );
}
