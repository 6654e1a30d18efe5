/** Hears the messages of all frames in one place, and cuts off a frame that sends too many of them. */

/** A frame may send so many messages in a window of time: far more than a person who drags a slider makes. */
export const MAX_MESSAGES = 1_500;
export const WINDOW_MS = 5_000;
/** Frames in frames: an output may have some, and they count as the one that they are in. */
const MAX_DEPTH = 8;

interface Heard {
  hear(data: unknown): void;
  cutOff(): void;
  since: number;
  count: number;
}

const frames = new Map<Window, Heard>();

/** Hears a frame of ours until the answer is called. After `cutOff` it is heard no more. */
export function hearFrame(frame: Window, hear: (data: unknown) => void, cutOff: () => void): () => void {
  if (frames.size === 0) addEventListener("message", onMessage);
  const heard: Heard = { hear, cutOff, since: performance.now(), count: 0 };
  frames.set(frame, heard);
  return () => {
    if (frames.get(frame) === heard) frames.delete(frame);
    if (frames.size === 0) removeEventListener("message", onMessage);
  };
}

function onMessage(event: MessageEvent<unknown>): void {
  let source = event.source as Window | null;
  for (let depth = 0; source && source !== window && depth < MAX_DEPTH; depth++) {
    const heard = frames.get(source);
    if (heard) {
      if (isFlood(heard)) {
        frames.delete(source);
        heard.cutOff();
      } else if (depth === 0 && event.origin === "null") heard.hear(event.data);
      return;
    }
    source = source.parent === source ? null : source.parent;
  }
}

function isFlood(heard: Heard): boolean {
  const now = performance.now();
  if (now - heard.since > WINDOW_MS) {
    heard.since = now;
    heard.count = 0;
  }
  heard.count += 1;
  return heard.count > MAX_MESSAGES;
}
