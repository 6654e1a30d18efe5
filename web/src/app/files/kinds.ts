const ARCHIVE = /\.(zip|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz)|gz|bz2|xz)$/i;

/** Can it be extracted? */
export function isArchive(path: string): boolean {
  return ARCHIVE.test(path);
}
