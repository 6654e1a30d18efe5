/** A CodeMirror view of a live document. */
import { closeBrackets } from "@codemirror/autocomplete";
import {
  bracketMatching,
  codeFolding,
  foldGutter,
  indentOnInput,
  indentUnit,
  type LanguageSupport,
} from "@codemirror/language";
import { highlightSelectionMatches, search } from "@codemirror/search";
import { Compartment, EditorState, type Extension, type Text } from "@codemirror/state";
import {
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  lineNumbers,
  rectangularSelection,
} from "@codemirror/view";
import { yCollab } from "y-codemirror.next";
import { difference, mapPosition } from "../../sync/difference";
import type { DocumentClient } from "../../sync/document-client";
import type { EditorSettings } from "../types";
import { keepInStep } from "./in-step";
import { detectIndentation } from "./indentation";
import { chosenKeys, fileKeys, ownKeys } from "./keys";
import { languageOf } from "./languages";
import { followedPerson, followPerson, remoteCursors, showPerson } from "./remote-cursors";
import { noteShift, updateSteadily } from "./steady-scroll";
import { theme } from "./theme";
import { undoManagerOf } from "./undo";
import { WORDS } from "./words";

/** Longer texts are not coloured: the parser would be behind for seconds after each key. */
export const MAX_PARSED_CHARACTERS = 2_000_000;
/** A text with a longer line is neither wrapped nor checked for spelling, which looks at the whole line for each key. */
const MAX_LINE_CHARACTERS = 20_000;

const PROSE = /\.(md|markdown|tex|txt|rst)$/i;

export interface TextViewOptions {
  client: DocumentClient;
  path: string;
  settings: EditorSettings;
  /** After each change of text or selection. */
  onUpdate(view: TextView): void;
  /** Where the view before this one was, when the document came anew with another history. */
  place?: Place;
}

/** Where a person is in a text. */
export interface Place {
  text: string;
  anchor: number;
  head: number;
  focused: boolean;
}

export class TextView {
  readonly view: EditorView;
  readonly language: string;
  readonly indentation: string;
  private readonly isHeavy: boolean;
  private readonly language_ = new Compartment();
  private readonly keys = new Compartment();
  private readonly wrap = new Compartment();
  private readonly access = new Compartment();
  private settings: EditorSettings;
  private destroyed = false;

  constructor(parent: HTMLElement, options: TextViewOptions) {
    const { client, path, settings } = options;
    this.settings = settings;
    const name = path.slice(path.lastIndexOf("/") + 1);
    const text = client.text.toString();
    const undoManager = undoManagerOf(client.text);
    const description = text.length > MAX_PARSED_CHARACTERS ? undefined : languageOf(path);
    this.language = description?.name ?? "Plain text";
    // The document has "\n" alone at line ends; anything else is a character like others, or positions would differ.
    const doc = EditorState.create({ doc: text, extensions: EditorState.lineSeparator.of("\n") }).doc;
    this.indentation = detectIndentation(doc, path);
    this.isHeavy = text.length > MAX_PARSED_CHARACTERS || hasLongLine(doc);
    const state = EditorState.create({
      doc,
      extensions: [
        this.keys.of([]),
        this.access.of(access(client.writable)),
        this.wrap.of(this.wrapping(settings)),
        this.language_.of([]),
        ownKeys({ saveNow: () => client.saveNow(), endUndoStep: () => undoManager.stopCapturing() }),
        fileKeys,
        basics(name, PROSE.test(path) && !this.isHeavy),
        indentUnit.of(this.indentation),
        EditorState.tabSize.of(this.indentation === "\t" ? 4 : Math.max(2, this.indentation.length)),
        yCollab(client.text, null, { undoManager }),
        remoteCursors(client),
        noteShift,
        theme,
        keepInStep(client.text),
        EditorView.updateListener.of((update) => {
          const followed = followedPerson(update.startState) !== followedPerson(update.state);
          if (update.docChanged || update.selectionSet || followed) options.onUpdate(this);
        }),
      ],
    });
    this.view = new EditorView({ state, parent, dispatchTransactions: updateSteadily });
    void description?.load().then((support: LanguageSupport) => this.reconfigure(this.language_, support));
    if (options.place) this.goBackTo(options.place);
    this.setFontSize(settings.fontSize);
    if (settings.keys !== "default") this.loadKeys(settings.keys);
  }

