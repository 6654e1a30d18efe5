import type { Command } from "../../commands/registry";

/**
 * The commands of a terminal. Their keys mean them while a terminal has the focus, where all keys but these and those that
 * are marked `inTerminal` elsewhere go to the program.
 */
export const terminalCommandNames = [
  { id: "terminal.copy", title: "Copy from the terminal", section: "Terminal", keys: ["Mod-Shift-c"] },
  { id: "terminal.paste", title: "Paste into the terminal", section: "Terminal" },
  { id: "terminal.select-all", title: "Select all of the terminal", section: "Terminal" },
  { id: "terminal.find", title: "Find in the terminal", section: "Terminal", keys: ["Mod-Shift-f"] },
  { id: "terminal.split-right", title: "Split the terminal to the right", section: "Terminal", keys: ["Mod-Shift-e"] },
  { id: "terminal.split-below", title: "Split the terminal below", section: "Terminal", keys: ["Mod-Shift-o"] },
  { id: "terminal.close", title: "Close this terminal", section: "Terminal" },
  { id: "terminal.go-left", title: "Terminal to the left", section: "Terminal", keys: ["Mod-Shift-ArrowLeft"] },
  { id: "terminal.go-right", title: "Terminal to the right", section: "Terminal", keys: ["Mod-Shift-ArrowRight"] },
  { id: "terminal.go-up", title: "Terminal above", section: "Terminal", keys: ["Mod-Shift-ArrowUp"] },
  { id: "terminal.go-down", title: "Terminal below", section: "Terminal", keys: ["Mod-Shift-ArrowDown"] },
  { id: "terminal.leave", title: "Leave the terminal for its buttons", section: "Terminal", keys: ["Mod-Shift-l"] },
  { id: "terminal.palette", title: "Search, from a terminal", section: "Terminal", keys: ["Mod-Shift-p"] },
  { id: "terminal.fit", title: "Fit the terminal to my window", section: "Terminal" },
  { id: "terminal.pause", title: "Hold the output or let it go on", section: "Terminal" },
  { id: "terminal.clear", title: "Clear the terminal", section: "Terminal" },
  { id: "terminal.save", title: "Save the output to a file", section: "Terminal" },
  { id: "terminal.restart", title: "End what runs and start again", section: "Terminal" },
  { id: "terminal.set-start", title: "Change what the terminal starts with", section: "Terminal" },
  { id: "terminal.screen-reader", title: "Terminal: screen reader on or off", section: "Terminal" },
] as const satisfies readonly Omit<Command, "run" | "when">[];

export type TerminalCommandId = (typeof terminalCommandNames)[number]["id"];
