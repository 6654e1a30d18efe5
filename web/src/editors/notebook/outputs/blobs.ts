/** What is not in the document but in the project's blob store. */
import { useEffect, useState } from "react";
import { request, sentence } from "../../../net/api";
import type { BlobRef } from "./types";

export function blobUrl(projectId: string, hash: string, type: string): string {
  return `/projects/${encodeURIComponent(projectId)}/blobs/${hash}?type=${encodeURIComponent(type)}`;
}

const texts = new Map<string, Promise<string>>();
/** How many are kept for the next time that they are drawn. */
const MAX_KEPT = 50;

export function fetchText(url: string): Promise<string> {
  let text = texts.get(url);
  if (!text) {
    text = request(url).then((answer) => answer.text());
    texts.set(url, text);
    text.catch(() => texts.delete(url));
    for (const old of texts.keys()) {
      if (texts.size <= MAX_KEPT) break;
      texts.delete(old);
    }
  }
  return text;
}

export async function fetchBytes(url: string): Promise<ArrayBuffer> {
  return (await request(url)).arrayBuffer();
}

export type Loaded = { text: string } | { error: string } | null;

/** The text of a blob, null until it is here; that of a value is here at once. */
export function useText(projectId: string, type: string, blob: BlobRef | undefined, value: string): Loaded {
  const [loaded, setLoaded] = useState<{ url: string; result: Loaded } | null>(null);
  const url = blob ? blobUrl(projectId, blob.hash, type) : null;
  useEffect(() => {
    if (url === null) return;
    let gone = false;
    fetchText(url).then(
      (text) => !gone && setLoaded({ url, result: { text } }),
      (error: unknown) => !gone && setLoaded({ url, result: { error: sentence(error) } }),
    );
    return () => {
      gone = true;
    };
  }, [url]);
  if (url === null) return { text: value };
  return loaded?.url === url ? loaded.result : null;
}
