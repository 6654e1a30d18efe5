import { useCommands } from "../../commands/react";
import type { Command } from "../../commands/registry";
import { useProject } from "../project/context";
import { replaceAll, replaceIn, replaceOne, showMatch, stepFrom } from "./acts";
import { type FindCommandId, findCommandNames } from "./command-names";
import { matchesOf, matchKey, wholeFiles } from "./results";

const inPanel = () => document.activeElement?.closest(".find-panel") != null;
const inList = () => document.activeElement?.closest(".find-tree") != null;
/** Longer selections, and those of several lines, are no text that somebody looks for. */
const MAX_SEED = 200;

/** What the commands of finding in files do. */
export function FindCommands() {
  const { find, workspace, open, mayEdit } = useProject();

  const show = (replaces: boolean) => {
    const seed = selectedText();
    workspace.sidePanel.set(true);
    workspace.sideView.set("find");
    const changes = { ...(seed ? { text: seed } : {}), ...(replaces ? { replaces: true } : {}) };
    if (Object.keys(changes).length > 0) find.change(changes);
    find.wanted.update((count) => count + 1);
  };
  const step = (by: 1 | -1) => {
    const match = stepFrom(find, by);
    if (!match) return;
    find.current.set(matchKey(match.file.path, match.number));
    showMatch(match, open);
  };
  const flip = (name: "case" | "word" | "regex") => find.change({ [name]: !find.form.get()[name] });
  const replaceCurrent = () => {
    const current = find.current.get();
    for (const file of find.results.get().values()) {
      if (file.path === current) return void replaceIn(find, wholeFiles([file]));
      for (const match of matchesOf(file)) {
        if (matchKey(file.path, match.number) === current) return void replaceOne(find, match);
      }
    }
  };
  const mayReplace = () => mayEdit && find.form.get().replaces && find.results.get().size > 0;
  const has = () => find.results.get().size > 0;

  const runs: Record<FindCommandId, Pick<Command, "run" | "when" | "keyWhen" | "hidden" | "repeats">> = {
    "find.open": { run: () => show(false) },
    "find.replace": { when: () => mayEdit, run: () => show(true) },
    "find.next": { when: has, repeats: true, run: () => step(1) },
    "find.previous": { when: has, repeats: true, run: () => step(-1) },
    "find.again": { when: () => find.form.get().text !== "", run: () => find.search() },
    "find.case": { keyWhen: inPanel, hidden: true, run: () => flip("case") },
    "find.word": { keyWhen: inPanel, hidden: true, run: () => flip("word") },
    "find.regex": { keyWhen: inPanel, hidden: true, run: () => flip("regex") },
    "find.replace-one": { keyWhen: inList, hidden: true, when: mayReplace, run: replaceCurrent },
    "find.replace-all": { keyWhen: inPanel, when: mayReplace, run: () => void replaceAll(find) },
  };
  useCommands(findCommandNames.map((named) => ({ ...named, ...runs[named.id] })));
  return null;
}

/** What is selected in an editor: what one wants to look for. */
function selectedText(): string {
  const selection = getSelection();
  const inEditor = document.activeElement?.closest(".cm-editor, .xterm");
  const text = inEditor && selection ? selection.toString() : "";
  return text.length <= MAX_SEED && !/[\r\n]/.test(text) ? text : "";
}
