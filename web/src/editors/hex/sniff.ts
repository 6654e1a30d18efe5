/** What the first bytes of a file say that it is, whatever its name says. Pure. */

const MAGIC: readonly [words: string, at: number, bytes: string | readonly number[]][] = [
  ["ELF program", 0, "\x7fELF"],
  ["Windows program", 0, "MZ"],
  ["PNG image", 0, [0x89, 0x50, 0x4e, 0x47]],
  ["JPEG image", 0, [0xff, 0xd8, 0xff]],
  ["GIF image", 0, "GIF8"],
  ["WebP image", 8, "WEBP"],
  ["WAV audio", 8, "WAVE"],
  ["PDF", 0, "%PDF-"],
  ["zip archive", 0, "PK\x03\x04"],
  ["gzip", 0, [0x1f, 0x8b]],
  ["bzip2", 0, "BZh"],
  ["xz", 0, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]],
  ["Zstandard", 0, [0x28, 0xb5, 0x2f, 0xfd]],
  ["7-Zip archive", 0, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ["tar archive", 257, "ustar"],
  ["Parquet", 0, "PAR1"],
  ["SQLite database", 0, "SQLite format 3\0"],
  ["HDF5", 0, "\x89HDF"],
  ["NumPy array", 0, "\x93NUMPY"],
  ["MP4 or QuickTime", 4, "ftyp"],
  ["WebM or Matroska", 0, [0x1a, 0x45, 0xdf, 0xa3]],
  ["Ogg", 0, "OggS"],
  ["FLAC audio", 0, "fLaC"],
  ["MP3 audio", 0, "ID3"],
  ["WOFF font", 0, "wOF"],
  ["WebAssembly", 0, "\0asm"],
];

/** A name for people; null when nothing is recognised. */
export function kindOfBytes(head: Uint8Array): string | null {
  const found = MAGIC.find(([, at, bytes]) =>
    [...bytes].every((one, index) => head[at + index] === (typeof one === "string" ? one.charCodeAt(0) : one)),
  );
  return found?.[0] ?? null;
}
