import {
  Copy,
  Download,
  Ellipsis,
  FileClock,
  FileDown,
  Link as LinkIcon,
  Play,
  RotateCcw,
  Tag,
  UserPen,
} from "lucide-react";
import { commands } from "../../commands/commands";
import { useKeyOf } from "../../commands/react";
import type { AccountId } from "../../protocol/generated";
import { Button } from "../../ui/Button";
import { IconButton } from "../../ui/IconButton";
import { MenuButton, MenuItem, MenuSeparator } from "../../ui/Menu";
import { Select } from "../../ui/Select";
import { PHONE, useMedia } from "../../ui/use-media";
import { ago, exactly } from "../words";
import { Authors, namesOf, type PersonOf } from "./people";
import { PACES, type Pace } from "./use-play";

export type CompareKind = "burst" | "now" | "version";

const COMPARISONS: readonly { value: CompareKind; label: string }[] = [
  { value: "burst", label: "What changed then" },
  { value: "now", label: "Compared with now" },
  { value: "version", label: "Compared with a version" },
];

interface HistoryHeadProps {
  version: number;
  /** Who made it; empty while that is not known. */
  authors: readonly (AccountId | null)[];
  /** Those that it was given, the last one first. */
  names: readonly string[];
  mayName: boolean;
  /** In milliseconds. */
  at: number;
  now: number;
  person: PersonOf;
  deleted: boolean;
  compare: CompareKind;
  setCompare(kind: CompareKind): void;
  /** Null where it is not told. */
  blame: boolean | null;
  /** There is a text to compare with now. */
  hasNow: boolean;
  mayRestore: boolean;
  /** Plays the changes from now on at this pace. */
  play(pace: Pace): void;
}

/** The version that is shown: who made it and when, what it is compared with, and what can be done with it. */
export function HistoryHead(props: HistoryHeadProps) {
  const { version, authors, at, now, person, deleted, compare, setCompare, blame, hasNow, mayRestore, play } = props;
  const phone = useMedia(PHONE);
  const { mayName } = props;
  const blameKey = useKeyOf("history.blame");
  const nameKey = useKeyOf("history.name");
  const name = props.names.join(", ");
  const title = `Version ${version.toLocaleString("en")}`;
  const people = authors.length > 0 ? namesOf(authors, person) : "";
  const run = (id: string) => () => void commands.run(id);
  return (
    <div className={`history-head ${blame === null ? "one-button" : ""}`}>
      <div className="history-what">
        <Authors accountIds={authors} person={person} />
        {name !== "" && (
          <strong className="history-name truncate" title={name}>
            {name}
          </strong>
        )}
        <span className="truncate">
          {name === "" ? <strong>{title}</strong> : title}{" "}
          {people !== "" && (
            <>
              {authors.includes(null) ? `${people}, ` : `by ${people}, `}
              <time dateTime={new Date(at).toISOString()} title={exactly(at)}>
                {ago(at, now)}
              </time>
            </>
          )}
        </span>
      </div>
      {blame !== null && (
        <IconButton label="Who wrote each line" shortcut={blameKey} aria-pressed={blame} onPress={run("history.blame")}>
          <UserPen aria-hidden />
        </IconButton>
      )}
      <MenuButton
        label="More about this history"
        button={
          <IconButton label="More about this history">
            <Ellipsis aria-hidden />
          </IconButton>
        }
      >
        {mayName && (
          <MenuItem id="name" icon={Tag} shortcut={nameKey} onAction={run("history.name")}>
            Name this version
          </MenuItem>
        )}
        <MenuItem id="link" icon={LinkIcon} onAction={run("history.copy-link")}>
          Copy link to this version
        </MenuItem>
        {blame !== null && (
          <MenuItem id="text" icon={Copy} onAction={run("history.copy-text")}>
            Copy the text of this version
          </MenuItem>
        )}
        <MenuItem id="file" icon={FileDown} onAction={run("history.download")}>
          Download this version
        </MenuItem>
        <MenuSeparator />
        <MenuItem id="export" icon={Download} onAction={run("history.export")}>
          Download history as a git repository
        </MenuItem>
        {phone && (
          <>
            <MenuSeparator />
            {PACES.map(({ value, play: title }) => (
              <MenuItem key={value} id={value} icon={Play} onAction={() => play(value)}>
                {title}
              </MenuItem>
            ))}
            <MenuSeparator />
          </>
        )}
        <MenuItem id="deleted" icon={FileClock} onAction={run("history.deleted")}>
          History of deleted files
        </MenuItem>
      </MenuButton>
      <Select<CompareKind>
        label="Marks"
        hideLabel
        value={compare}
        choices={!hasNow ? COMPARISONS.filter(({ value }) => value !== "now") : COMPARISONS}
        onChange={setCompare}
      />
      <Button look="primary" isDisabled={!mayRestore} onPress={run("history.restore")}>
        <RotateCcw aria-hidden /> {deleted ? "Bring back this version" : "Restore this version"}
      </Button>
    </div>
  );
}
