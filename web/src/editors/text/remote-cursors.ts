/**
 * Cursors and selections of other people. Carets and name flags are drawn in a layer above the text, so that they never
 * move a letter or disturb an input method. A flag fades two seconds after its person last moved or typed, and is drawn
 * on the side where it does not cover one's own line.
 */
import {
  EditorSelection,
  type EditorState,
  type Extension,
  StateEffect,
  StateField,
  type Transaction,
} from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  EditorView,
  type LayerMarker,
  layer,
  RectangleMarker,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";
import { ySyncAnnotation } from "y-codemirror.next";
import * as Y from "yjs";
import type { DocumentClient } from "../../sync/document-client";

/** How long a name stays beside a cursor that moved. */
export const FLAG_MS = 2_000;
/** A moving cursor is told to others at most this often. */
const TELL_EVERY_MS = 60;
/** A cursor that is followed stays so many pixels away from the edges. */
const FOLLOW_MARGIN = 80;

interface Cursor {
  clientId: number;
  accountId: string;
  name: string;
  colour: number;
  anchor: number;
  head: number;
  movedAt: number;
}

const setCursors = StateEffect.define<readonly Cursor[]>();
const fade = StateEffect.define<null>();

const cursors = StateField.define<readonly Cursor[]>({
  create: () => [],
  update(value, transaction) {
    let now = value;
    if (transaction.docChanged) now = value.map((cursor) => moved(cursor, transaction));
    for (const effect of transaction.effects) if (effect.is(setCursors)) now = effect.value;
    return now;
  },
  provide: (field) => EditorView.decorations.from(field, selections),
});

const setFollowed = StateEffect.define<string | null>();

/** The account whose cursor is kept in view; typing ends it. */
const followed = StateField.define<string | null>({
  create: () => null,
  update(value, transaction) {
    let now = transaction.docChanged && transaction.annotation(ySyncAnnotation) === undefined ? null : value;
    for (const effect of transaction.effects) if (effect.is(setFollowed)) now = effect.value;
    return now;
  },
});

/** Somebody's cursor; of several tabs that which moved last. */
function cursorOf(list: readonly Cursor[], accountId: string): Cursor | undefined {
  return list
    .filter((cursor) => cursor.accountId === accountId)
    .reduce<Cursor | undefined>((last, cursor) => (last && last.movedAt >= cursor.movedAt ? last : cursor), undefined);
}

/** Brings somebody's cursor into view, with the name beside it; answers whether there is one. */
export function showPerson(view: EditorView, accountId: string): boolean {
  const list = view.state.field(cursors);
  const found = cursorOf(list, accountId);
  if (!found) return false;
  const shown = list.map((cursor) => (cursor === found ? { ...cursor, movedAt: Date.now() } : cursor));
  view.dispatch({ effects: [setCursors.of(shown), EditorView.scrollIntoView(found.head, { y: "center" })] });
  return true;
}

/** Keeps somebody's cursor in view until one types; null ends it. */
export function followPerson(view: EditorView, accountId: string | null): void {
  view.dispatch({ effects: setFollowed.of(accountId) });
  if (accountId !== null) showPerson(view, accountId);
}

export function followedPerson(state: EditorState): string | null {
  return state.field(followed);
}

function moved(cursor: Cursor, transaction: Transaction): Cursor {
  const { changes } = transaction;
  const typed =
    transaction.annotation(ySyncAnnotation) !== undefined && changes.touchesRange(cursor.head, cursor.head) !== false;
  return {
    ...cursor,
    anchor: changes.mapPos(cursor.anchor, 1),
    head: changes.mapPos(cursor.head, 1),
    movedAt: typed ? Date.now() : cursor.movedAt,
  };
}

/** One cursor a person: of several tabs that which moved last. */
function onePerPerson(list: readonly Cursor[]): readonly Cursor[] {
  return list.filter((cursor) => cursor.accountId === "" || cursorOf(list, cursor.accountId) === cursor);
}

