import { GitCompareArrows } from "lucide-react";
import { Fragment, useRef } from "react";
import type { Burst, NamedVersion } from "../../protocol/generated";
import type { DocumentHistory, HistoryList } from "../../store/document-history";
import { useObservable } from "../../store/react";
import { namedWithin } from "../../store/version-names";
import { Button } from "../../ui/Button";
import { Switch } from "../../ui/Choice";
import { IconButton } from "../../ui/IconButton";
import { Select } from "../../ui/Select";
import { type HistoryPlace, NEWEST } from "../routes";
import { ago, count, exactly } from "../words";
import { NamedRow } from "./NamedRow";
import type { Naming } from "./NameVersion";
import { onlyNamed } from "./only-named";
import { Authors, namesOf, type PersonOf } from "./people";
import { versionName } from "./use-comparison";
import type { Go } from "./use-place";

interface BurstListProps {
  history: DocumentHistory;
  list: HistoryList;
  /** The newest version first. */
  named: readonly NamedVersion[];
  naming: Naming;
  mayWrite: boolean;
  person: PersonOf;
  deleted: boolean;
  version: number;
  place: HistoryPlace;
  go: Go;
  choose(version: number | null): void;
  now: number;
}

/** Who changed the text when, and the versions that have names, the newest first; or only those. Arrow keys go from one
 *  to the next. */
export function BurstList(props: BurstListProps) {
  const { history, list, named, naming, mayWrite, person, deleted, version, place, go, choose, now } = props;
  const only = useObservable(onlyNamed);
  const box = useRef<HTMLOListElement>(null);
  const shown = history.burstOf(version);
  const compared = typeof place.compare === "number" ? history.burstOf(place.compare) : undefined;
  const row = (each: NamedVersion) => (
    <NamedRow
      key={each.named_version_id}
      {...{ named: each, naming, mayWrite, person, now }}
      isShown={each.version === version}
      show={() => choose(each.version)}
      compare={() => go({ compare: each.version })}
    />
  );
  return (
    <>
      {(named.length > 0 || only) && (
        <div className="history-only">
          <Switch isSelected={only} onChange={(on) => onlyNamed.set(on)}>
            Only named versions
          </Switch>
        </div>
      )}
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
      {only && named.length === 0 && list.historyId !== null && (
        <p className="tree-note">
          {mayWrite
            ? "No version of this file has a name yet. “Name this version” gives one to the version that is shown."
            : "No version of this file has a name yet."}
        </p>
      )}
      <ol
        className="bursts"
        ref={box}
        aria-label={only ? "Named versions, the newest first" : "Changes, the newest first"}
        onKeyDown={(event) => {
          const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (step === undefined) return;
          const buttons = [...(box.current?.querySelectorAll<HTMLElement>(".burst") ?? [])];
          const next = buttons[buttons.indexOf(document.activeElement as HTMLElement) + step];
          if (next) next.focus();
          event.preventDefault();
        }}
      >
        {only
          ? named.map(row)
          : list.bursts.map((burst, index) => (
              <Fragment key={burst.first}>
                <li className="burst-row">
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
                {namedWithin(named, burst.first, burst.last).map(row)}
              </Fragment>
            ))}
      </ol>
      {list.more && !only && (
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
