import type { Command } from "../../commands/registry";

/** The commands of finding in files. `FindCommands.tsx` says what they do; the switches have VS Code's keys. */
export const findCommandNames = [
  { id: "find.open", title: "Find in files", section: "Find", keys: ["Mod-Shift-f"] },
  { id: "find.replace", title: "Replace in files", section: "Find", keys: ["Mod-Shift-h"] },
  { id: "find.next", title: "Next result in files", section: "Find", keys: ["F4"] },
  { id: "find.previous", title: "Previous result in files", section: "Find", keys: ["Shift-F4"] },
  { id: "find.again", title: "Search the files again", section: "Find" },
  { id: "find.case", title: "Find in files: match case", section: "Find", keys: ["Alt-c"] },
  { id: "find.word", title: "Find in files: whole words", section: "Find", keys: ["Alt-w"] },
  { id: "find.regex", title: "Find in files: regular expression", section: "Find", keys: ["Alt-r"] },
  { id: "find.replace-one", title: "Replace this result", section: "Find", keys: ["Mod-Enter"] },
  { id: "find.replace-all", title: "Replace all results", section: "Find", keys: ["Mod-Alt-Enter"] },
] as const satisfies readonly Omit<Command, "run" | "when">[];

export type FindCommandId = (typeof findCommandNames)[number]["id"];
