/** The entries of an archive in the order and the words in which people read them. Pure. */
import type { ArchiveEntry, ArchiveListing } from "../../protocol/generated";

const byPath = new Intl.Collator("en", { numeric: true }).compare;

/** Those with a text in their names, folder by folder. */
export function matching(entries: readonly ArchiveEntry[], filter: string): ArchiveEntry[] {
  const wanted = filter.trim().toLowerCase();
  return entries.filter((entry) => entry.path.toLowerCase().includes(wanted)).sort((a, b) => byPath(a.path, b.path));
}

/** "zip, 12 files, 3.4 MB unpacked". */
export function summary({ format, entries, partial }: ArchiveListing, sizeWords: (bytes: number) => string): string {
  const files = entries.filter((entry) => entry.kind !== "directory");
  const size = files.reduce((sum, entry) => sum + (entry.size_bytes ?? 0), 0);
  const count = `${partial ? "more than " : ""}${files.length.toLocaleString("en")} ${files.length === 1 ? "file" : "files"}`;
  const known = files.some((entry) => entry.size_bytes != null);
  return [format, count, ...(known ? [`${sizeWords(size)} unpacked`] : [])].join(" · ");
}
