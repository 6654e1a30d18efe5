import { NOTEBOOK_ENDING } from "../project/file-acts";

/** A kind of file that can be made new, with what it begins with. */
export interface Template {
  id: string;
  title: string;
  ending: string;
  text: string;
}

export const TEMPLATES: readonly Template[] = [
  { id: "text", title: "Text file", ending: ".txt", text: "" },
  { id: "markdown", title: "Markdown", ending: ".md", text: "# Title\n\n" },
  {
    id: "python",
    title: "Python script",
    ending: ".py",
    text: 'def main() -> None:\n    print("Hello")\n\n\nif __name__ == "__main__":\n    main()\n',
  },
  {
    id: "latex",
    title: "LaTeX article",
    ending: ".tex",
    text: [
      "\\documentclass{article}",
      "\\usepackage{amsmath, amssymb}",
      "\\usepackage{graphicx}",
      "\\usepackage{hyperref}",
      "",
      "\\title{Title}",
      "\\author{Author}",
      "",
      "\\begin{document}",
      "\\maketitle",
      "",
      "\\section{Introduction}",
      "",
      "\\end{document}",
      "",
    ].join("\n"),
  },
  { id: "csv", title: "CSV table", ending: ".csv", text: "name,value\n" },
  {
    id: "html",
    title: "HTML page",
    ending: ".html",
    text: [
      "<!doctype html>",
      '<html lang="en">',
      "  <head>",
      '    <meta charset="utf-8">',
      "    <title>Title</title>",
      "  </head>",
      "  <body>",
      "    <h1>Title</h1>",
      "  </body>",
      "</html>",
      "",
    ].join("\n"),
  },
];

/** The ending that a typed name gets when it has none. */
export function completed(name: string, ending: string | undefined): string {
  if (ending === undefined || !name.trim()) return name;
  if (ending === NOTEBOOK_ENDING) return name.toLowerCase().endsWith(ending) ? name : `${name}${ending}`;
  return /[^/]\.[^./]+$/.test(name) ? name : `${name}${ending}`;
}
