/**
 * What the page and the script in a sandboxed frame say to each other. The frame believes the page; the page believes nothing
 * that comes out of a frame, since any script of an output may have sent it: `readFrameMessage` lets through what has the
 * right shape, and nothing that a frame can say does more than draw, ask, or speak to the models of its own widgets.
 */
import type { CommFrame } from "../../../../protocol/generated";

/** Colours and sizes of the page's theme, by their names in `tokens.css`. */
export interface FrameTheme {
  dark: boolean;
  variables: Record<string, string>;
}

/** Something to be drawn. The same key with another version takes the place of what was drawn before. */
export type FrameItem = { key: number; version: number } & (
  | { kind: "html"; html: string }
  | { kind: "javascript"; code: string }
  | { kind: "plotly"; figure: unknown }
  | { kind: "vega"; spec: unknown; lite: boolean; options: unknown }
  | { kind: "pdf"; bytes: ArrayBuffer }
  | { kind: "widget"; model: string }
);

export type ToFrame =
  | { type: "theme"; theme: FrameTheme }
  | { type: "items"; items: FrameItem[] }
  | { type: "picture"; request: number }
  | { type: "comm"; frame: CommFrame; buffers: ArrayBuffer[] }
  /** Models as the notebook's file keeps them, by their ids: there is no kernel that has them. */
  | { type: "saved"; models: Record<string, unknown> }
  /** A script that was asked for has run. */
  | { type: "ran"; name: string }
  /** There is no model of this id. */
  | { type: "absent"; model: string };

export type FromFrame =
  /** The page that the server sends into the frame waits for its first script, or a script has run. */
  | { type: "ready" }
  | { type: "shown"; name: string }
  | { type: "failed"; name: string; message: string }
  | { type: "height"; height: number }
  /** A link was followed. */
  | { type: "link"; url: string }
  /** A picture of what is drawn: that which was asked for, or one that a person wants to keep. */
  | { type: "picture"; request: number; picture: string | null }
  | { type: "comm"; frame: CommFrame; buffers: ArrayBuffer[] }
  /** Asks for a model. */
  | { type: "model"; model: string }
  /** Asks for one of our scripts. */
  | { type: "script"; name: string };

const MAX_URL = 2_000;

/** A message of a frame, or null when it is not one that a frame of ours would send. */
export function readFrameMessage(data: unknown): FromFrame | null {
  if (!isRecord(data)) return null;
  switch (data.type) {
    case "ready":
      return { type: "ready" };
    case "shown":
      return { type: "shown", name: text(data.name, 200) };
    case "failed":
      return { type: "failed", name: text(data.name, 200), message: text(data.message, 1_000) };
    case "height":
      return typeof data.height === "number" && Number.isFinite(data.height)
        ? { type: "height", height: data.height }
        : null;
    case "link":
      return isWebAddress(data.url) ? { type: "link", url: data.url } : null;
    case "picture":
      return typeof data.request === "number" && (data.picture === null || isPicture(data.picture))
        ? { type: "picture", request: data.request, picture: data.picture }
        : null;
    case "comm":
      return isComm(data.frame) && Array.isArray(data.buffers) && data.buffers.every((b) => b instanceof ArrayBuffer)
        ? { type: "comm", frame: data.frame, buffers: data.buffers }
        : null;
    case "model":
      return typeof data.model === "string" ? { type: "model", model: data.model } : null;
    case "script":
      return { type: "script", name: text(data.name, 200) };
    default:
      return null;
  }
}

function isWebAddress(value: unknown): value is string {
  return (
    typeof value === "string" && value.length <= MAX_URL && /^(https?|mailto):/i.test(value) && URL.canParse(value)
  );
}

function isPicture(value: unknown): value is string {
  return typeof value === "string" && /^data:image\/(png|svg\+xml)[;,]/.test(value);
}

function isComm(value: unknown): value is CommFrame {
  return (
    isRecord(value) &&
    (value.kind === "comm_msg" || value.kind === "comm_open" || value.kind === "comm_close") &&
    isRecord(value.content) &&
    typeof value.content.comm_id === "string"
  );
}

function text(value: unknown, length: number): string {
  return typeof value === "string" ? value.slice(0, length) : "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
