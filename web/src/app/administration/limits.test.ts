// @vitest-environment node
import { describe, expect, it } from "vitest";
import { ACCOUNT_FIELDS, IDLE_FIELDS, limitWithUnit, PROJECT_FIELDS, parseLimit, shownLimit } from "./limits";

const [idle] = IDLE_FIELDS;
const [memory, cores, processes] = PROJECT_FIELDS;
if (!idle || !memory || !cores || !processes) throw new Error("fields are missing");

describe("limits", () => {
  it("are read in the unit that is shown, and shown as they were typed", () => {
    expect(parseLimit(memory, " 1.5 ")).toBe(1.5 * 2 ** 30);
    expect(shownLimit(memory, 1.5 * 2 ** 30)).toBe("1.5");
    expect(parseLimit(memory, "1,5")).toBe(1.5 * 2 ** 30);
    expect(parseLimit(cores, "0.5")).toBe(0.5);
    expect(parseLimit(idle, "0")).toBe(0);
    expect(limitWithUnit(memory, 4 * 2 ** 30)).toBe("4 GB");
    expect(limitWithUnit(idle, 1440)).toBe("1,440 minutes");
  });

  it("that are empty give back the default", () => {
    for (const field of [...IDLE_FIELDS, ...PROJECT_FIELDS, ...ACCOUNT_FIELDS]) {
      expect(parseLimit(field, "  ")).toBeNull();
    }
  });

  it("that are none are refused with what may be written", () => {
    expect(() => parseLimit(idle, "soon")).toThrow("“soon” is not a whole number. Write one from 0 to 525,600.");
    expect(() => parseLimit(idle, "1.5")).toThrow("not a whole number");
    expect(() => parseLimit(idle, "-1")).toThrow("not a whole number");
    expect(() => parseLimit(cores, "1e3")).toThrow("is not a number. Write one from 0.1 to 1,024.");
    expect(() => parseLimit(memory, "0.1")).toThrow("0.1 is out of bounds. Write a number from 0.125 to 16,384.");
    expect(() => parseLimit(processes, "31")).toThrow("out of bounds");
  });
});
