import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { Since } from "../../sync/compose";
import type { DocumentClient } from "../../sync/document-client";
import { compareTexts } from "../../sync/hunks";
import { restore, restoreParts } from "./restore";

const OLD = "one\ntwo\nthree\nfour\nfive\n";
const NEW = "1\ntwo\nthree\nfour\n5\n";

/** A document that two people have open; the first restores. */
function twoPeople(text: string) {
  const [mine, theirs] = [new Y.Doc(), new Y.Doc()];
  mine.getText("content").insert(0, text);
  const sync = () => {
    Y.applyUpdate(theirs, Y.encodeStateAsUpdate(mine));
    Y.applyUpdate(mine, Y.encodeStateAsUpdate(theirs));
  };
  sync();
  const client = { text: mine.getText("content") } as unknown as DocumentClient;
  return { client, mine: mine.getText("content"), theirs: theirs.getText("content"), sync };
}

describe("restoring a part", () => {
  it("changes that part for everybody, and is taken back without what others wrote meanwhile", () => {
    const { client, mine, theirs, sync } = twoPeople(NEW);
    const { hunks } = compareTexts(OLD, NEW);
    const since = new Since(NEW, mine);
    theirs.insert(0, "# bob\n");
    sync();
    const undo = restoreParts(client, hunks.slice(1), since.edits);
    sync();
    expect(theirs.toString()).toBe("# bob\n1\ntwo\nthree\nfour\nfive\n");
    theirs.insert(theirs.length, "# more\n");
    sync();
    restoreParts(client, hunks.slice(0, 1), since.edits);
    expect(mine.toString()).toBe("# bob\none\ntwo\nthree\nfour\nfive\n# more\n");
    expect(undo?.()).toBe(false); // not the last thing that was done here
    since.stop();
  });

  it("is undone alone", () => {
    const { client, mine, theirs, sync } = twoPeople(NEW);
    const { hunks } = compareTexts(OLD, NEW);
    const undo = restoreParts(client, hunks.slice(0, 1), []);
    sync();
    theirs.insert(theirs.length, "# bob\n");
    sync();
    expect(undo?.()).toBe(true);
    expect(mine.toString()).toBe(`${NEW}# bob\n`);
    expect(undo?.()).toBe(false);
  });

  it("that is like that already does nothing", () => {
    const { client, mine } = twoPeople(OLD);
    const { hunks } = compareTexts(OLD, NEW);
    const since = new Since(NEW, mine);
    expect(restoreParts(client, hunks, since.edits)).toBeNull();
    expect(mine.toString()).toBe(OLD);
  });
});

describe("restoring a version", () => {
  it("makes it the text, and is taken back", () => {
    const { client, mine } = twoPeople(NEW);
    const undo = restore(client, OLD);
    expect(mine.toString()).toBe(OLD);
    expect(undo()).toBe(true);
    expect(mine.toString()).toBe(NEW);
  });
});
