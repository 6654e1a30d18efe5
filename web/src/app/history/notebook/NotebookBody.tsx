import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { request, sentence } from "../../../net/api";
import { useObservable } from "../../../store/react";
import { settings } from "../../../store/settings";
import { restoreNotebook, restoreThings } from "../../../sync/notebook/restoring";
import { languageIn, sameValue } from "../../../sync/notebook/version";
import { Checkbox } from "../../../ui/Choice";
import { toast } from "../../../ui/toast-queue";
import { useProject } from "../../project/context";
import { count } from "../../words";
import { type BodyProps, liveFormat, readOnlyReason } from "../body";
import { ChangeBar } from "../ChangeBar";
import { restore } from "../restore";
import { WhyNot } from "../TextBody";
import { useAnnouncement } from "../use-announcement";
import { useChangeCommands } from "../use-commands";
import { told } from "../use-comparison";
import { ItemView, onCellKeys } from "./CellItemView";
import { type CellAct, countItems, type HistoryItem, itemsOf, nameOfItem, thingOf } from "./cell-rows";
import { notebookVersionName, useNotebooks } from "./use-notebooks";
import "../../../editors/notebook/notebook.css";
import "./notebook-history.css";

/** A version of a notebook: its cells with their outputs as they were then, and what is another in another version. */
export default function NotebookBody(props: BodyProps) {
  const { history, path, deleted, live, place, version, shown, said, playing, isNewest, onRestored } = props;
  const { projectId } = useProject();
  const { fontSize } = useObservable(settings);
  const notebooks = useNotebooks(shown, place.compare, live, isNewest);
  const items = useItems(notebooks);
  const changed = useMemo(() => items.filter((item) => item.words.length > 0), [items]);
  const scroller = useRef<HTMLDivElement>(null);
  const [currentKey, setCurrentKey] = useState<string | null>(null);
  const [onlyChanged, setOnlyChanged] = useState(false);
  const format = liveFormat(live);
  const doc = format === "notebook" ? live.document?.client.doc : undefined;
  const mayRestoreCells = !deleted && live.writable && doc !== undefined;

  const current = items.find((item) => item.key === currentKey) ?? null;
  const index = current === null ? -1 : changed.indexOf(current);
  const shownItems = onlyChanged ? changed : items;

  const reveal = useCallback((key: string) => {
    const find = () => elementOf(scroller.current, key);
    find()?.scrollIntoView({ block: "center" });
    // Once more when those above it have their heights.
    requestAnimationFrame(() => find()?.scrollIntoView({ block: "center" }));
    if (scroller.current?.contains(document.activeElement)) find()?.focus({ preventScroll: true });
  }, []);
  // Another version: its first change is meant, which comes into view. As the notebook moves on, the same one or the next.
  const key = useRef("");
  const meant = useRef({ key: "", index: 0 });
  useEffect(() => {
    if (notebooks === null) return;
    const isOther = notebooks.key !== key.current;
    key.current = notebooks.key;
    const first = changed[0]?.key ?? null;
    if (isOther) {
      setCurrentKey(playing ? null : first);
      if (first !== null) reveal(first);
      return;
    }
    setCurrentKey((old) => {
      const stays = (old === meant.current.key ? changed : items).some((item) => item.key === old);
      return stays ? old : (changed[Math.min(meant.current.index, changed.length - 1)]?.key ?? first);
    });
  }, [notebooks, items, changed, playing, reveal]);
  useEffect(() => {
    if (index >= 0) meant.current = { key: currentKey ?? "", index };
  }, [index, currentKey]);

  // Who was in a cell that is not there any more goes on in the one that is meant now.
  const hasFocus = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other cells are there
  useLayoutEffect(() => {
    if (!hasFocus.current || document.activeElement !== document.body || currentKey === null) return;
    elementOf(scroller.current, currentKey)?.focus({ preventScroll: true });
  }, [currentKey, items]);

  const announcement = useAnnouncement({
    version,
    said,
    changes: notebooks === null ? undefined : changed.length,
    playing,
  });
  const newest = useRef({ props, announcement, notebooks });
  newest.current = { props, announcement, notebooks };
  const onAct = useCallback(
    (act: CellAct) => {
      const { props, announcement, notebooks } = newest.current;
      if (!doc || !notebooks) return;
      const undo = restoreThings(doc, [thingOf(act, notebooks)]);
      if (undo === null) announcement.tell("The notebook is like that already.", true);
      else props.onRestored(undo, act.what);
      props.live.refresh();
    },
    [doc],
  );
  const move = (by: 1 | -1) => {
    if (changed.length === 0) return;
    const from = index >= 0 ? index : by > 0 ? -1 : 0;
    const to = (from + by + changed.length) % changed.length;
    const item = changed[to] as HistoryItem;
    setCurrentKey(item.key);
    reveal(item.key);
    const words = item.kind === "cell" && item.cell.source !== "" ? `: ${told(item.cell.source)}` : "";
    announcement.tellChange(to, `${nameOfItem(item)}${words}`);
  };
  const exact = shown?.version === version && notebooks !== null ? shown : null;
  const restoreAll = async () => {
    if (exact === null || notebooks === null) return;
    const name = notebookVersionName(version);
    const text = async () => (await request(history.fileAddress(version))).text();
    try {
      if (deleted) props.onBringBack(await text());
      else if (doc && live.writable) {
        const undo = restoreNotebook(doc, notebooks.shown);
        if (undo === null) toast("The notebook is like that already.");
        else onRestored(undo, name);
        props.close();
      } else if (format === "text" && live.document && live.writable) {
        // The file is no notebook now, and is shown as text: it becomes the text of one again.
        onRestored(restore(live.document.client, await text()), name);
        props.close();
      }
    } catch (error) {
      toast(`${name} was not restored. ${sentence(error)}`, { danger: true });
    }
  };
  const act = current?.acts[0];
  useChangeCommands({
    canRestorePart: mayRestoreCells && act !== undefined,
    canRestore: (deleted ? props.mayWrite : live.writable) && exact !== null,
    move,
    restorePart: () => act && onAct(act),
    restore: () => void restoreAll(),
  });

  const { here, there, changed: both } = countItems(items);
  const [onlyHere, onlyThere] =
    notebooks?.side === "older" ? ["only here", `only in ${notebooks.otherName}`] : ["added", "removed"];
  const language = notebooks ? languageIn(notebooks.shown) : "python";
  return (
    <>
      <ChangeBar
        here={`${count(here, "cell")} ${onlyHere}`}
        there={`${count(there, "cell")} ${onlyThere}`}
        both={`${count(both, "cell")} changed`}
        changes={changed.length}
        current={index < 0 ? null : index}
        restores={mayRestoreCells ? (act?.label ?? "Restore this cell") : null}
        canRestore={act !== undefined}
      >
        <span className="history-filter">
          <Checkbox isSelected={onlyChanged} onChange={setOnlyChanged}>
            Changed cells only
          </Checkbox>
        </span>
        <WhyNot words={readOnlyReason(props) ?? (format === "text" && !deleted ? NO_NOTEBOOK_NOW : null)} />
      </ChangeBar>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: its cells have the focus, and the keys */}
      <div
        className="history-text history-notebook"
        ref={scroller}
        style={{ "--editor-font-size": `${fontSize}px` } as React.CSSProperties}
        onKeyDown={onCellKeys}
        onFocus={() => {
          hasFocus.current = true;
        }}
        onBlur={() => {
          hasFocus.current = false;
        }}
      >
        {shownItems.map((item) => (
          <ItemView
            key={item.key}
            item={item}
            isCurrent={item.key === currentKey}
            mayRestore={mayRestoreCells}
            otherName={notebooks?.otherName ?? ""}
            {...{ language, projectId, path, onAct }}
            onFocus={setCurrentKey}
          />
        ))}
        {notebooks !== null && shownItems.length === 0 && (
          <p className="history-nothing secondary">
            {onlyChanged ? "No cell is another." : "The notebook had no cells then."}
          </p>
        )}
      </div>
      <p className="visually-hidden" role="status">
        {announcement.said}
      </p>
    </>
  );
}

function elementOf(scroller: HTMLElement | null, key: string): HTMLElement | null | undefined {
  return scroller?.querySelector<HTMLElement>(`[data-item="${CSS.escape(key)}"]`);
}

const NO_NOTEBOOK_NOW = "The file is no notebook now. “Restore this version” makes it one again.";

/** The same item as before while nothing of it is another: what is drawn already stays. */
function useItems(notebooks: ReturnType<typeof useNotebooks>): readonly HistoryItem[] {
  const known = useRef(new Map<string, HistoryItem>());
  return useMemo(() => {
    if (notebooks === null) return [...known.current.values()];
    const made = itemsOf(notebooks).map((item) => {
      const old = known.current.get(item.key);
      return old && isSame(old, item) ? old : item;
    });
    known.current = new Map(made.map((item) => [item.key, item]));
    return made;
  }, [notebooks]);
}

function isSame(old: HistoryItem, now: HistoryItem): boolean {
  if (old.kind !== "cell" || now.kind !== "cell") return false;
  if (old.cell !== now.cell || old.other !== now.other || old.number !== now.number) return false;
  return sameValue(old.words, now.words) && sameValue(old.acts, now.acts);
}
