import { Bell, Columns2, Ellipsis, Eye, Rows2, SquareTerminal, X } from "lucide-react";
import { useKeyOf } from "../../commands/react";
import type { TerminalEntry, TerminalPerson } from "../../protocol/generated";
import { useObservable } from "../../store/react";
import { Avatar } from "../../ui/Avatar";
import { IconButton } from "../../ui/IconButton";
import { MenuButton } from "../../ui/Menu";
import { closeTerminal, split } from "./acts";
import { useTerminals } from "./context";
import { MenuItems } from "./PaneMenu";
import type { TerminalSession } from "./session";
import { placeOf, titleOf } from "./words";

/** More faces than this would hide the title. */
const MAX_FACES = 4;

interface PaneHeadProps {
  session: TerminalSession;
  entry: TerminalEntry;
  number: number;
  onFind(): void;
}

/** What a terminal is called and where it is, who is in it and types, and its buttons. */
export function PaneHead({ session, entry, number, onFind }: PaneHeadProps) {
  const context = useTerminals();
  const { mayType, accountId, count } = context;
  const status = useObservable(session.client.status);
  const rang = useObservable(session.rang);
  const rightKey = useKeyOf("terminal.split-right");
  const belowKey = useKeyOf("terminal.split-below");
  const others = (status?.people ?? []).filter((person) => person.account_id !== accountId);
  const title = titleOf(status);
  const place = placeOf(status?.directory);
  return (
    <header className="terminal-head">
      {rang ? <Bell aria-label="The bell rang" className="terminal-bell" /> : <SquareTerminal aria-hidden />}
      <h2 className="terminal-title truncate" title={title}>
        {count > 1 && <span className="secondary numbers">{number} </span>}
        {title}
      </h2>
      {place !== title && <span className="terminal-place secondary truncate">{place}</span>}
      <span className="grow" />
      {!mayType && (
        <span className="terminal-watch secondary">
          <Eye aria-hidden /> You watch: viewers cannot type
        </span>
      )}
      <People people={others} />
      {mayType && (
        <span className="terminal-wide">
          <IconButton label="Split to the right" shortcut={rightKey} onPress={() => split(context, entry, "row")}>
            <Columns2 aria-hidden />
          </IconButton>
          <IconButton label="Split below" shortcut={belowKey} onPress={() => split(context, entry, "column")}>
            <Rows2 aria-hidden />
          </IconButton>
        </span>
      )}
      <MenuButton
        label={`Terminal ${number}`}
        button={
          <IconButton label={`More for terminal ${number}`}>
            <Ellipsis aria-hidden />
          </IconButton>
        }
      >
        <MenuItems session={session} entry={entry} onFind={onFind} />
      </MenuButton>
      {mayType && count > 1 && (
        <IconButton label={`Close terminal ${number}`} onPress={() => closeTerminal(context, session, entry)}>
          <X aria-hidden />
        </IconButton>
      )}
    </header>
  );
}

function People({ people }: { people: readonly TerminalPerson[] }) {
  if (people.length === 0) return null;
  return (
    <span className="terminal-people">
      {people.slice(0, MAX_FACES).map((person) => (
        <span key={person.account_id} className={person.typing ? "terminal-typing" : ""}>
          <Avatar
            name={person.name}
            colour={person.colour}
            size="small"
            label={person.typing ? `${person.name} types` : person.name}
          />
        </span>
      ))}
      {people.length > MAX_FACES && <span className="secondary numbers">+{people.length - MAX_FACES}</span>}
    </span>
  );
}
