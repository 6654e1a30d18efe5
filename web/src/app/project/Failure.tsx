import { Copy } from "lucide-react";
import type { ProjectState } from "../../protocol/generated";
import { Button } from "../../ui/Button";
import { copyText } from "../../ui/copy";

/** Why a project does not run, and the last lines that it wrote, as text. */
export function FailureText({ state }: { state: ProjectState }) {
  return (
    <>
      <p role="alert">{state.message ?? "It ended without saying why."}</p>
      {state.log && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keys
        <pre className="log" role="log" aria-label="Last lines of its log" tabIndex={0}>
          <code>{state.log}</code>
        </pre>
      )}
    </>
  );
}

/** Copies what somebody who is asked for help needs to know. */
export function CopyFailure({ title, state }: { title: string; state: ProjectState }) {
  const text = [`Project “${title}” does not run (${state.at ?? "time unknown"}).`, state.message, state.log];
  return (
    <Button onPress={() => void copyText(text.filter(Boolean).join("\n\n"), "The details are copied.")}>
      <Copy aria-hidden />
      Copy details
    </Button>
  );
}
