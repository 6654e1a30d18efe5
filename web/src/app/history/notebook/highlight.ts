/** Code in colours without an editor: as many pieces as there are colours. */

import { EditorView } from "@codemirror/view";
import { highlightTree } from "@lezer/highlight";
import { useEffect, useState } from "react";
import { languageNamed } from "../../../editors/text/languages";
import { highlightStyle, theme } from "../../../editors/text/theme";

/** Longer texts stay in one colour. */
const MAX_PARSED_CHARACTERS = 50_000;

/** Characters in [from, to) have these classes. */
export interface Coloured {
  from: number;
  to: number;
  classes: string;
}

const NONE: readonly Coloured[] = [];
let hasStyles = false;

/** The colours of a text in a language, as Jupyter calls that, once its parser is there; `on` as long as anybody looks. */
export function useColours(text: string, language: string, on: boolean): readonly Coloured[] {
  const [found, setFound] = useState<{ text: string; colours: readonly Coloured[] }>({ text: "", colours: NONE });
  useEffect(() => {
    const description = on && text.length <= MAX_PARSED_CHARACTERS ? languageNamed(language) : undefined;
    if (!description) return;
    let wanted = true;
    void description.load().then(({ language }) => {
      if (!wanted) return;
      // Its style sheet comes with the first view that has it.
      if (!hasStyles) new EditorView({ extensions: theme }).destroy();
      hasStyles = true;
      const colours: Coloured[] = [];
      highlightTree(language.parser.parse(text), highlightStyle, (from, to, classes) =>
        colours.push({ from, to, classes }),
      );
      setFound({ text, colours });
    });
    return () => {
      wanted = false;
    };
  }, [text, language, on]);
  return found.text === text ? found.colours : NONE;
}
