/** Languages by file name. Each one's code is loaded when the first file of it is opened. */
import { LanguageDescription, LanguageSupport, StreamLanguage, type StreamParser } from "@codemirror/language";
import { languages as known } from "@codemirror/language-data";

const makefile: StreamParser<{ recipe: boolean }> = {
  name: "makefile",
  startState: () => ({ recipe: false }),
  token(stream, state) {
    if (stream.sol()) {
      state.recipe = stream.eat("\t") !== undefined;
      if (stream.match(/^[\w./%$(){}-][^:=#\n]*?(?=\s*::?(?!=))/)) return "labelName";
      if (stream.match(/^[\w.-]+(?=\s*(:|\?|\+|!)?=)/)) return "variableName";
      if (stream.match(/^-?(include|ifeq|ifneq|ifdef|ifndef|else|endif|define|endef|export|unexport|override)\b/)) {
        return "keyword";
      }
    }
    if (stream.eat("#")) {
      stream.skipToEnd();
      return "comment";
    }
    if (stream.match(/^\$[({][\w.@%<^+*?-]+/)) return "variableName.special";
    if (stream.match(/^\$[@%<^+*?]/)) return "variableName.special";
    if (stream.match(/^"(?:[^"\\]|\\.)*"|^'[^']*'/)) return "string";
    stream.next();
    return null;
  },
  languageData: { commentTokens: { line: "#" } },
};

const named = (name: string) => known.find((language) => language.name === name);

function also(name: string, label: string, extensions: string[]): LanguageDescription[] {
  const base = named(name);
  if (!base) return [];
  return [LanguageDescription.of({ name: label, extensions, load: () => base.load() })];
}

const languages: readonly LanguageDescription[] = [
  LanguageDescription.of({
    name: "Makefile",
    filename: /^(GNUm|M|m)akefile(\..*)?$/,
    extensions: ["mk", "mak"],
    load: async () => new LanguageSupport(StreamLanguage.define(makefile)),
  }),
  ...also("JSON", "Notebook (JSON)", ["ipynb"]),
  ...also("JSON", "JSON lines", ["tasks", "chat", "course", "jsonl", "ndjson"]),
  ...also("Python", "Sage", ["sage", "spyx"]),
  ...also("Shell", "Shell", ["bashrc", "bash_profile", "profile", "zshrc", "zsh"]),
  ...also("LaTeX", "LaTeX", ["sty", "cls", "bib", "tikz"]),
  ...known,
];

/** The language of a file by its name; undefined is plain text. */
export function languageOf(path: string): LanguageDescription | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return LanguageDescription.matchFilename(languages as LanguageDescription[], name) ?? undefined;
}

/** A language by what Jupyter calls it, such as `python`, `R` or `ir`. */
export function languageNamed(name: string): LanguageDescription | undefined {
  const known = { ipython: "python", ir: "r", bash: "shell", sagemath: "python", octave: "octave" } as const;
  const wanted = known[name.toLowerCase() as keyof typeof known] ?? name;
  return LanguageDescription.matchLanguageName(languages as LanguageDescription[], wanted, false) ?? undefined;
}
