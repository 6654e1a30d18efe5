import { useCommands } from "../commands/react";
import { sentence } from "../net/api";
import type { SessionInfo } from "../protocol/generated";
import { signOut } from "../store/session";
import { changeSettings } from "../store/settings";
import { toast } from "../ui/toast-queue";
import { navigate } from "./navigation";
import { openPalette } from "./palette-state";

/** Signs out and shows the sign-in; not while something typed here has not reached the server. */
export async function leave(): Promise<void> {
  const { openDocuments } = await import("../net/documents");
  if (!openDocuments().some((document) => document.client.pendingAnything)) return leaveNow();
  toast("Some of what you typed is not on the server yet. Wait for the connection, or it is lost.", {
    danger: true,
    act: { label: "Sign out anyway", run: () => void leaveNow() },
  });
}

async function leaveNow(): Promise<void> {
  try {
    const { forgetKeptEdits } = await import("../net/documents");
    await signOut();
    await forgetKeptEdits();
    navigate("/sign-in");
  } catch (error) {
    toast(sentence(error), { danger: true });
  }
}

/** The commands that are there on every page. */
export function GlobalCommands({ info }: { info: SessionInfo }) {
  const signedIn = () => info.mode === "multi" && !!info.account;
  const administers = () => signedIn() && !!info.account?.administrator;
  useCommands([
    {
      id: "palette.commands",
      title: "Search or run a command",
      section: "Go to",
      keys: ["Mod-k", "F1"],
      hidden: true,
      run: () => openPalette(""),
    },
    { id: "go.projects", title: "Projects", section: "Go to", when: signedIn, run: () => navigate("/") },
    { id: "go.settings", title: "Settings", section: "Account", keys: ["Mod-,"], run: () => navigate("/settings") },
    {
      id: "go.administration",
      title: "Administration",
      section: "Account",
      when: administers,
      run: () => navigate("/administration"),
    },
    {
      id: "go.accounts",
      title: "Administration: accounts",
      section: "Account",
      when: administers,
      run: () => navigate("/administration/accounts"),
    },
    {
      id: "go.limits",
      title: "Administration: limits",
      section: "Account",
      when: administers,
      run: () => navigate("/administration/limits"),
    },
    {
      id: "go.statistics",
      title: "Administration: statistics",
      section: "Account",
      when: administers,
      run: () => navigate("/administration/statistics"),
    },
    { id: "account.sign-out", title: "Sign out", section: "Account", when: signedIn, run: () => void leave() },
    { id: "help.keys", title: "All keys", section: "Help", keys: ["Mod-."], run: () => navigate("/keys") },
    {
      id: "theme.system",
      title: "Theme: as the system",
      section: "View",
      run: () => changeSettings({ theme: "system" }),
    },
    { id: "theme.light", title: "Theme: light", section: "View", run: () => changeSettings({ theme: "light" }) },
    { id: "theme.dark", title: "Theme: dark", section: "View", run: () => changeSettings({ theme: "dark" }) },
    {
      id: "theme.high-contrast",
      title: "Theme: high contrast",
      section: "View",
      run: () => changeSettings({ theme: "high-contrast" }),
    },
  ]);
  return null;
}
