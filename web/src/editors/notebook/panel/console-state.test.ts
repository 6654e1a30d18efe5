import { expect, it } from "vitest";
import { ConsoleState, isWhole, MOST_ENTRIES } from "./console-state";

const stream = (text: string) => ({ output_type: "stream", name: "stdout", text });

it("puts together what is printed, and says how it ended", async () => {
  const state = new ConsoleState({
    runCode: async (_, onOutput) => {
      onOutput(stream("a"));
      onOutput(stream("b\n"));
      onOutput({ output_type: "execute_result", execution_count: 4, data: { "text/plain": "1" }, metadata: {} });
      onOutput("no output at all");
      return { type: "console_done", request_id: "1", execution_count: 4, failed: false };
    },
  });
  await state.run("print");
  const [entry] = state.entries.get();
  expect(entry).toMatchObject({ count: 4, running: false, problem: null });
  expect(entry?.outputs.map((output) => (output.type === "stream" ? output.text : output.type))).toEqual([
    "ab\n",
    "data",
  ]);
});

it("keeps a bounded number, and says why something was not run", async () => {
  const state = new ConsoleState({ runCode: async (code) => `not ${code}` });
  for (let number = 0; number <= MOST_ENTRIES; number++) await state.run(String(number % 3));
  expect(state.entries.get()).toHaveLength(MOST_ENTRIES);
  expect(state.entries.get().at(-1)?.problem).toMatch(/^not/);
  expect(new Set(state.history())).toEqual(new Set(["0", "1", "2"]));
  state.clear();
  expect(state.entries.get()).toEqual([]);
});

it("Enter runs what is whole", () => {
  expect(["x", "f(1)", "x = [1]"].every(isWhole)).toBe(true);
  expect(["def f():", "f(", "a\nb", "x = [1,"].some(isWhole)).toBe(false);
});