function selections(value: readonly Cursor[]): DecorationSet {
  const ranges = onePerPerson(value)
    .filter((cursor) => cursor.anchor !== cursor.head)
    .map((cursor) =>
      Decoration.mark({ attributes: { class: "cm-person-selection", style: colours(cursor.colour) } }).range(
        Math.min(cursor.anchor, cursor.head),
        Math.max(cursor.anchor, cursor.head),
      ),
    );
  return Decoration.set(ranges, true);
}

const colours = (colour: number) => `--person: var(--person-${colour}); --on-person: var(--on-person-${colour})`;

type Flag = "above" | "below" | "none";

class CaretMarker implements LayerMarker {
  constructor(
    private readonly cursor: Cursor,
    private readonly rectangle: RectangleMarker,
    private readonly flag: Flag,
  ) {}

  eq(other: CaretMarker): boolean {
    return (
      other.cursor.clientId === this.cursor.clientId &&
      other.cursor.name === this.cursor.name &&
      other.cursor.colour === this.cursor.colour &&
      other.flag === this.flag &&
      other.rectangle.eq(this.rectangle)
    );
  }

  draw(): HTMLElement {
    const dom = document.createElement("div");
    dom.append(document.createElement("span"));
    this.adjust(dom);
    return dom;
  }

  update(dom: HTMLElement, previous: CaretMarker): boolean {
    if (previous.cursor.clientId !== this.cursor.clientId) return false;
    this.adjust(dom);
    return true;
  }

  private adjust(dom: HTMLElement): void {
    const { left, top, height } = this.rectangle;
    dom.className = `cm-person-caret flag-${this.flag}`;
    dom.setAttribute("style", `${colours(this.cursor.colour)}; left: ${left}px; top: ${top}px; height: ${height}px`);
    const name = dom.firstElementChild as HTMLElement;
    name.textContent = this.cursor.name;
  }
}

/** Above its line unless the flag would then cover one's own line or leave the view; else below; else nowhere. */
function flagOf(view: EditorView, cursor: Cursor): Flag {
  if (Date.now() - cursor.movedAt >= FLAG_MS) return "none";
  const { doc, selection } = view.state;
  const line = doc.lineAt(cursor.head).number;
  const own = doc.lineAt(selection.main.head).number;
  if (line > 1 && own !== line - 1) return "above";
  return own === line + 1 ? "none" : "below";
}

function caretMarkers(view: EditorView): CaretMarker[] {
  const markers: CaretMarker[] = [];
  const { from, to } = view.viewport;
  for (const cursor of onePerPerson(view.state.field(cursors))) {
    if (cursor.head < from || cursor.head > to) continue;
    const [rectangle] = RectangleMarker.forRange(view, "", EditorSelection.cursor(cursor.head));
    if (rectangle) markers.push(new CaretMarker(cursor, rectangle, flagOf(view, cursor)));
  }
  return markers;
}

const carets = layer({
  above: true,
  class: "cm-person-layer",
  update: (update) =>
    update.docChanged ||
    update.selectionSet ||
    update.viewportChanged ||
    update.geometryChanged ||
    update.transactions.some((transaction) => transaction.effects.some((e) => e.is(setCursors) || e.is(fade))),
  markers: caretMarkers,
});

