import { ArrowDown, ArrowUp, CaseSensitive, Regex, X } from "lucide-react";
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from "react";
import { useObservable } from "../../store/react";
import { theme } from "../../store/settings";
import { IconButton } from "../../ui/IconButton";
import type { TerminalSession } from "./session";

/** Marks of what is found, on the light and on the dark page. */
const MARKS = {
  light: { matchBackground: "#f5e3a8", activeMatchBackground: "#ffb94f" },
  dark: { matchBackground: "#5c4a12", activeMatchBackground: "#8a5a00" },
};

/** Finds in the screen and all that is above it. */
export function FindBar({ session, onClose }: { session: TerminalSession; onClose(): void }) {
  const { search, terminal } = session.screen;
  const [text, setText] = useState("");
  const [caseSensitive, setCaseSensitive] = useState(false);
  const [regex, setRegex] = useState(false);
  const [found, setFound] = useState<{ index: number; count: number } | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const marks = useObservable(theme) === "light" ? MARKS.light : MARKS.dark;
  const broken = regex && !isExpression(text);

  useEffect(() => {
    field.current?.focus();
    const listening = search.onDidChangeResults(({ resultIndex, resultCount }) =>
      setFound({ index: resultIndex, count: resultCount }),
    );
    return () => {
      listening.dispose();
      search.clearDecorations();
    };
  }, [search]);
  const look = useCallback(
    (back: boolean, incremental = false) => {
      if (!text || broken) {
        search.clearDecorations();
        setFound(null);
        return;
      }
      const rulers = {
        matchOverviewRuler: marks.matchBackground,
        activeMatchColorOverviewRuler: marks.matchBackground,
      };
      const options = { caseSensitive, regex, incremental, decorations: { ...marks, ...rulers } };
      if (back) search.findPrevious(text, options);
      else search.findNext(text, options);
    },
    [text, caseSensitive, regex, broken, marks, search],
  );
  // Backwards: what was printed last is the likeliest.
  useEffect(() => look(true, true), [look]);

  const close = () => {
    onClose();
    terminal.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && event.target === field.current) look(!event.shiftKey);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const words = () => {
    if (!text) return "";
    if (broken) return "No valid expression";
    if (!found || found.count === 0) return "Nothing found";
    return found.index < 0 ? `${found.count} found` : `${found.index + 1} of ${found.count}`;
  };
  return (
    <search className="terminal-find" aria-label="Find in the terminal" onKeyDown={onKeyDown}>
      <input
        ref={field}
        className="input"
        aria-label="Find"
        placeholder="Find"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <span className="secondary numbers" role="status">
        {words()}
      </span>
      <IconButton label="Match case" aria-pressed={caseSensitive} onPress={() => setCaseSensitive(!caseSensitive)}>
        <CaseSensitive aria-hidden />
      </IconButton>
      <IconButton label="Regular expression" aria-pressed={regex} onPress={() => setRegex(!regex)}>
        <Regex aria-hidden />
      </IconButton>
      <IconButton label="Previous" onPress={() => look(true)} isDisabled={!found?.count}>
        <ArrowUp aria-hidden />
      </IconButton>
      <IconButton label="Next" onPress={() => look(false)} isDisabled={!found?.count}>
        <ArrowDown aria-hidden />
      </IconButton>
      <IconButton label="Close search" onPress={close}>
        <X aria-hidden />
      </IconButton>
    </search>
  );
}

function isExpression(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
