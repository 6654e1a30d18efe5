/** How bytes are written for people: in hex, and as the letters that they may be. Pure. */

export interface HexLine {
  hex: string;
  text: string;
}

const PRINTABLE = /[\x20-\x7e]/;

/** Digits that every offset of a file has. */
export function offsetDigits(size: number): number {
  return Math.max(8, Math.max(0, size - 1).toString(16).length);
}

/** One line of at most `width` bytes. */
export function hexLine(bytes: Uint8Array, width: number): HexLine {
  const parts: string[] = [];
  let text = "";
  for (let index = 0; index < width; index++) {
    const byte = bytes[index];
    if (index > 0 && index % 8 === 0) parts.push("");
    parts.push(byte === undefined ? "  " : byte.toString(16).padStart(2, "0"));
    if (byte === undefined) continue;
    const letter = String.fromCharCode(byte);
    text += PRINTABLE.test(letter) ? letter : "·";
  }
  return { hex: parts.join(" "), text };
}

/** An offset as people write it: `4096`, `0x1000`, `1000h`; null for what is none. */
export function parseOffset(text: string): number | null {
  const plain = text.trim().replace(/[\s_,]/g, "");
  const hex = /^(?:0x([0-9a-f]+)|([0-9a-f]+)h)$/i.exec(plain);
  const value = hex ? Number.parseInt(hex[1] ?? hex[2] ?? "", 16) : /^\d+$/.test(plain) ? Number(plain) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}
