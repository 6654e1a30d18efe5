import { Cpu, Unplug } from "lucide-react";
import { useObservable } from "../../store/react";
import { Button } from "../../ui/Button";
import { useKernelStatus, useNotebook } from "./context";

/** What a person should know of the kernel, and what to do. */
export function KernelBars() {
  const { session, kernel, writable } = useNotebook();
  const status = useKernelStatus();
  const specs = useObservable(kernel.specs);
  const { kernel: wanted } = useObservable(session.notebook.meta);
  if (status?.state === "dead") {
    return (
      <div className="text-editor-bar warning" role="status">
        <Unplug aria-hidden />
        <span>
          {status.reason ?? "The kernel has ended by itself."} The text and outputs are all there; the variables are
          gone.
        </span>
        {writable && <Button onPress={() => session.ask({ type: "restart" })}>Restart the kernel</Button>}
        {writable && (
          <Button onPress={() => session.ask({ type: "restart", run_all: true })}>Restart and run all</Button>
        )}
      </div>
    );
  }
  if (status?.state === "missing") {
    const name = status.wanted ?? wanted?.displayName ?? "unknown";
    return (
      <div className="text-editor-bar warning" role="status">
        <Cpu aria-hidden />
        <span>
          {status.reason ?? `This notebook asks for the kernel “${name}”, which is not installed in this project.`}
          {writable && specs.length > 0 && " You can use another one:"}
        </span>
        {writable &&
          specs.slice(0, 4).map((spec) => (
            <Button key={spec.name} onPress={() => session.ask({ type: "start", name: spec.name })}>
              {`Use ${spec.display_name}`}
            </Button>
          ))}
        {writable && <Button onPress={() => session.ask({ type: "list_specs" })}>Look again</Button>}
      </div>
    );
  }
  return null;
}
