import { ChevronLeft, ChevronRight, Copy, Pause, Play, RotateCcw } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import "../../editors/text/text.css";
import type { DocumentHistory, HistoryList } from "../../store/document-history";
import { useObservable } from "../../store/react";
import { settings, theme } from "../../store/settings";
import { Button } from "../../ui/Button";
import { copyText } from "../../ui/copy";
import { IconButton } from "../../ui/IconButton";
import { Select } from "../../ui/Select";
import { ago, count, exactly } from "../words";
import { Authors, namesOf, type PersonOf } from "./people";
import { type Change, HistoryTextView } from "./text-view";
import type { LiveDocument } from "./use-live";
import { usePlay } from "./use-play";

type Compare = "burst" | "now";

const COMPARISONS: readonly { value: Compare; label: string }[] = [
  { value: "burst", label: "What changed" },
  { value: "now", label: "What restoring would change" },
];

interface VersionViewProps {
  history: DocumentHistory;
  list: HistoryList;
  path: string;
  person: PersonOf;
  live: LiveDocument;
  version: number;
  choose(version: number | null): void;
  onRestore(text: string, what: string): void;
  now: number;
}

/** One version: its text with the changes marked, who made it and when, and the slider over all of them. */
export function VersionView({ history, list, path, person, live, version, choose, onRestore, now }: VersionViewProps) {
  const shown = useObservable(history.shown);
  const chosenSettings = useObservable(settings);
  const shownTheme = useObservable(theme);
  const place = useRef<HTMLDivElement>(null);
  const slider = useRef<HTMLInputElement>(null);
  const view = useRef<HistoryTextView | null>(null);
  const [compare, setCompare] = useState<Compare>("burst");
  const [change, setChange] = useState<Change | null>(null);
  const { keys, fontSize, lineWrap } = chosenSettings;

  useEffect(() => {
    if (!place.current) return;
    const made = new HistoryTextView(place.current, path);
    view.current = made;
    slider.current?.focus();
    return () => {
      view.current = null;
      made.destroy();
    };
  }, [path]);
  useEffect(() => {
    view.current?.apply({ keys, fontSize, lineWrap, theme: shownTheme });
  }, [keys, fontSize, lineWrap, shownTheme]);
  useEffect(() => {
    if (!shown) return;
    const client = live.document?.client;
    const base = compare === "now" && client?.ready ? client.text.toString() : shown.before;
    setChange(view.current?.show(shown.text, base) ?? null);
  }, [shown, compare, live]);

  const { playing, toggle } = usePlay({ version, last: list.version, shown: shown?.version ?? null, choose });
  const burst = history.burstOf(version);
  const exact = shown?.version === version ? shown : null;
  const authors = exact ? [exact.accountId] : (burst?.account_ids ?? []);
  const at = 1000 * (exact?.at ?? burst?.ended_at ?? 0);
  const names = authors.length > 0 ? namesOf(authors, person) : "";
  const said = names === "" ? "" : `, ${names}, ${ago(at, now)}`;
  const go = (to: number) => {
    if (playing) toggle();
    choose(to >= list.version ? null : Math.max(1, to));
  };

  return (
    <div className="history-main">
      <div className="history-head">
        <div className="history-what">
          <Authors accountIds={authors} person={person} />
          <span className="truncate">
            <strong>{`Version ${version.toLocaleString("en")}`}</strong>{" "}
            {names !== "" && (
              <>
                {authors.includes(null) ? `${names}, ` : `by ${names}, `}
                <time dateTime={new Date(at).toISOString()} title={exactly(at)}>
                  {ago(at, now)}
                </time>
              </>
            )}
          </span>
        </div>
        <Select<Compare> label="Marks" hideLabel value={compare} choices={COMPARISONS} onChange={setCompare} />
        <IconButton
          label="Copy the text of this version"
          isDisabled={!shown}
          onPress={() => shown && void copyText(shown.text, "The text of this version is copied.")}
        >
          <Copy aria-hidden />
        </IconButton>
        <Button
          look="primary"
          isDisabled={!exact || !live.writable}
          onPress={() => exact && onRestore(exact.text, `version ${exact.version.toLocaleString("en")}`)}
        >
          <RotateCcw aria-hidden /> Restore this version
        </Button>
      </div>
      <div className="history-time">
        <IconButton label="Earlier change" isDisabled={version <= 1} onPress={() => go((burst?.first ?? version) - 1)}>
          <ChevronLeft aria-hidden />
        </IconButton>
        <IconButton label={playing ? "Pause" : "Play the changes"} isDisabled={list.version < 2} onPress={toggle}>
          {playing ? <Pause aria-hidden /> : <Play aria-hidden />}
        </IconButton>
        <IconButton
          label="Later change"
          isDisabled={version >= list.version}
          onPress={() => {
            const next = (burst?.last ?? version) + 1;
            go(history.burstOf(next)?.last ?? next);
          }}
        >
          <ChevronRight aria-hidden />
        </IconButton>
        <input
          ref={slider}
          className="history-slider"
          type="range"
          aria-label="Version"
          min={1}
          max={Math.max(1, list.version)}
          step={1}
          value={Math.max(1, version)}
          aria-valuetext={`version ${version} of ${list.version}${said}`}
          onChange={(event) => go(event.currentTarget.valueAsNumber)}
        />
        <span className="history-count numbers secondary">{`of ${list.version.toLocaleString("en")}`}</span>
      </div>
      <p className="history-key">
        <ins className="history-added">{count(change?.added ?? 0, "character")} added</ins>
        <del className="history-removed">{count(change?.removed ?? 0, "character")} removed</del>
        {live.document && !live.writable && (
          <span className="secondary">You can read this file but not change it.</span>
        )}
      </p>
      <div className="history-text" ref={place} />
    </div>
  );
}
