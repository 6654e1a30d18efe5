import { ArrowDown, ArrowUp, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { act } from "../../sync/notebook/acts";
import { Button } from "../../ui/Button";
import { Checkbox } from "../../ui/Choice";
import { IconButton } from "../../ui/IconButton";
import { useNotebook } from "./context";
import { setFound } from "./found-places";
import { expressionOf, findAll, type Match, MOST_MATCHES, replacementOf } from "./search";

/** Find and replace in the sources of all cells. */
export function FindBar({ onClose }: { onClose(): void }) {
  const { session, handles, writable } = useNotebook();
  const [text, setText] = useState("");
  const [by, setBy] = useState("");
  const [caseSensitive, setCaseSensitive] = useState(false);
  const [isPattern, setIsPattern] = useState(false);
  const [at, setAt] = useState(0);
  const [version, setVersion] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const { doc, notebook } = session;

  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    const changed = () => setVersion((count) => count + 1);
    doc.on("update", changed);
    return () => doc.off("update", changed);
  }, [doc]);

  const expression = useMemo(() => expressionOf({ text, caseSensitive, isPattern }), [text, caseSensitive, isPattern]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` says that the sources are others
  const matches = useMemo(() => {
    if (typeof expression === "string") return [];
    const sources = notebook.order.get().map((id) => ({ id, text: notebook.source(id)?.toString() ?? "" }));
    return findAll(sources, expression);
  }, [expression, version, notebook]);
  const current = matches[Math.min(at, matches.length - 1)];

  // Marks all places in the editors that there are; those that come later are marked when they do.
  useEffect(() => {
    const mark = () => {
      for (const [id, view] of session.editors) {
        const places = matches
          .filter((match) => match.id === id)
          .map((match) => ({ from: match.from, to: match.to, current: match === current }));
        view.dispatch({ effects: setFound.of(places) });
      }
    };
    mark();
    const later = setInterval(mark, 500);
    return () => {
      clearInterval(later);
      for (const view of session.editors.values()) view.dispatch({ effects: setFound.of([]) });
    };
  }, [matches, current, session]);

  const show = (match: Match | undefined) => {
    if (!match) return;
    session.select(match.id, { focus: false });
    handles.get(match.id)?.element.scrollIntoView({ block: "nearest" });
  };
  const step = (by: -1 | 1) => {
    if (matches.length === 0) return;
    const next = (Math.min(at, matches.length - 1) + by + matches.length) % matches.length;
    setAt(next);
    show(matches[next]);
  };
  const replace = (list: readonly Match[]) => {
    if (typeof expression === "string") return;
    act(doc, () => {
      for (const match of list.toReversed()) {
        const source = notebook.source(match.id);
        if (!source) continue;
        const insert = replacementOf(source.toString(), match, expression, by, isPattern);
        source.delete(match.from, match.to - match.from);
        if (insert !== "") source.insert(match.from, insert);
      }
    });
    // A button that has nothing left to do loses the focus.
    if (list.length === matches.length) field.current?.focus();
  };
  const close = () => {
    onClose();
    session.command();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && event.target === field.current) step(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const count = matches.length >= MOST_MATCHES ? `${MOST_MATCHES}+` : `${matches.length}`;
  const words =
    text === ""
      ? ""
      : typeof expression === "string"
        ? expression
        : matches.length === 0
          ? "Nothing found"
          : `${Math.min(at, matches.length - 1) + 1} of ${count}`;
  return (
    <search className="notebook-find" aria-label="Find and replace in cells" onKeyDown={onKeyDown}>
      <div className="notebook-find-row">
        <input
          ref={field}
          className="input"
          aria-label="Find"
          placeholder="Find"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
        />
        <IconButton label="Previous" onPress={() => step(-1)} isDisabled={matches.length === 0}>
          <ArrowUp aria-hidden />
        </IconButton>
        <IconButton label="Next" onPress={() => step(1)} isDisabled={matches.length === 0}>
          <ArrowDown aria-hidden />
        </IconButton>
        <span className="secondary numbers" role="status">
          {words}
        </span>
        <span className="grow" />
        <Checkbox isSelected={caseSensitive} onChange={setCaseSensitive}>
          Match case
        </Checkbox>
        <Checkbox isSelected={isPattern} onChange={setIsPattern}>
          Regular expression
        </Checkbox>
        <IconButton label="Close search" onPress={close}>
          <X aria-hidden />
        </IconButton>
      </div>
      {writable && (
        <div className="notebook-find-row">
          <input
            className="input"
            aria-label="Replace with"
            placeholder="Replace with"
            value={by}
            onChange={(event) => setBy(event.target.value)}
          />
          <Button isDisabled={!current} onPress={() => current && replace([current])}>
            Replace
          </Button>
          <Button isDisabled={matches.length === 0} onPress={() => replace(matches)}>
            Replace all
          </Button>
        </div>
      )}
    </search>
  );
}
