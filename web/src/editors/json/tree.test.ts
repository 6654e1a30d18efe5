// @vitest-environment node
import { expect, test } from "vitest";
import { find, keyOf, parse, rowsOf } from "./tree";

const VALUE = { name: "Ada", list: [1, { deep: null }], empty: {} };
const shown = (value: unknown, ...open: (string | number)[][]) =>
  rowsOf(value, new Set(open.map(keyOf))).map((row) => `${"  ".repeat(row.level - 1)}${row.name}: ${row.text}`);

test("what is open shows what is in it", () => {
  expect(shown(VALUE)).toEqual([": {3 items}"]);
  expect(shown(VALUE, [], ["list"])).toEqual([
    ": {3 items}",
    '  name: "Ada"',
    "  list: [2 items]",
    "    0: 1",
    "    1: {1 item}",
    "  empty: {0 items}",
  ]);
});

test("texts are found in keys and leaves", () => {
  expect(find(VALUE, "ADA")).toEqual([["name"]]);
  expect(find(VALUE, "deep")).toEqual([["list", 1, "deep"]]);
  expect(find(VALUE, "")).toEqual([]);
});

test("a line that cannot be read spoils no other", () => {
  const value = parse('{"a": 1}\n\nnonsense\n[2]\n', true);
  expect(shown(value, [])).toMatchObject(
    [": [3 items]", "  0: {1 item}", /^ {2}1: Not JSON/, "  2: [1 item]"].map((text) =>
      typeof text === "string" ? text : expect.stringMatching(text),
    ),
  );
  expect(() => parse("nonsense", false)).toThrow(SyntaxError);
});

test("keys that mean something to JavaScript are keys", () => {
  expect(shown(parse('{"__proto__": {"a": 1}, "constructor": 2}', false), [])).toEqual([
    ": {2 items}",
    "  __proto__: {1 item}",
    "  constructor: 2",
  ]);
});
