// What xterm.js shows after all that a page was sent: reads a list of events as JSON, writes the picture as JSON.
import { readFileSync } from "node:fs";
import unicode from "@xterm/addon-unicode11";
import headless from "@xterm/headless";

const { columns, rows, events } = JSON.parse(readFileSync(0, "utf8"));
const terminal = new headless.Terminal({ cols: columns, rows, scrollback: 10_000, allowProposedApi: true });
terminal.loadAddon(new unicode.Unicode11Addon());
terminal.unicode.activeVersion = "11";
const answers = [];
terminal.onData((data) => answers.push(data));

for (const { size, screen, output } of events) {
  if (size) terminal.resize(...size);
  if (screen !== undefined) terminal.reset();
  const data = screen ?? output;
  if (data !== undefined) await new Promise((done) => terminal.write(Buffer.from(data, "base64"), done));
}

const buffer = terminal.buffer.active;
const cell = buffer.getNullCell();
const line = (number) => {
  const row = buffer.getLine(number);
  const cells = [];
  for (let x = 0; x < terminal.cols; x++) {
    row.getCell(x, cell);
    const colours = [cell.getFgColorMode(), cell.getFgColor(), cell.getBgColorMode(), cell.getBgColor()];
    const style = [cell.isBold(), cell.isDim(), cell.isItalic(), cell.isUnderline(), cell.isInverse(), cell.isStrikethrough()];
    cells.push([cell.getChars() || " ", cell.getWidth(), ...colours, ...style.map(Boolean).map(Number)].join(","));
  }
  return cells;
};
const text = (number) => buffer.getLine(number).translateToString(true);
console.log(
  JSON.stringify({
    kind: buffer.type,
    cursor: [buffer.cursorX, buffer.cursorY],
    modes: terminal.modes,
    screen: Array.from({ length: terminal.rows }, (_, y) => line(buffer.baseY + y)),
    scrollback: Array.from({ length: buffer.baseY }, (_, y) => text(y)),
    answers,
  }),
);
