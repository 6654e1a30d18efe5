/** Raster images as addresses that the page may draw: the type is checked by their first bytes, never taken from a name. */
import { kindOfBytes } from "../hex/sniff";
import { readWhole, TooLarge } from "../viewer/ranges";

/** Above this a browser may give up on decoding. */
export const MAX_IMAGE_BYTES = 100 * 1024 * 1024;

/** What a browser draws as a picture. SVG is not among them: it is active, and belongs into the content frame. */
const SIGNS: readonly [type: string, at: number, bytes: readonly number[]][] = [
  ["image/png", 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["image/jpeg", 0, [0xff, 0xd8, 0xff]],
  ["image/gif", 0, [0x47, 0x49, 0x46, 0x38]],
  ["image/webp", 8, [0x57, 0x45, 0x42, 0x50]],
  ["image/avif", 4, [0x66, 0x74, 0x79, 0x70, 0x61, 0x76, 0x69]],
  ["image/bmp", 0, [0x42, 0x4d]],
  ["image/x-icon", 0, [0, 0, 1, 0]],
];

export function imageType(head: Uint8Array): string | null {
  return SIGNS.find(([, at, bytes]) => bytes.every((byte, index) => head[at + index] === byte))?.[0] ?? null;
}

export interface Picture {
  url: string;
  type: string;
  bytes: number;
  width: number;
  height: number;
}

/** Reads and decodes a picture. Whoever asked gives its address back with `URL.revokeObjectURL`. */
export async function loadPicture(projectId: string, path: string, signal: AbortSignal): Promise<Picture> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const data = await readWhole(projectId, path, MAX_IMAGE_BYTES, signal).catch((error: unknown) => {
    if (error instanceof TooLarge) throw new Error(`${name}: ${error.message} Download it to look at it.`);
    throw error;
  });
  const type = imageType(data);
  if (type === null) {
    const kind = data.length === 0 ? "an empty file" : kindOfBytes(data);
    throw new Error(`${name} is not an image that a browser can show${kind ? `; it is ${article(kind)}` : ""}.`);
  }
  const url = URL.createObjectURL(new Blob([data], { type }));
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    URL.revokeObjectURL(url);
    throw new Error(`${name} is damaged, or too large for this browser: it cannot be shown.`);
  }
  return { url, type, bytes: data.length, width: image.naturalWidth, height: image.naturalHeight };
}

const article = (kind: string) => (/^(an?) /.test(kind) ? kind : `${/^[AEIO]/i.test(kind) ? "an" : "a"} ${kind}`);
