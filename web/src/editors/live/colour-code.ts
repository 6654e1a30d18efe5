/** Colours the code in a text that was drawn, by the parsers of the editor, which are loaded when there is such code. */
import { EditorView } from "@codemirror/view";
import { highlightTree } from "@lezer/highlight";
import { languageNamed } from "../text/languages";
import { highlightStyle, theme } from "../text/theme";

/** Longer code stays in one colour. */
const MAX_CHARACTERS = 50_000;
let hasStyles = false;

export async function colourCode(place: ParentNode): Promise<void> {
  await Promise.all(
    [...place.querySelectorAll<HTMLElement>("pre > code[class*='language-']")].map(async (code) => {
      const name = /language-(\S+)/.exec(code.className)?.[1] ?? "";
      const text = code.textContent ?? "";
      const description = text.length <= MAX_CHARACTERS ? languageNamed(name) : undefined;
      if (!description) return;
      const { language } = await description.load();
      if (!hasStyles) new EditorView({ extensions: theme }).destroy(); // its style sheet comes with the first view
      hasStyles = true;
      const pieces: (Node | string)[] = [];
      let at = 0;
      highlightTree(language.parser.parse(text), highlightStyle, (from, to, classes) => {
        const piece = document.createElement("span");
        piece.className = classes;
        piece.textContent = text.slice(from, to);
        pieces.push(text.slice(at, from), piece);
        at = to;
      });
      code.replaceChildren(...pieces, text.slice(at));
    }),
  );
}
