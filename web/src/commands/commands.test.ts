import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { fileCommandNames } from "../app/files/command-names";
import { projectCommandNames } from "../app/project/command-names";
import { commands, listenForKeys } from "./commands";
import { ariaKey, isReserved, type KeyPress, matches, parseKey, showKey, spell } from "./keys";
import { parsePalette, rank, score } from "./palette";
import { type Command, Registry } from "./registry";

function press(key: string, held: Partial<KeyPress> = {}): KeyPress {
  return { key, code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held };
}

describe("keys", () => {
  it("Mod is Control, and Command on a Mac", () => {
    expect(matches(press("k", { ctrlKey: true }), "Mod-k", false)).toBe(true);
    expect(matches(press("k", { metaKey: true }), "Mod-k", true)).toBe(true);
    expect(matches(press("k", { ctrlKey: true }), "Mod-k", true)).toBe(false);
  });

  it("Alt with a digit is the digit, whatever the keyboard makes of it", () => {
    expect(matches(press("¡", { altKey: true, code: "Digit1" }), "Alt-1", true)).toBe(true);
  });

  it("Shift counts for letters and not for signs that need it", () => {
    expect(matches(press("F", { ctrlKey: true, shiftKey: true }), "Mod-Shift-f", false)).toBe(true);
    expect(matches(press("F", { ctrlKey: true, shiftKey: true }), "Mod-f", false)).toBe(false);
    expect(matches(press("?", { shiftKey: true }), "?", false)).toBe(true);
  });

  it("what is pressed matches how it is spelt", () => {
    const keys = fc.constantFrom("a", "z", "5", "F2", "Enter", "ArrowUp", ",", "-");
    fc.assert(
      fc.property(keys, fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean(), (key, mod, alt, shift, mac) => {
        const event = press(key, { ctrlKey: mod && !mac, metaKey: mod && mac, altKey: alt, shiftKey: shift });
        expect(matches(event, spell(event, mac), mac)).toBe(true);
      }),
    );
  });

  it("Ctrl is Control on every system", () => {
    expect(matches(press("g", { ctrlKey: true }), "Ctrl-g", false)).toBe(true);
    expect(matches(press("g", { ctrlKey: true }), "Ctrl-g", true)).toBe(true);
    expect(matches(press("g", { metaKey: true }), "Ctrl-g", true)).toBe(false);
    expect([showKey("Ctrl-g", false), showKey("Ctrl-g", true)]).toEqual(["Ctrl+G", "⌃G"]);
  });

  it("are shown as people of each system know them", () => {
    expect(showKey("Mod-Shift-f", true)).toBe("⇧⌘F");
    expect(showKey("Mod-Shift-f", false)).toBe("Ctrl+Shift+F");
    expect(ariaKey("Mod-k", false)).toBe("Control+K");
    expect(parseKey("Mod--").key).toBe("-");
  });

  it("no command relies on a key that the browser keeps, and none share one", () => {
    const names = [...projectCommandNames, ...fileCommandNames];
    const keys = names.flatMap((command) => ("keys" in command ? command.keys : []));
    expect(keys.filter(isReserved)).toEqual([]);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

const command = (id: string, more: Partial<Command> = {}): Command => ({
  id,
  title: id,
  section: "File",
  run: () => {},
  ...more,
});

describe("the registry", () => {
  it("offers what may run now, most recent first", () => {
    const registry = new Registry();
    registry.register([command("a"), command("b"), command("c", { when: () => false })]);
    registry.run("b");
    expect(registry.offered().map((one) => one.id)).toEqual(["b", "a"]);
    expect(registry.run("c")).toBe(false);
  });

  it("the latest of one name wins, and the earlier one comes back", () => {
    const registry = new Registry();
    registry.register([command("a", { title: "first" })]);
    const remove = registry.register([command("a", { title: "second" })]);
    expect(registry.get("a")?.title).toBe("second");
    remove();
    expect(registry.get("a")?.title).toBe("first");
  });

  it("finds a command by its key, by a changed key, and by none when it was taken away", () => {
    const registry = new Registry();
    const run = vi.fn();
    registry.register([command("save", { keys: ["Mod-s"], run })]);
    expect(registry.commandFor(press("s", { ctrlKey: true }))?.id).toBe("save");
    registry.changeKeys({ save: "Alt-s" });
    expect(registry.commandFor(press("s", { ctrlKey: true }))).toBeUndefined();
    expect(registry.commandFor(press("s", { altKey: true }))?.id).toBe("save");
    registry.changeKeys({ save: "" });
    expect(registry.keyOf("save")).toBe("");
  });

  it("remembers a bounded number of recent commands", () => {
    const remembered: string[][] = [];
    const registry = new Registry({ onRecent: (recent) => remembered.push(recent) });
    registry.register(Array.from({ length: 30 }, (_, number) => command(`c${number}`)));
    for (let number = 0; number < 30; number++) registry.run(`c${number}`);
    expect(remembered.at(-1)).toHaveLength(20);
    expect(remembered.at(-1)?.[0]).toBe("c29");
  });
});

describe("keys one after the other", () => {
  const tried = (keys: string[]) => {
    const registry = new Registry();
    registry.register([
      command("delete", { keys: ["d d"], keyWhen: () => mode === "command" }),
      command("other", { keys: ["x"], keyWhen: () => mode === "command" }),
    ]);
    return keys.map((key) => registry.commandFor(press(key))?.id);
  };
  let mode = "command";

  it("are one command, and only together", () => {
    mode = "command";
    expect(tried(["d", "d"])).toEqual([undefined, "delete"]);
    expect(tried(["d", "d", "d", "d"])).toEqual([undefined, "delete", undefined, "delete"]);
    expect(tried(["d", "x", "d"])).toEqual([undefined, "other", undefined]);
  });

  it("mean nothing where they mean something else", () => {
    mode = "edit";
    expect(tried(["d", "d", "x"])).toEqual([undefined, undefined, undefined]);
  });

  it("mean first what they mean in the place where one is", () => {
    let here = true;
    const registry = new Registry();
    registry.register([
      command("close", { keys: ["Alt-w"] }),
      command("word", { keys: ["Alt-w"], keyWhen: () => here }),
    ]);
    expect(registry.commandFor(press("w", { altKey: true }))?.id).toBe("word");
    here = false;
    expect(registry.commandFor(press("w", { altKey: true }))?.id).toBe("close");
  });

  it("are shown one after the other", () => {
    expect(showKey("d d", false)).toBe("D D");
    expect(ariaKey("d d", false)).toBeUndefined();
    expect(matches(press("_", { ctrlKey: true, shiftKey: true, code: "Minus" }), "Mod-Shift--", false)).toBe(true);
    expect(matches(press("-", { ctrlKey: true, code: "Minus" }), "Mod-Shift--", false)).toBe(false);
    expect(matches(press(" "), "Space", false)).toBe(true);
  });
});

describe("in an editor", () => {
  it("what writes a character is no command, and what does not is one", () => {
    const place = document.createElement("div");
    place.innerHTML = '<div class="cm-editor"><div tabindex="0"></div></div><button></button>';
    document.body.append(place);
    const ran = vi.fn();
    const command = { id: "test.find", title: "Find", section: "View" as const, keys: ["f", "Mod-f"], run: ran };
    const stops = [commands.register([command]), listenForKeys(window)];
    const type = (where: string, init: KeyboardEventInit) =>
      place
        .querySelector(where)
        ?.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init }));
    type(".cm-editor > div", { key: "f" });
    expect(ran).not.toHaveBeenCalled();
    type(".cm-editor > div", { key: "f", ctrlKey: true });
    type("button", { key: "f" });
    expect(ran).toHaveBeenCalledTimes(2);
    for (const stop of stops) stop();
    place.remove();
  });
});

describe("the palette", () => {
  it("knows its prefixes, typed once or twice", () => {
    expect(parsePalette("main")).toEqual({ kind: "files", text: "main" });
    expect(parsePalette(">dark")).toEqual({ kind: "commands", text: "dark" });
    expect(parsePalette(">>dark")).toEqual({ kind: "commands", text: "dark" });
    expect(parsePalette("@ada")).toEqual({ kind: "people", text: "ada" });
    expect(parsePalette(":12")).toEqual({ kind: "line", line: 12 });
    expect(parsePalette(":x")).toEqual({ kind: "line", line: null });
    expect(parsePalette(":12:4")).toEqual({ kind: "line", line: 12 });
  });

  it("knows a line of a file", () => {
    expect(parsePalette("main.py:12")).toEqual({ kind: "files", text: "main.py", line: 12 });
    expect(parsePalette("main.py:12:5")).toEqual({ kind: "files", text: "main.py", line: 12, column: 5 });
    expect(parsePalette("main.py:")).toEqual({ kind: "files", text: "main.py" });
    expect(parsePalette("main.py:0")).toEqual({ kind: "files", text: "main.py" });
    expect(parsePalette("a:b")).toEqual({ kind: "files", text: "a:b" });
  });

  it("puts names before folders, and whole words before scattered letters", () => {
    const files = ["lectures/main-notes/a.txt", "src/main.py", "margin.txt"];
    expect(rank("main", files, (file) => file, 10)[0]).toBe("src/main.py");
    expect(score("xyz", "main.py")).toBeNull();
  });

  it("finds every text by itself", () => {
    fc.assert(fc.property(fc.string({ minLength: 1 }), (text) => score(text, text) !== null));
  });
});
