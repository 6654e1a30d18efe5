import { Terminal } from "@xterm/xterm";
import { describe, expect, it } from "vitest";
import { swallowQueries } from "./swallow";

async function answersTo(text: string, swallow: boolean): Promise<string> {
  const terminal = new Terminal({ allowProposedApi: true });
  let said = "";
  terminal.onData((data) => {
    said += data;
  });
  if (swallow) swallowQueries(terminal.parser);
  await new Promise<void>((done) => terminal.write(text, done));
  terminal.dispose();
  return said;
}

/** What xterm.js answers by itself. */
const ANSWERED = [
  "\x1b[c",
  "\x1b[0c",
  "\x1b[>c",
  "\x1b[5n",
  "\x1b[6n",
  "\x1b[?6n",
  "\x1b[4$p",
  "\x1b[?25$p",
  "\x1bP$qm\x1b\\",
];
/** What it answers when it is drawn, or another version would. */
const MORE = [
  "\x1b[=c",
  "\x1b[>q",
  "\x1b[?u",
  "\x1b[?996n",
  "\x1b[14t",
  "\x1b[18t",
  "\x1b[21t",
  "\x1bP+q544e\x1b\\",
  "\x1b]10;?\x07",
  "\x1b]11;?\x1b\\",
  "\x1b]4;1;?\x07",
  "\x1b]52;c;?\x07",
];

describe("a terminal of several people", () => {
  it.each(ANSWERED)("does not answer %j, which one alone does", async (query) => {
    expect(await answersTo(query, false)).not.toBe("");
    expect(await answersTo(query, true)).toBe("");
  });

  it.each(MORE)("does not answer %j", async (query) => expect(await answersTo(query, true)).toBe(""));

  it("goes on drawing after a query", async () => {
    const terminal = new Terminal({ allowProposedApi: true });
    swallowQueries(terminal.parser);
    await new Promise<void>((done) => terminal.write("a\x1b[c\x1b]11;?\x07b\x1b]52;c;aGk=\x07c", done));
    expect(terminal.buffer.active.getLine(0)?.translateToString(true)).toBe("abc");
    terminal.dispose();
  });
});
