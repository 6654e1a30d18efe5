import { Ban, CircleCheck, Ellipsis, KeyRound, Shield, ShieldOff } from "lucide-react";
import { useState } from "react";
import { sentence } from "../../net/api";
import { changeAccount, type ListedAccount } from "../../store/administration";
import { useTables } from "../../store/use-table";
import { IconButton } from "../../ui/IconButton";
import { MenuButton, MenuItem } from "../../ui/Menu";
import { toast } from "../../ui/toast-queue";
import { ago, exactly, fullName } from "../words";
import { PasswordLinkDialog } from "./PasswordLinkDialog";

type Change = Parameters<typeof changeAccount>[2];

/** One line of the list of accounts. */
export function AccountItem({ row, isMine }: { row: ListedAccount; isMine: boolean }) {
  const store = useTables();
  const [helping, setHelping] = useState(false);
  const name = fullName(row);
  const active = row.last_active_at === null ? null : Date.parse(row.last_active_at);
  const change = async (to: Change, back: Change, told: string) => {
    try {
      await changeAccount(store, row.account_id, to);
      const undo = () =>
        changeAccount(store, row.account_id, back).catch((error) => toast(sentence(error), { danger: true }));
      toast(told, { act: { label: "Undo", run: () => void undo() } });
    } catch (error) {
      toast(`${name}: ${sentence(error)}`, { danger: true });
    }
  };
  return (
    <li className="account-item">
      <div className="account-name">
        <span className="project-title truncate">{name}</span>
        <span className="secondary truncate">{row.email_address}</span>
      </div>
      <span className="account-marks">
        {isMine && <span className="mark-word">You</span>}
        {row.administrator && <span className="mark-word">Administrator</span>}
        {row.disabled && <span className="mark-word disabled">Disabled</span>}
      </span>
      <span className="secondary account-active">
        {active === null ? (
          "Never active"
        ) : (
          <>
            <span className="only-read">Last active </span>
            <time dateTime={row.last_active_at ?? ""} title={exactly(active)}>
              {ago(active, Date.now())}
            </time>
          </>
        )}
      </span>
      {isMine ? (
        // Nobody shuts themselves out: a site that nobody can administer would be left.
        <span className="account-menu" />
      ) : (
        <>
          <MenuButton
            label={`Actions for ${name}`}
            button={
              <IconButton className="account-menu" label={`Actions for ${name}`}>
                <Ellipsis aria-hidden />
              </IconButton>
            }
          >
            {row.administrator ? (
              <MenuItem
                key="no-administrator"
                id="no-administrator"
                icon={ShieldOff}
                onAction={() =>
                  void change(
                    { administrator: false },
                    { administrator: true },
                    `${name} is no longer an administrator.`,
                  )
                }
              >
                Take administration away
              </MenuItem>
            ) : (
              <MenuItem
                key="administrator"
                id="administrator"
                icon={Shield}
                onAction={() =>
                  void change(
                    { administrator: true },
                    { administrator: false },
                    `${name} is an administrator: they see all accounts and can open every project.`,
                  )
                }
              >
                Make administrator
              </MenuItem>
            )}
            {row.disabled ? (
              <MenuItem
                key="enable"
                id="enable"
                icon={CircleCheck}
                onAction={() => void change({ disabled: false }, { disabled: true }, `${name} can sign in again.`)}
              >
                Enable account
              </MenuItem>
            ) : (
              <MenuItem
                key="disable"
                id="disable"
                icon={Ban}
                onAction={() =>
                  void change(
                    { disabled: true },
                    { disabled: false },
                    `${name} is signed out everywhere and cannot sign in. Their projects and files stay.`,
                  )
                }
              >
                Disable account
              </MenuItem>
            )}
            <MenuItem id="password" icon={KeyRound} onAction={() => setHelping(true)}>
              Help with a forgotten password
            </MenuItem>
          </MenuButton>
          <PasswordLinkDialog row={row} isOpen={helping} onClose={() => setHelping(false)} />
        </>
      )}
    </li>
  );
}
