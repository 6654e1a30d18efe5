import type { Command } from "../../commands/registry";

/** The commands for lists of files: what they are called and their keys. `FileCommands.tsx` says what they do. */
export const fileCommandNames = [
  { id: "view.files", title: "Show the files as a list", section: "View", keys: ["Alt-Shift-f"] },
  { id: "files.recent", title: "Show recent files", section: "Go to" },
  { id: "files.starred", title: "Show starred files", section: "Go to" },
  { id: "files.show-trash", title: "Show the trash", section: "Go to" },
  { id: "files.filter", title: "Filter the list of files", section: "Go to", keys: ["Alt-Shift-k"] },
  { id: "files.command-line", title: "Run a shell command in this folder", section: "Go to", keys: ["Alt-Shift-x"] },
  { id: "file.trash", title: "Move to trash", section: "File", keys: ["Delete", "Mod-Backspace"] },
  { id: "file.duplicate", title: "Duplicate", section: "File" },
  { id: "file.download", title: "Download", section: "File" },
  { id: "files.copy", title: "Copy selected files", section: "File", keys: ["Mod-c"] },
  { id: "files.cut", title: "Cut selected files", section: "File", keys: ["Mod-x"] },
  { id: "files.paste", title: "Paste files here", section: "File", keys: ["Mod-v"] },
  { id: "files.move", title: "Move to a folder", section: "File" },
  { id: "files.copy-to", title: "Copy to a folder", section: "File" },
  { id: "files.to-project", title: "Copy to another project", section: "File" },
  { id: "files.compress", title: "Compress to zip", section: "File" },
  { id: "files.extract", title: "Extract archive", section: "File" },
  { id: "files.download-project", title: "Download the whole project", section: "Project" },
  { id: "files.star", title: "Add or remove star", section: "File" },
  { id: "files.from-url", title: "New from a URL", section: "File" },
  { id: "files.upload-folder", title: "Upload a folder", section: "File" },
] as const satisfies readonly Omit<Command, "run" | "when">[];

export type FileCommandId = (typeof fileCommandNames)[number]["id"];
