/** The limits of the site as fields: how each is written, and what is wrong with what was typed. Pure. */

import type { LimitName } from "../../store/administration";

const GIBIBYTE = 2 ** 30;

export interface LimitField {
  name: LimitName;
  label: string;
  hint: string;
  /** What the field is counted in, after a number. */
  unit: string;
  /** Of what is shown, so many of the stored unit. */
  factor: number;
  least: number;
  most: number;
  whole: boolean;
}

export const IDLE_FIELDS: readonly LimitField[] = [
  {
    name: "idle_minutes",
    label: "Projects stop after, in minutes",
    hint: "Without an edit, a request or a running command. 0: never.",
    unit: "minutes",
    factor: 1,
    least: 0,
    most: 525_600,
    whole: true,
  },
  {
    name: "idle_minutes_most",
    label: "The most that an owner may choose, in minutes",
    hint: "Owners can choose another time for their project, up to this. 0: no bound.",
    unit: "minutes",
    factor: 1,
    least: 0,
    most: 525_600,
    whole: true,
  },
];

export const PROJECT_FIELDS: readonly LimitField[] = [
  {
    name: "project_memory_bytes",
    label: "Memory, in GB",
    hint: "What passes it is ended; documents stay open.",
    unit: "GB",
    factor: GIBIBYTE,
    least: 0.125,
    most: 16_384,
    whole: false,
  },
  {
    name: "project_cores",
    label: "Processor cores",
    hint: "All its programs together. 0.5 is half a core.",
    unit: "cores",
    factor: 1,
    least: 0.1,
    most: 1024,
    whole: false,
  },
  {
    name: "project_processes",
    label: "Processes and threads",
    hint: "At once.",
    unit: "processes",
    factor: 1,
    least: 32,
    most: 1_000_000,
    whole: true,
  },
];

export const ACCOUNT_FIELDS: readonly LimitField[] = [
  {
    name: "running_projects",
    label: "Projects of one account that run at once",
    hint: "Counted for whoever made the project.",
    unit: "projects",
    factor: 1,
    least: 1,
    most: 10_000,
    whole: true,
  },
];

/** What holds where nobody has set anything; the limits of a project are configured where the hub is started. */
export const DEFAULTS: Partial<Record<LimitName, number>> = {
  idle_minutes: 30,
  idle_minutes_most: 1440,
  running_projects: 50,
};

/** The number as it stands in the field. */
export function shownLimit(field: LimitField, stored: number): string {
  return String(Math.round((stored / field.factor) * 1000) / 1000);
}

/** "4 GB", "30 minutes". */
export function limitWithUnit(field: LimitField, stored: number): string {
  return `${(Math.round((stored / field.factor) * 1000) / 1000).toLocaleString("en")} ${field.unit}`;
}

/** The value to store for what was typed; null for an empty field. Throws what is wrong as a sentence. */
export function parseLimit(field: LimitField, typed: string): number | null {
  const text = typed.trim();
  if (text === "") return null;
  const value = /^\d+(?:[.,]\d+)?$/.test(text) ? Number(text.replace(",", ".")) : Number.NaN;
  const range = `from ${field.least.toLocaleString("en")} to ${field.most.toLocaleString("en")}`;
  if (Number.isNaN(value) || (field.whole && !Number.isInteger(value))) {
    throw new Error(
      `“${text.slice(0, 20)}” is not ${field.whole ? "a whole number" : "a number"}. Write one ${range}.`,
    );
  }
  if (value < field.least || value > field.most) {
    throw new Error(`${value.toLocaleString("en")} is out of bounds. Write a number ${range}.`);
  }
  return field.factor === 1 ? value : Math.round(value * field.factor);
}
