// @vitest-environment node
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { PendingEdits } from "./pending";

describe("PendingEdits", () => {
  it("reads the text without them out of one of ten megabytes, in a moment", () => {
    const doc = new Y.Doc();
    const text = doc.getText("source");
    const base = "a line of a long file\n".repeat(480_000);
    const server = Symbol("server");
    doc.transact(() => text.insert(0, base), server);
    const pending = new PendingEdits(text, server);
    for (let key = 0; key < 50; key++) text.insert(5_000_000 + key, "x");
    text.delete(100, 2_000);
    text.insert(7_000_000, "pasted\n".repeat(100_000));
    doc.transact(() => text.insert(0, "from others "), server);
    const began = performance.now();
    expect(pending.apart().base === `from others ${base}`).toBe(true);
    // By characters it took seconds, in which no key was heard.
    expect(performance.now() - began).toBeLessThan(500);
  });
});
