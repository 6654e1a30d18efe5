import fc from "fast-check";
import { expect, it } from "vitest";
import { metadataFrom, tagsFrom } from "./metadata";

it("tags are read back as they were written", () => {
  const tag = fc.string({ minLength: 1 }).filter((text) => !text.includes(",") && text.trim() === text);
  fc.assert(
    fc.property(fc.uniqueArray(tag), (tags) => {
      expect(tagsFrom(tags.join(", "))).toEqual(tags);
    }),
  );
  expect(tagsFrom(" a,, b ,a")).toEqual(["a", "b"]);
});

it("metadata is an object, or a sentence says why not", () => {
  expect(metadataFrom('{"tags": ["a"]}')).toEqual({ tags: ["a"] });
  expect(metadataFrom("[1]")).toMatch(/object/);
  expect(metadataFrom('{"tags": ')).toMatch(/no valid JSON/);
});
