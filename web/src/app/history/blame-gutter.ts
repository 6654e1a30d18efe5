/** Who wrote each line, beside the text: each run of lines has its person's colour, and its first line the name and when. */
import { type Extension, StateEffect, StateField } from "@codemirror/state";
import { GutterMarker, gutter } from "@codemirror/view";
import type { BlameRun } from "../../protocol/generated";
import { runOf, runStarts } from "../../store/document-history";
import { initials } from "../../ui/Avatar";

/** A run of lines as it is shown. */
export interface BlameLabel {
  name: string;
  /** Null for the disk, and for somebody who is not in the project. */
  colour: number | null;
  ago: string;
  /** All of it, on hover. */
  title: string;
  version: number;
}

export interface BlameMarks {
  lines: readonly BlameRun[];
  starts: readonly number[];
  labels: readonly BlameLabel[];
}

export const NO_BLAME: BlameMarks = { lines: [], starts: [], labels: [] };

export const blameMarks = (lines: readonly BlameRun[], label: (run: BlameRun) => BlameLabel): BlameMarks => ({
  lines,
  starts: runStarts(lines),
  labels: lines.map(label),
});

export const setBlame = StateEffect.define<BlameMarks>();

export const blameField = StateField.define<BlameMarks>({
  create: () => NO_BLAME,
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(setBlame)) return effect.value;
    // Another text: what is known is of the one before.
    return transaction.docChanged ? NO_BLAME : value;
  },
});

/** The label of a line, counted from 1. */
export function labelOf(value: BlameMarks, line: number): BlameLabel | undefined {
  return value.labels[runOf(value.starts, line)];
}

class BlameMarker extends GutterMarker {
  constructor(
    private readonly label: BlameLabel,
    private readonly first: boolean,
  ) {
    super();
  }

  override eq(other: BlameMarker): boolean {
    return other.first === this.first && other.label.title === this.label.title && other.label.ago === this.label.ago;
  }

  override toDOM(): HTMLElement {
    const { name, colour, ago, title } = this.label;
    const dom = document.createElement("span");
    dom.className = this.first ? "blame-run first" : "blame-run";
    dom.title = `${title}. Click to go there.`;
    if (colour !== null) {
      dom.style.setProperty("--person", `var(--person-${colour % 12})`);
      dom.style.setProperty("--on-person", `var(--on-person-${colour % 12})`);
    }
    if (!this.first) return dom;
    const face = document.createElement("span");
    face.className = colour === null ? "avatar small nobody" : "avatar small";
    face.dataset.initials = colour === null ? "–" : initials(name);
    const words = document.createElement("span");
    words.className = "blame-words";
    words.append(Object.assign(document.createElement("span"), { className: "truncate", textContent: name }));
    words.append(Object.assign(document.createElement("span"), { className: "blame-ago", textContent: ago }));
    dom.append(face, words);
    return dom;
  }
}

/** A click calls `go` with the version that wrote the line. */
export function blameGutter(go: (version: number) => void): Extension {
  return gutter({
    class: "history-blame",
    lineMarker(view, line) {
      const value = view.state.field(blameField);
      if (value.labels.length === 0) return null;
      const number = view.state.doc.lineAt(line.from).number;
      const index = runOf(value.starts, number);
      const label = value.labels[index];
      return label ? new BlameMarker(label, value.starts[index] === number) : null;
    },
    lineMarkerChange: (update) => update.startState.field(blameField) !== update.state.field(blameField),
    domEventHandlers: {
      click(view, line) {
        const label = labelOf(view.state.field(blameField), view.state.doc.lineAt(line.from).number);
        if (label) go(label.version);
        return label !== undefined;
      },
    },
  });
}
