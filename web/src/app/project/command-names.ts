import type { Command } from "../../commands/registry";

/** The commands of a project page: what they are called and their keys. `ProjectCommands.tsx` says what they do. */
export const projectCommandNames = [
  { id: "go.file", title: "Open a file", section: "Go to", keys: ["Mod-p"] },
  { id: "go.line", title: "Go to line", section: "Go to", keys: ["Alt-g"] },
  { id: "go.files", title: "Go to the file list", section: "Go to", keys: ["Alt-0"] },
  { id: "go.editor", title: "Go to the editor", section: "Go to", keys: ["Alt-e"] },
  { id: "tab.next", title: "Next tab", section: "Go to", keys: ["Alt-PageDown"] },
  { id: "tab.previous", title: "Previous tab", section: "Go to", keys: ["Alt-PageUp"] },
  { id: "tab.close", title: "Close tab", section: "File", keys: ["Alt-w"] },
  { id: "file.new", title: "New file", section: "File", keys: ["Alt-n"] },
  { id: "folder.new", title: "New folder", section: "File", keys: ["Alt-Shift-n"] },
  { id: "file.rename", title: "Rename", section: "File", keys: ["F2"] },
  { id: "file.trash", title: "Move to trash", section: "File" },
  { id: "file.download", title: "Download", section: "File" },
  { id: "file.upload", title: "Upload files", section: "File", keys: ["Alt-u"] },
  { id: "file.copy-link", title: "Copy link to this place", section: "File" },
  { id: "file.save", title: "Save now", section: "File", keys: ["Mod-s"] },
  { id: "view.side-panel", title: "Show or hide the side panel", section: "View", keys: ["Mod-b"] },
  { id: "view.people", title: "Show or hide the people here", section: "View", keys: ["Alt-p"] },
  { id: "view.log", title: "Show or hide the log", section: "View", keys: ["Alt-Shift-l"] },
  { id: "view.history", title: "Show or hide the history", section: "View", keys: ["Alt-h"] },
  { id: "history.blame", title: "Show or hide who wrote each line", section: "History", keys: ["Alt-a"] },
  { id: "history.deleted", title: "History of deleted files", section: "History" },
  { id: "view.hidden-files", title: "Show or hide hidden files", section: "View" },
  { id: "project.share", title: "Share", section: "Project", keys: ["Alt-s"] },
  { id: "project.rename", title: "Rename project", section: "Project" },
  { id: "project.stop", title: "Stop project", section: "Project" },
  { id: "project.restart", title: "Restart project", section: "Project" },
  { id: "help.first-steps", title: "Getting started", section: "Help" },
] as const satisfies readonly Omit<Command, "run" | "when">[];

export type ProjectCommandId = (typeof projectCommandNames)[number]["id"];
