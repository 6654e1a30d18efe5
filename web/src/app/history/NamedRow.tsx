import { Ellipsis, GitCompareArrows, Pencil, Tag, Trash2 } from "lucide-react";
import type { NamedVersion } from "../../protocol/generated";
import { IconMenu, MenuItem } from "../../ui/Menu";
import { ago, exactly } from "../words";
import type { Naming } from "./NameVersion";
import { nameOf, type PersonOf } from "./people";

interface NamedRowProps {
  named: NamedVersion;
  naming: Naming;
  mayWrite: boolean;
  person: PersonOf;
  /** In milliseconds. */
  now: number;
  isShown: boolean;
  show(): void;
  compare(): void;
}

/** A version with a name, in the list: what it is called, when it was made, and what can be done with the name. */
export function NamedRow({ named, naming, mayWrite, person, now, isShown, show, compare }: NamedRowProps) {
  const made = named.version_at * 1000;
  const by = named.account_id === null ? "a program in a terminal" : nameOf(named.account_id, person);
  return (
    <li className="burst-row named-row">
      <button type="button" className="burst" aria-current={isShown ? "true" : undefined} onClick={show}>
        <Tag aria-hidden />
        <span className="burst-words">
          <strong className="truncate" title={named.name}>
            {named.name}
          </strong>
          <span className="secondary" title={`Named by ${by}, ${exactly(named.named_at * 1000)}`}>
            {`Version ${named.version.toLocaleString("en")}, `}
            <time dateTime={new Date(made).toISOString()}>{ago(made, now)}</time>
          </span>
        </span>
      </button>
      <IconMenu label={`More about “${named.name}”`} menu={named.name} icon={<Ellipsis aria-hidden />}>
        {() => [
          <MenuItem key="compare" id="compare" icon={GitCompareArrows} onAction={compare}>
            Compare with this version
          </MenuItem>,
          ...(mayWrite
            ? [
                <MenuItem key="rename" id="rename" icon={Pencil} onAction={() => naming.startRenaming(named)}>
                  Rename
                </MenuItem>,
                <MenuItem key="remove" id="remove" icon={Trash2} onAction={() => naming.remove(named)}>
                  Remove this name
                </MenuItem>,
              ]
            : []),
        ]}
      </IconMenu>
    </li>
  );
}
