// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { compose, Since } from "./compose";
import { applyEdits, difference } from "./difference";

const text = fc.string({ unit: fc.constantFrom("a", "b", "é", "😀", "\n"), maxLength: 30 });

describe("edits one after the other", () => {
  it("are one set of edits", () => {
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        const edits = compose(difference(a, b), difference(b, c));
        expect(applyEdits(a, edits)).toBe(c);
        let at = -1;
        for (const edit of edits) {
          expect(edit.from).toBeGreaterThan(at);
          at = edit.to;
        }
      }),
    );
  });

  it("are followed in a live text, whoever makes them", () => {
    // Nobody edits half a character, so here each is one unit.
    const plain = fc.string({ unit: fc.constantFrom("a", "b", "é", "\n"), maxLength: 30 });
    const step = fc.tuple(fc.nat(), fc.nat(3), plain, fc.boolean());
    fc.assert(
      fc.property(plain, plain, fc.array(step, { maxLength: 12 }), (start, now, steps) => {
        const [mine, theirs] = [new Y.Doc(), new Y.Doc()];
        mine.getText("t").insert(0, now);
        const since = new Since(start, mine.getText("t"));
        for (const [at, remove, insert, remote] of steps) {
          Y.applyUpdate(theirs, Y.encodeStateAsUpdate(mine));
          const doc = remote ? theirs : mine;
          const target = doc.getText("t");
          doc.transact(() => {
            const from = at % (target.length + 1);
            target.insert(from, insert);
            target.delete(
              Math.min(from, target.length),
              Math.min(remove, target.length - Math.min(from, target.length)),
            );
          });
          Y.applyUpdate(mine, Y.encodeStateAsUpdate(theirs));
          expect(applyEdits(start, since.edits)).toBe(mine.getText("t").toString());
        }
        since.stop();
        const { edits } = since;
        mine.getText("t").insert(0, "x");
        expect(since.edits).toBe(edits);
      }),
    );
  });
});
