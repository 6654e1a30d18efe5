/** Completion on demand, by the kernel: the running one, or what can be known from reading the code. */
import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import type { Extension } from "@codemirror/state";
import type { NotebookSession } from "./session";

/** How many code points the first `length` code units are. */
export const codePoints = (text: string, length: number): number => [...text.slice(0, length)].length;

/** How many code units the first `count` code points are. */
export function codeUnits(text: string, count: number): number {
  let units = 0;
  for (let seen = 0; seen < count && units < text.length; seen++)
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  return units;
}

export function completeFrom(session: NotebookSession, id: string): Extension {
  return autocompletion({
    activateOnTyping: false,
    override: [(context) => completions(session, id, context)],
  });
}

async function completions(
  session: NotebookSession,
  id: string,
  context: CompletionContext,
): Promise<CompletionResult | null> {
  if (!context.explicit || !session.kernel) return null;
  const code = context.state.doc.toString();
  const answer = await session.kernel.complete(code, codePoints(code, context.pos), id);
  if (!answer || answer.matches.length === 0 || context.aborted) return null;
  const [from, to] = [codeUnits(code, answer.start), codeUnits(code, answer.end)];
  const [only] = answer.matches;
  if (answer.matches.length === 1 && only !== undefined && context.view) {
    const { view } = context;
    if (view.state.doc.toString() === code) {
      view.dispatch({ changes: { from, to, insert: only }, selection: { anchor: from + only.length } });
    }
    return null;
  }
  const options: Completion[] = answer.matches.map((label, index) => {
    const type = kindOf(answer.types?.[index] ?? "");
    return { label, boost: -index / answer.matches.length, ...(type ? { type } : {}) };
  });
  return { from, to, options, validFor: /^[\w.%]*$/ };
}

/** The editor's word for what the kernel says. */
function kindOf(type: string): string | undefined {
  const kinds: Record<string, string> = {
    function: "function",
    method: "method",
    class: "class",
    module: "namespace",
    instance: "variable",
    statement: "variable",
    param: "variable",
    property: "property",
    keyword: "keyword",
    path: "text",
    magic: "keyword",
  };
  return kinds[type];
}
