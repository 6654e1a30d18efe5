/**
 * The frames of a document's WebSocket: y-protocols messages, several to a frame, and control messages as JSON.
 * `docs/protocol.md` is the reference.
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import type { Awareness } from "y-protocols/awareness";
import { encodeAwarenessUpdate } from "y-protocols/awareness";
import { type ControlToClient, MessageType, type SaveNow, SyncType } from "../protocol/generated";

export type Message =
  | { type: "step1"; stateVector: Uint8Array }
  | { type: "step2"; update: Uint8Array }
  | { type: "update"; update: Uint8Array }
  | { type: "awareness"; update: Uint8Array }
  | { type: "query_awareness" }
  | { type: "control"; control: ControlToClient };

/** A frame that is not of this protocol. */
export class FrameError extends Error {}

/** An update with no structs and no deletions. */
export const EMPTY_UPDATE = new Uint8Array([0, 0]);

/** The state vector of an empty document. */
export const EMPTY_STATE_VECTOR = new Uint8Array([0]);

/** The messages of one frame. Raises `FrameError` for bytes that are no message; unknown types end the frame. */
export function decodeFrame(frame: Uint8Array): Message[] {
  const messages: Message[] = [];
  try {
    const decoder = decoding.createDecoder(frame);
    while (decoding.hasContent(decoder)) {
      const message = decodeMessage(decoder);
      if (message === undefined) break;
      messages.push(message);
    }
  } catch (error) {
    throw new FrameError("The server sent a frame that cannot be read.", { cause: error });
  }
  return messages;
}

function decodeMessage(decoder: decoding.Decoder): Message | undefined {
  switch (decoding.readVarUint(decoder)) {
    case MessageType.SYNC: {
      const type = decoding.readVarUint(decoder);
      const body = decoding.readVarUint8Array(decoder);
      if (type === SyncType.STEP_1) return { type: "step1", stateVector: body };
      if (type === SyncType.STEP_2) return { type: "step2", update: body };
      if (type === SyncType.UPDATE) return { type: "update", update: body };
      throw new FrameError(`There is no sync message of type ${type}.`);
    }
    case MessageType.AWARENESS:
      return { type: "awareness", update: decoding.readVarUint8Array(decoder) };
    case MessageType.QUERY_AWARENESS:
      return { type: "query_awareness" };
    case MessageType.CONTROL:
      return { type: "control", control: JSON.parse(decoding.readVarString(decoder)) as ControlToClient };
    default:
      return undefined;
  }
}

function encodeSync(type: number, body: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, MessageType.SYNC);
  encoding.writeVarUint(encoder, type);
  encoding.writeVarUint8Array(encoder, body);
  return encoding.toUint8Array(encoder);
}

export const encodeStep1 = (stateVector: Uint8Array) => encodeSync(SyncType.STEP_1, stateVector);
export const encodeStep2 = (update: Uint8Array) => encodeSync(SyncType.STEP_2, update);
export const encodeUpdate = (update: Uint8Array) => encodeSync(SyncType.UPDATE, update);

export function encodeAwareness(awareness: Awareness, clients: number[]): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, MessageType.AWARENESS);
  encoding.writeVarUint8Array(encoder, encodeAwarenessUpdate(awareness, clients));
  return encoding.toUint8Array(encoder);
}

export function encodeQueryAwareness(): Uint8Array {
  return new Uint8Array([MessageType.QUERY_AWARENESS]);
}

/** A control message; the server's too, for tests. */
export function encodeControl(control: SaveNow | ControlToClient): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, MessageType.CONTROL);
  encoding.writeVarString(encoder, JSON.stringify(control));
  return encoding.toUint8Array(encoder);
}
