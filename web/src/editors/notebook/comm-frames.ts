/** Binary frames of the kernel socket: a length, so many bytes of JSON, then the buffers one after the other. */
import type { CommFrame } from "../../protocol/generated";

const LENGTH_BYTES = 4;

export function encodeComm(frame: CommFrame, buffers: readonly ArrayBuffer[]): Uint8Array<ArrayBuffer> {
  const lengths = buffers.map((buffer) => buffer.byteLength);
  const head = new TextEncoder().encode(JSON.stringify({ ...frame, type: "comm", buffers: lengths }));
  const bytes = new Uint8Array(LENGTH_BYTES + head.length + lengths.reduce((sum, length) => sum + length, 0));
  new DataView(bytes.buffer).setUint32(0, head.length);
  bytes.set(head, LENGTH_BYTES);
  let at = LENGTH_BYTES + head.length;
  for (const buffer of buffers) {
    bytes.set(new Uint8Array(buffer), at);
    at += buffer.byteLength;
  }
  return bytes;
}

/** Null for bytes that are no such frame. */
export function decodeComm(bytes: ArrayBuffer): { frame: CommFrame; buffers: ArrayBuffer[] } | null {
  try {
    const length = new DataView(bytes).getUint32(0);
    const end = LENGTH_BYTES + length;
    if (end > bytes.byteLength) return null;
    const frame = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, LENGTH_BYTES, length))) as CommFrame;
    const buffers: ArrayBuffer[] = [];
    let at = end;
    for (const size of frame.buffers ?? []) {
      if (!(size >= 0) || at + size > bytes.byteLength) return null;
      buffers.push(bytes.slice(at, at + size));
      at += size;
    }
    return { frame, buffers };
  } catch {
    return null;
  }
}
