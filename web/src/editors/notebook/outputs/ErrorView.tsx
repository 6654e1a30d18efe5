import { useState } from "react";
import { Button } from "../../../ui/Button";
import { TextOutput } from "./TextOutput";
import { readTraceback } from "./traceback";
import type { ErrorOutput } from "./types";

/** An error with its traceback, of which the middle is folded when it is long. */
export function ErrorView({ output }: { output: ErrorOutput }) {
  const [all, setAll] = useState(false);
  const { first, middle, last } = readTraceback(output);
  const summary = `${output.name}: ${output.value}`;
  const shown = all ? [...first, ...middle, ...last] : first;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what one fills in
    <div className="output-error" role="group" aria-label={`Error: ${summary.slice(0, 300)}`}>
      <TextOutput look="error" label="Traceback" text={shown.join("\n")} />
      {middle.length > 0 && !all && (
        <>
          <Button look="plain" onPress={() => setAll(true)}>
            Show {middle.length === 1 ? "one more frame" : `${middle.length} more frames`}
          </Button>
          <TextOutput look="error" label="End of the traceback" text={last.join("\n")} />
        </>
      )}
    </div>
  );
}
