import { GitCompareArrows } from "lucide-react";
import { useRef } from "react";
import type { Burst } from "../../protocol/generated";
import type { DocumentHistory, HistoryList } from "../../store/document-history";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { Select } from "../../ui/Select";
import { type HistoryPlace, NEWEST } from "../routes";
import { ago, count, exactly } from "../words";
import { Authors, namesOf, type PersonOf } from "./people";
import { versionName } from "./use-comparison";
import type { Go } from "./use-place";

interface BurstListProps {
  history: DocumentHistory;
  list: HistoryList;
  person: PersonOf;
  deleted: boolean;
  version: number;
  place: HistoryPlace;
  go: Go;
  choose(version: number | null): void;
  now: number;
}

/** Who changed the text when, the newest first. Arrow keys go from one to the next. */
export function BurstList({ history, list, person, deleted, version, place, go, choose, now }: BurstListProps) {
  const box = useRef<HTMLOListElement>(null);
  const shown = history.burstOf(version);
  const compared = typeof place.compare === "number" ? history.burstOf(place.compare) : undefined;
  return (
    <>
      {list.histories.length > 1 && !deleted && (
        <div className="history-which">
          <Select
            label="Which file"
            hideLabel
            value={list.historyId ?? ""}
            choices={list.histories.map((each) => ({
              value: each.history_id as string,
              label: each.current
                ? "This file"
                : `${each.format !== list.histories[0]?.format ? KINDS[each.format ?? "text"] : "Earlier file here"}, ${exactly(each.started_at * 1000)} to ${exactly(each.ended_at * 1000)}`,
            }))}
            onChange={(id) => {
              const current = list.histories.some((each) => each.current && each.history_id === id);
              go({ ...NEWEST, history: current ? null : id });
            }}
          />
        </div>
      )}
      {list.problem !== null && (
        <p className="tree-note" role="status">
          {list.problem}
        </p>
      )}
      {list.historyId !== null && list.version === 0 && (
        <p className="tree-note">Nothing was typed here yet. Every change will be kept here, with its author.</p>
      )}
      <ol
        className="bursts"
        ref={box}
        aria-label="Changes, the newest first"
        onKeyDown={(event) => {
          const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (step === undefined) return;
          const buttons = [...(box.current?.querySelectorAll<HTMLElement>(".burst") ?? [])];
          const next = buttons[buttons.indexOf(document.activeElement as HTMLElement) + step];
          if (next) next.focus();
          event.preventDefault();
        }}
      >
        {list.bursts.map((burst, index) => (
          <li key={burst.first} className="burst-row">
            <button
              type="button"
              className="burst"
              aria-current={burst === shown ? "true" : undefined}
              onClick={() => choose(index === 0 ? null : burst.last)}
            >
              <Authors accountIds={burst.account_ids} person={person} />
              <span className="burst-words">
                <span className="truncate">
                  {burst.account_ids.includes(null) ? "Changed on disk" : namesOf(burst.account_ids, person)}
                </span>
                <span className="secondary">
                  <time dateTime={new Date(burst.ended_at * 1000).toISOString()} title={span(burst)}>
                    {ago(burst.ended_at * 1000, now)}
                  </time>
                  {`, ${count(burst.last - burst.first + 1, "edit")}`}
                </span>
              </span>
            </button>
            <IconButton
              label={`Compare with ${versionName(burst.last)}`}
              className="burst-compare"
              aria-pressed={burst === compared}
              onPress={() => go({ compare: burst === compared ? null : burst.last })}
            >
              <GitCompareArrows aria-hidden />
            </IconButton>
          </li>
        ))}
      </ol>
      {list.more && (
        <Button look="plain" isDisabled={list.loading} onPress={() => void history.loadMore()}>
          Show earlier changes
        </Button>
      )}
    </>
  );
}

/** The same file, while it was of another kind. */
const KINDS = { text: "As a text", notebook: "As a notebook" };

/** From when to when. */
function span(burst: Burst): string {
  const [from, to] = [exactly(burst.started_at * 1000), exactly(burst.ended_at * 1000)];
  return from === to ? to : `${from} to ${to}`;
}
