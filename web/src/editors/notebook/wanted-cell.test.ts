import { expect, it } from "vitest";
import { cellWith } from "./wanted-cell";

it("knows the cell of a line of the file", () => {
  const cells = [
    { id: "a", text: 'x = "1"\nprint(x)' },
    { id: "b", text: "y = 2" },
  ];
  expect(cellWith(cells, '    "print(x)"')).toBe("a");
  expect(cellWith(cells, '    "x = \\"1\\"\\n",')).toBe("a");
  expect(cellWith(cells, '   "source": ["y = 2"]')).toBe("b");
  expect(cellWith(cells, '   "source": "y = 2"')).toBe("b");
  expect(cellWith(cells, '   "output_type": "stream",')).toBeNull();
  expect(cellWith(cells, '    "nowhere"')).toBeNull();
  expect(cellWith(cells, "{")).toBeNull();
});
