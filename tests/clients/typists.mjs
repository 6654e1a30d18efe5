// Clients that type on their own until they are told to stop, driven by lines of JSON on standard input.
//
// Each types characters that nobody else types, each once, so that in the end every character can be told: where it came
// from, whether it is there, and how often. Some of what a client typed it also erases, never what others typed.
// `open(options)` makes the client: `{ text, ready, online, waiting, kind, failure, edit(change), reload?, vanish(), end() }`.
import { createInterface } from "node:readline";
import { after } from "./quick_clock.mjs";

/** Numbers in [0, 1) that a seed decides (mulberry32). */
function chances(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

class Typist {
  constructor({ name, seed, first, characters, pace, reloads }, client) {
    Object.assign(this, { name, first, characters, pace, client });
    this.reloads = reloads && client.reload !== undefined;
    this.chance = chances(seed);
    this.typed = [];
    this.erased = [];
    this.acknowledged = [0, 0]; // of what was typed and erased
    this.lines = 0;
    this.typing = this.gone = false;
    this.caret = "";
  }

  start() {
    this.typing = true;
    this.next();
  }

  next() {
    after(() => {
      if (!this.typing || this.gone) return;
      this.act();
      this.next();
    }, this.pace * (0.3 + 1.4 * this.chance()));
  }

  act() {
    if (!this.client.ready) return;
    const chance = this.chance();
    if (this.reloads && chance < 0.01) this.client.reload();
    else if (chance < 0.15) this.erase();
    else this.write();
  }

  write() {
    let word = "";
    for (let left = 1 + Math.floor(this.chance() * 4); left > 0 && this.typed.length < this.characters; left--) {
      const character = String.fromCodePoint(this.first + this.typed.length);
      this.typed.push(character);
      word += character;
    }
    if (word === "") return;
    const last = [...word].at(-1);
    const { text } = this.client;
    const held = text.toString();
    let at = this.caret === "" ? -1 : held.indexOf(this.caret);
    at = at < 0 || this.chance() < 0.1 ? Math.floor(this.chance() * (held.length + 1)) : at + this.caret.length;
    if (/^[\udc00-\udfff]/.test(held.slice(at))) at++; // not between the halves of a pair
    if (this.chance() < 0.1) {
      word += "\n";
      this.lines++;
    }
    this.caret = last;
    text.insert(at, word);
  }

  erase() {
    const { text } = this.client;
    const character = this.typed[Math.floor(this.chance() * this.typed.length)];
    const at = character === undefined ? -1 : text.toString().indexOf(character);
    if (at < 0) return;
    this.erased.push(character);
    text.delete(at, character.length);
  }

  /** Called whenever nothing waits: all until now is acknowledged. */
  noteAcknowledged() {
    this.acknowledged = [this.typed.length, this.erased.length];
  }

  state() {
    const { online, waiting, kind, failure } = this.client;
    return { name: this.name, online, waiting, kind, failure, gone: this.gone };
  }

  report() {
    const text = this.gone ? null : this.client.text.toString();
    const [typed, erased] = this.acknowledged;
    return {
      ...this.state(),
      text,
      typed: this.typed.join(""),
      erased: this.erased.join(""),
      acknowledged: this.typed.slice(0, typed).join(""),
      acknowledged_erased: this.erased.slice(0, erased).join(""),
      lines: this.lines,
    };
  }
}

export async function serve(open) {
  const typists = [];
  const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
  const acts = {
    open: (options) => {
      let typist;
      const client = open(options, () => typist?.noteAcknowledged());
      typist = new Typist(options, client);
      typists.push(typist);
    },
    type: () => typists.forEach((typist) => typist.start()),
    rest: () => {
      for (const typist of typists) typist.typing = false;
    },
    vanish: (name) => {
      const typist = typists.find((typist) => typist.name === name);
      typist.gone = true;
      typist.client.vanish();
    },
    states: (number) => say({ number, clients: typists.map((typist) => typist.state()) }),
    report: (number) => say({ number, clients: typists.map((typist) => typist.report()) }),
    end: () => {
      for (const typist of typists) if (!typist.gone) typist.client.end();
      process.exit(0);
    },
  };
  for await (const line of createInterface({ input: process.stdin })) {
    const [act, ...args] = JSON.parse(line);
    acts[act](...args);
  }
  process.exit(0); // whoever drove this is gone
}