/** Reads others from awareness and tells them about this editor's own cursor. */
function watcher(client: DocumentClient, text: Y.Text) {
  const { awareness } = client;
  return ViewPlugin.fromClass(
    class {
      private reading: ReturnType<typeof setTimeout> | undefined;
      private fading: ReturnType<typeof setTimeout> | undefined;
      private telling: ReturnType<typeof setTimeout> | undefined;
      private told: { anchor: Y.RelativePosition; head: Y.RelativePosition } | null = null;
      private said: unknown = null;
      private seen = new Map<number, string>();

      constructor(private readonly view: EditorView) {
        awareness.on("change", this.heard);
        this.readSoon();
        this.tellSoon();
      }

      update(update: ViewUpdate): void {
        // A position may point at text that only now has come.
        if (update.docChanged && update.transactions.some((t) => t.annotation(ySyncAnnotation))) this.readSoon();
        if (update.selectionSet || update.focusChanged || update.docChanged) this.tellSoon();
        if (this.view.state.field(cursors).length > 0) this.fadeLater();
      }

      destroy(): void {
        awareness.off("change", this.heard);
        for (const timer of [this.reading, this.fading, this.telling]) clearTimeout(timer);
        // Of several texts of a document one has the cursor; the others must not take it away.
        const state = awareness.getLocalState();
        if (this.told && state && state.cursor === this.said) awareness.setLocalStateField("cursor", null);
      }

      private readonly heard = (change: { added: number[]; updated: number[]; removed: number[] }) => {
        const others = [...change.added, ...change.updated, ...change.removed].filter(
          (id) => id !== awareness.clientID,
        );
        if (others.length > 0) this.readSoon();
      };

      private readSoon(): void {
        this.reading ??= setTimeout(() => {
          this.reading = undefined;
          const list = this.read();
          const effects: StateEffect<unknown>[] = [setCursors.of(list)];
          const account = this.view.state.field(followed);
          const found = account === null ? undefined : cursorOf(list, account);
          if (found) effects.push(EditorView.scrollIntoView(found.head, { y: "nearest", yMargin: FOLLOW_MARGIN }));
          this.view.dispatch({ effects });
        }, 0);
      }

      private read(): Cursor[] {
        const before = new Map(this.view.state.field(cursors).map((cursor) => [cursor.clientId, cursor]));
        const found: Cursor[] = [];
        const seen = new Map<number, string>();
        const people = client.presence();
        const me = people.find((person) => person.self)?.accountId;
        for (const { clientId, accountId, name: theirName, colour, self } of people) {
          if (self) continue;
          const name = accountId === me ? "You, elsewhere" : theirName;
          const state = awareness.getStates().get(clientId) as { cursor?: { anchor: unknown; head: unknown } | null };
          const anchor = absolute(state.cursor?.anchor, text);
          const head = absolute(state.cursor?.head, text);
          if (anchor === undefined || head === undefined) continue;
          const key = JSON.stringify(state.cursor);
          const old = before.get(clientId);
          const stayed = old !== undefined && this.seen.get(clientId) === key;
          found.push({ clientId, accountId, name, colour, anchor, head, movedAt: stayed ? old.movedAt : Date.now() });
          seen.set(clientId, key);
        }
        this.seen = seen;
        return found;
      }

      private fadeLater(): void {
        clearTimeout(this.fading);
        this.fading = setTimeout(() => this.view.dispatch({ effects: fade.of(null) }), FLAG_MS + 20);
      }

      private tellSoon(): void {
        this.telling ??= setTimeout(() => {
          this.telling = undefined;
          this.tell();
        }, TELL_EVERY_MS);
      }

      private tell(): void {
        if (!this.view.hasFocus || !awareness.getLocalState()) return;
        const { anchor, head } = this.view.state.selection.main;
        const now = {
          anchor: Y.createRelativePositionFromTypeIndex(text, anchor),
          head: Y.createRelativePositionFromTypeIndex(text, head),
        };
        const same =
          this.told &&
          awareness.getLocalState()?.cursor === this.said &&
          Y.compareRelativePositions(this.told.anchor, now.anchor) &&
          Y.compareRelativePositions(this.told.head, now.head);
        if (same) return;
        this.told = now;
        this.said = { anchor: Y.relativePositionToJSON(now.anchor), head: Y.relativePositionToJSON(now.head) };
        awareness.setLocalStateField("cursor", this.said);
      }
    },
  );
}

/** An index into the text; undefined for what is no position, or one in text that is not here yet. */
function absolute(position: unknown, text: Y.Text): number | undefined {
  if (typeof position !== "object" || position === null || !text.doc) return undefined;
  try {
    const found = Y.createAbsolutePositionFromRelativePosition(Y.createRelativePositionFromJSON(position), text.doc);
    return found && found.type === text && found.index <= text.length ? found.index : undefined;
  } catch {
    return undefined;
  }
}

/** `text` is what the editor shows: one of several in a notebook. */
export function remoteCursors(client: DocumentClient, text: Y.Text = client.text): Extension {
  return [cursors, followed, carets, watcher(client, text)];
}
