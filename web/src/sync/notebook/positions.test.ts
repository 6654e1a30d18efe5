// @vitest-environment node
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { between, isPosition, spread } from "./positions";

const position = fc.stringMatching(/^[0-9A-Za-z]{0,12}[1-9A-Za-z]$/);
const bound = fc.oneof(fc.constant(""), position);

describe("places of cells", () => {
  it("are between what they are between", () => {
    fc.assert(
      fc.property(bound, bound, (one, other) => {
        const [low, high] = other === "" || one < other ? [one, other] : [other, one];
        if (high !== "" && low === high) return;
        const found = between(low, high);
        expect(found > low).toBe(true);
        if (high !== "") expect(found < high).toBe(true);
        expect(isPosition(found)).toBe(true);
      }),
    );
  });

  it("are not found where there is no room", () => {
    fc.assert(
      fc.property(position, position, (one, other) => {
        const [low, high] = one >= other ? [one, other] : [other, one];
        expect(() => between(low, high)).toThrow();
      }),
    );
  });

  it("come in order and each once when many are asked for", () => {
    fc.assert(
      fc.property(bound, bound, fc.nat(60), (one, other, count) => {
        const [low, high] = other === "" || one < other ? [one, other] : [other, one];
        if (high !== "" && low === high) return;
        const all = [low, ...spread(low, high, count), ...(high === "" ? [] : [high])];
        expect(all).toEqual([...new Set(all)].sort());
        expect(all.length).toBe(count + (high === "" ? 1 : 2));
      }),
    );
  });

  it("stay short when cells are always put at the same place", () => {
    let low = "";
    for (let count = 0; count < 500; count++) low = between(low, "");
    expect(isPosition(low)).toBe(true);
    expect(low.length).toBeLessThan(120);
  });

  it("are as the server's", () => {
    expect(between("", "")).toBe("V");
    expect(between("000000V", "000001V")).toBe("000000k");
    expect(between("000000z", "000001")).toBe("000000zV");
  });
});