  applySettings(settings: EditorSettings): void {
    const old = this.settings;
    this.settings = settings;
    if (settings.fontSize !== old.fontSize) this.setFontSize(settings.fontSize);
    if (settings.lineWrap !== old.lineWrap) this.reconfigure(this.wrap, this.wrapping(settings));
    if (settings.keys !== old.keys) this.loadKeys(settings.keys);
  }

  setWritable(writable: boolean): void {
    if (writable === this.view.state.readOnly) this.reconfigure(this.access, access(writable));
  }

  /** Puts the cursor into a line, counted from 1, at a column from 0, and brings it into view; `length` is selected. */
  goTo(line: number, column = 0, length = 0): void {
    const { doc } = this.view.state;
    const { from, to } = doc.line(Math.min(Math.max(1, Math.trunc(line)), doc.lines));
    const anchor = Math.min(from + column, to);
    const head = Math.min(anchor + length, to);
    this.view.dispatch({
      selection: { anchor, head },
      effects: EditorView.scrollIntoView(head, { y: "center" }),
    });
  }

  showPerson(accountId: string): boolean {
    return showPerson(this.view, accountId);
  }

  follow(accountId: string | null): void {
    followPerson(this.view, accountId);
  }

  get following(): string | null {
    return followedPerson(this.view.state);
  }

  place(): Place {
    const { doc, selection } = this.view.state;
    const { anchor, head } = selection.main;
    return { text: doc.toString(), anchor, head, focused: this.view.hasFocus };
  }

  private goBackTo({ text, anchor, head, focused }: Place): void {
    const edits = difference(text, this.view.state.doc.toString());
    const selection = { anchor: mapPosition(anchor, edits), head: mapPosition(head, edits) };
    this.view.dispatch({ selection, effects: EditorView.scrollIntoView(selection.head, { y: "center" }) });
    if (focused) this.view.focus();
  }

  position(): { line: number; column: number; selected: number } {
    const { doc, selection } = this.view.state;
    const line = doc.lineAt(selection.main.head);
    const selected = selection.ranges.reduce((sum, range) => sum + range.to - range.from, 0);
    return { line: line.number, column: selection.main.head - line.from + 1, selected };
  }

  destroy(): void {
    this.destroyed = true;
    this.view.destroy();
  }

  private wrapping(settings: EditorSettings): Extension {
    return settings.lineWrap && !this.isHeavy ? EditorView.lineWrapping : [];
  }

  private setFontSize(pixels: number): void {
    this.view.dom.style.setProperty("--editor-font-size", `${pixels}px`);
    this.view.requestMeasure();
  }

  private loadKeys(keys: EditorSettings["keys"]): void {
    void chosenKeys(keys).then((extension) => {
      if (this.settings.keys === keys) this.reconfigure(this.keys, extension);
    });
  }

  private reconfigure(compartment: Compartment, extension: Extension): void {
    if (!this.destroyed) this.view.dispatch({ effects: compartment.reconfigure(extension) });
  }
}

function hasLongLine(doc: Text): boolean {
  for (const line of doc.iterLines()) if (line.length > MAX_LINE_CHARACTERS) return true;
  return false;
}

function access(writable: boolean): Extension {
  return EditorState.readOnly.of(!writable);
}

/** What every editor of text has, in a file or in a cell. */
export function basicEditing(label: string, prose: boolean): Extension {
  return [
    EditorState.lineSeparator.of("\n"),
    EditorView.clipboardInputFilter.of((text) => text.replace(/\r\n?/g, "\n")),
    EditorState.allowMultipleSelections.of(true),
    EditorView.clickAddsSelectionRange.of((event) => event.altKey && !event.shiftKey),
    rectangularSelection({ eventFilter: (event) => event.altKey && event.shiftKey && event.button === 0 }),
    EditorView.contentAttributes.of({
      "aria-label": label,
      tabindex: "0",
      spellcheck: prose ? "true" : "false",
      autocapitalize: "off",
      autocorrect: "off",
    }),
    highlightSpecialChars(),
    drawSelection(),
    dropCursor(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    EditorState.phrases.of(WORDS),
  ];
}

function basics(name: string, prose: boolean): Extension {
  return [
    basicEditing(`${name} editor`, prose),
    lineNumbers(),
    highlightActiveLineGutter(),
    codeFolding(),
    foldGutter(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    search({ top: true }),
  ];
}
