import { Bell as BellIcon, BellRing, Pencil, SquareTerminal, UserPlus, Users } from "lucide-react";
import { useState } from "react";
import { DialogTrigger, Popover } from "react-aria-components";
import { useCommands, useKeyOf } from "../commands/react";
import { MY_NOTIFICATIONS, markRead, type NotificationRow } from "../store/activity";
import { useObservable } from "../store/react";
import { useTable, useTables } from "../store/use-table";
import { Button } from "../ui/Button";
import { IconButton } from "../ui/IconButton";
import { notificationWords } from "./activity-words";
import { Link } from "./navigation";
import { fileUrl, projectUrl } from "./routes";
import { seenFile } from "./seen-file";
import { useNow } from "./use-now";
import { ago, exactly } from "./words";

/** More is told as a number with a plus. */
const MOST_SHOWN = 99;

const ICONS = {
  file_edited: Pencil,
  added_to_project: UserPlus,
  role_changed: Users,
  mentioned: BellRing,
  notice: SquareTerminal,
} as const;

/** What others did that concerns one, in all projects, on every page; live. */
export function Bell() {
  const store = useTables();
  const { rows } = useTable(MY_NOTIFICATIONS);
  const seen = useObservable(seenFile);
  const [open, setOpen] = useState(false);
  const shortcut = useKeyOf("view.notifications");
  useCommands([
    {
      id: "view.notifications",
      title: "Show or hide the notifications",
      section: "View",
      keys: ["Alt-b"],
      run: () => setOpen((open) => !open),
    },
  ]);
  const unread = rows.filter(
    (row) => row.read_at === null && !(row.project_id === seen?.projectId && row.path === seen.path),
  );
  const read = (read: readonly NotificationRow[]) => {
    for (const row of read) if (row.read_at === null) markRead(store, row).catch(() => {});
  };
  const shown = unread.length > MOST_SHOWN ? `${MOST_SHOWN}+` : String(unread.length);
  return (
    <DialogTrigger isOpen={open} onOpenChange={setOpen}>
      <IconButton
        className="bell"
        label={unread.length > 0 ? `Notifications, ${shown} unread` : "Notifications"}
        shortcut={shortcut}
      >
        <BellIcon aria-hidden />
        {unread.length > 0 && (
          <span className="bell-count numbers" aria-hidden>
            {shown}
          </span>
        )}
      </IconButton>
      {/* The popover is the dialog itself: all that is in it then belongs to one. */}
      <Popover className="popover notifications" aria-label="Notifications" offset={4} placement="bottom end">
        <div className="notifications-body">
          <div className="panel-head">
            <h2 className="panel-title">Notifications</h2>
            {unread.length > 0 && (
              <Button look="plain" onPress={() => read(unread)}>
                Mark all read
              </Button>
            )}
          </div>
          {rows.length === 0 ? (
            <p className="tree-note">
              When others edit files that you have opened, or add you to a project, it shows here.
            </p>
          ) : (
            <ul className="notification-list" aria-label="Notifications, the newest first">
              {rows.map((row) => (
                <Notification
                  key={row.notification_id}
                  row={row}
                  onOpen={() => {
                    read([row]);
                    setOpen(false);
                  }}
                />
              ))}
            </ul>
          )}
        </div>
      </Popover>
    </DialogTrigger>
  );
}

function Notification({ row, onOpen }: { row: NotificationRow; onOpen(): void }) {
  const now = useNow();
  const at = Date.parse(row.happened_at);
  const Icon = ICONS[row.kind] ?? BellRing;
  const unread = row.read_at === null;
  return (
    <li>
      <Link
        className={`notification ${unread ? "unread" : ""}`}
        href={row.path ? fileUrl(row.project_id, row.path) : projectUrl(row.project_id)}
        onClick={onOpen}
      >
        <Icon aria-hidden />
        <span className="notification-text">
          <span title={row.path || undefined}>
            {notificationWords(row)}
            {unread && <span className="visually-hidden">, unread</span>}
          </span>
          <span className="secondary">
            {row.detail.title} ·{" "}
            <time dateTime={row.happened_at} title={exactly(at)}>
              {ago(at, now)}
            </time>
          </span>
        </span>
      </Link>
    </li>
  );
}
