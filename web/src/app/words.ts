/** How things are said: names, times, sizes, states. Pure. */

import type { SaveState } from "../editors/types";
import type { ProjectState } from "../protocol/generated";

export function fullName(person: { first_name: string; last_name: string }): string {
  return `${person.first_name} ${person.last_name}`.trim() || "Nameless";
}

/** "Ada King Lovelace" is first name "Ada King" and last name "Lovelace". */
export function splitName(name: string): { first: string; last: string } {
  const words = name.trim().split(/\s+/).filter(Boolean);
  if (words.length < 2) return { first: words[0] ?? "", last: "" };
  return { first: words.slice(0, -1).join(" "), last: words.at(-1) ?? "" };
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** "3 hours ago"; under a minute "just now". Times in milliseconds. */
export function ago(at: number, now: number): string {
  const seconds = (at - now) / 1000;
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return "just now";
}

/** "in 5 minutes", "in a minute", "in less than a minute"; whole minutes, never fewer than are left. */
export function stopsIn(at: number, now: number): string {
  const minutes = Math.ceil((at - now) / 60_000);
  if (at - now < 45_000) return "in less than a minute";
  return minutes === 1 ? "in a minute" : `in ${minutes} minutes`;
}

export function exactly(at: number): string {
  return exact.format(at);
}

/** "5 Dec 2026". */
export function onDay(at: number): string {
  return day.format(at);
}

/** "12 MB"; sizes in steps of 1,000, as file managers show them. */
export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  const step = Math.min(4, Math.floor(Math.log10(size) / 3));
  const value = size / 1000 ** step;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${["B", "kB", "MB", "GB", "TB"][step]}`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** What is wrong, as the end of a sentence: the first one, without its capital and its full stop. */
function because(message: string | undefined): string {
  if (!message) return "the file could not be written";
  const [first = ""] = message.split(/(?<=\.) (?=[A-Z])/);
  return (/^[A-Z][a-z]/.test(first) ? first.charAt(0).toLowerCase() + first.slice(1) : first).replace(/\.$/, "");
}

/** A change is called "Saving…" only after this long; before, it is merely not yet saved. */
export const SAVING_AFTER_MS = 1_000;

/**
 * Where the text is: the truest sentence in the product. `now` in milliseconds; `apart` says why there is no connection to
 * the document.
 */
export function saveSentence(save: SaveState, now: number, apart = "you are offline"): string {
  switch (save.kind) {
    case "opening":
      return save.online || now - save.since < SAVING_AFTER_MS ? "Opening…" : "Opening: waiting for the server";
    case "failed":
      return save.error?.message ?? "This document cannot be opened.";
    case "read_only":
      if (save.waiting > 0) return `Read only; ${count(save.waiting, "change")} of yours came too late`;
      return `Read only because ${because(save.error?.message ?? "You may look at this project but not change it.")}`;
    case "not_saved":
      if (save.disk === "absent") return "On the server; the file was deleted";
      return `On the server, not yet on disk because ${because(save.error?.message)}`;
    case "disk":
      return save.online ? "Saved to disk" : `Saved to disk; ${apart}`;
  }
  if (!save.online) {
    if (save.waiting > 0) {
      const where = save.unkept ? ". Leave this page open: the browser cannot keep them" : "";
      return `${count(save.waiting, "change")} waiting: ${apart}${where}`;
    }
    return `On the server; ${apart}`;
  }
  return now - save.since >= SAVING_AFTER_MS ? "Saving…" : "Edited";
}

/** Where a project is in its life, in a word or two. */
export function stateWords(state: ProjectState | null | undefined): string {
  switch (state?.status) {
    case "running":
      return state.stops_at ? "Idle, stops soon" : "Running";
    case "starting":
      return state.step ? `Starting: ${state.step}` : "Starting";
    case "stopping":
      return "Stopping";
    case "failed":
      return "Could not start";
    default:
      return state?.message ? "Stopped, was idle" : "Stopped";
  }
}
