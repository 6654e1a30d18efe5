import { expect, test } from "vitest";
import { settings } from "../store/settings";
import { endingOf, openWith } from "./open-with";

test("a choice is remembered for the ending, or the name of a file without one", () => {
  expect(["a/b.CSV", "a.b/Makefile", ".bashrc", "x.tar.gz"].map(endingOf)).toEqual([
    ".csv",
    "makefile",
    ".bashrc",
    ".gz",
  ]);
  openWith("a.py", "hex");
  expect(settings.get().openWith).toEqual({ ".py": "hex" });
  openWith("other.py", "text");
  expect(settings.get().openWith).toEqual({});
});
