import { describe, expect, it } from "vitest";
import { copyTitle, keptFor } from "./project-acts";

describe("acts on projects", () => {
  it("gives a copy a title that is not too long", () => {
    expect(copyTitle("Thesis")).toBe("Copy of Thesis");
    expect([...copyTitle("𝒳".repeat(200))].length).toBe(200);
  });

  it("says how long a deleted project is kept", () => {
    const deleted = "2026-01-01T00:00:00.000000Z";
    expect(keptFor(deleted, Date.parse("2026-01-01T00:00:00Z"))).toBe("can be restored for 30 more days");
    expect(keptFor(deleted, Date.parse("2026-01-30T12:00:00Z"))).toBe("can be restored for 1 more day");
    expect(keptFor(deleted, Date.parse("2026-01-31T00:00:01Z"))).toBe("is being removed");
  });
});
