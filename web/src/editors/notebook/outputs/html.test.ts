// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import { lookOf } from "./html";
import { segmentsOf } from "./segments";
import { isGap, sorted } from "./table";
import type { Output } from "./types";

const FRAME = `<div><style scoped>.dataframe tbody tr th { vertical-align: top; }</style>
<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th><th>name</th><th>n</th></tr></thead>
<tbody><tr><th>0</th><td>Ada</td><td>10</td></tr><tr><th>1</th><td>Ben</td><td>9.5</td></tr>
<tr><th>2</th><td>Cem</td><td>NaN</td></tr></tbody></table><p>3 rows × 2 columns</p></div>`;

function html(...texts: string[]): { key: number; output: Output }[] {
  return texts.map((text, key) => ({
    key,
    output: { type: "data", data: { "text/html": text }, blobs: {}, metadata: {}, executionCount: null },
  }));
}

describe("HTML", () => {
  it("of a data frame is a grid, sorted by value with what is missing last", () => {
    const look = lookOf(FRAME);
    if (look.look !== "grid") throw new Error(look.look);
    const { table } = look;
    expect([table.index, table.columns, table.note]).toEqual([1, 3, "3 rows × 2 columns"]);
    expect(table.numeric).toEqual([true, false, true]);
    expect(sorted(table, 2, false)).toEqual([1, 0, 2]);
    expect(sorted(table, 2, true)).toEqual([0, 1, 2]);
    expect(isGap(["...", "...", "…"])).toBe(true);
  });

  it("that is plain is drawn in the page, and anything else in a frame", () => {
    expect(lookOf("<b>bold</b> and <a href='https://example.org'>a link</a>").look).toBe("plain");
    for (const active of [
      "<script>1</script>",
      "<b onclick=x()>x</b>",
      "<p style='position:fixed'>x</p>",
      "<p id=root>x</p>",
      "<p class=button>x</p>",
      "<img src=x>",
      "<iframe srcdoc=x></iframe>",
      "<style>p { color: red }</style><p>x</p>",
      "<my-element></my-element>",
      `<table class="dataframe"><tr><td><script>1</script></td></tr></table>`,
      "x".repeat(3_000_000),
    ]) {
      expect(lookOf(active).look, active.slice(0, 60)).toBe("frame");
    }
  });

  it("that follows other HTML of a frame shares it", () => {
    const kinds = segmentsOf(html("<script>1</script>", "<p style=''>2</p>", "<b>3</b>")).map((each) => each.kind);
    expect(kinds).toEqual(["frame", "data"]);
  });
});
