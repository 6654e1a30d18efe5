import { Contrast, Keyboard, LogOut, MonitorCog, Moon, Search, Settings, Shield, Sun, SunMoon } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "react-aria-components";
import { ariaKey } from "../commands/keys";
import { useKeyOf } from "../commands/react";
import type { SessionInfo } from "../protocol/generated";
import { changeSettings } from "../store/settings";
import { Avatar } from "../ui/Avatar";
import { IconButton } from "../ui/IconButton";
import { MenuButton, MenuItem, MenuSeparator } from "../ui/Menu";
import { ShownKey } from "../ui/ShownKey";
import { Bell } from "./Bell";
import { faceOf } from "./faces";
import { leave } from "./GlobalCommands";
import { Link, navigate } from "./navigation";
import { openPalette } from "./palette-state";
import { fullName } from "./words";

/** The bar over every page: where one is, the search, and who one is. */
export function TopBar({ info, place, acts }: { info: SessionInfo; place?: ReactNode; acts?: ReactNode }) {
  return (
    <header className="top-bar">
      <nav className="place" aria-label="Place">
        <Link href="/" className="home-link" {...(place ? { "aria-label": "Home" } : {})}>
          <Mark />
          {!place && <span className="site-name truncate">{info.site.name}</span>}
        </Link>
        {place}
      </nav>
      <SearchField />
      <div className="acts">
        {acts}
        {info.mode === "multi" && info.account && <Bell />}
        <AccountMenu info={info} />
      </div>
    </header>
  );
}

function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" />
      <path d="M9 9.5c2.600-.800 5-.500 7 1 2-1.500 4.400-1.800 7-1v12.600c-2.600-.800-5-.500-7 1-2-1.500-4.400-1.800-7-1zM16 10.500v12.600" />
    </svg>
  );
}

function SearchField() {
  const key = useKeyOf("palette.commands");
  return (
    <Button className="search-field" aria-keyshortcuts={ariaKey(key)} onPress={() => openPalette("")}>
      <Search aria-hidden />
      <span className="grow truncate">Search or run a command</span>
      <ShownKey shortcut={key} />
    </Button>
  );
}

function AccountMenu({ info }: { info: SessionInfo }) {
  const name = info.account ? fullName(info.account) : "";
  const multi = info.mode === "multi";
  const keysKey = useKeyOf("help.keys");
  const settingsKey = useKeyOf("go.settings");
  const button =
    multi && info.account ? (
      <Button className="account-button" aria-label={`Account of ${name}`}>
        <Avatar {...faceOf(info.account)} />
      </Button>
    ) : (
      <IconButton label="Settings and help">
        <MonitorCog aria-hidden />
      </IconButton>
    );
  return (
    <MenuButton button={button} label={multi ? "Account" : "Settings and help"}>
      <MenuItem id="settings" icon={Settings} shortcut={settingsKey} onAction={() => navigate("/settings")}>
        Settings
      </MenuItem>
      {info.account?.administrator && multi ? (
        <MenuItem id="administration" icon={Shield} onAction={() => navigate("/administration")}>
          Administration
        </MenuItem>
      ) : null}
      <MenuItem id="keys" icon={Keyboard} shortcut={keysKey} onAction={() => navigate("/keys")}>
        All keys
      </MenuItem>
      <MenuSeparator />
      <MenuItem id="theme-system" icon={SunMoon} onAction={() => changeSettings({ theme: "system" })}>
        Theme: as the system
      </MenuItem>
      <MenuItem id="theme-light" icon={Sun} onAction={() => changeSettings({ theme: "light" })}>
        Theme: light
      </MenuItem>
      <MenuItem id="theme-dark" icon={Moon} onAction={() => changeSettings({ theme: "dark" })}>
        Theme: dark
      </MenuItem>
      <MenuItem id="theme-contrast" icon={Contrast} onAction={() => changeSettings({ theme: "high-contrast" })}>
        Theme: high contrast
      </MenuItem>
      {multi ? <MenuSeparator /> : null}
      {multi ? (
        <MenuItem id="sign-out" icon={LogOut} onAction={() => void leave()}>
          Sign out
        </MenuItem>
      ) : null}
    </MenuButton>
  );
}
