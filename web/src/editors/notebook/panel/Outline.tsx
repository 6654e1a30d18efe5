import { useMemo } from "react";
import { useObservable } from "../../../store/react";
import { PHONE, useMedia } from "../../../ui/use-media";
import { useNotebook, useSelection } from "../context";
import { type Heading, headingAt, headingsOf } from "../outline";
import { useDocVersion } from "../use-doc-version";
import { openPanel } from "./panel-state";

/** While others type, the headings need not follow each key. */
const FOLLOWED_EACH_MS = 300;

/** The headings of the notebook; a press goes there. */
export function Outline() {
  const { session, handles } = useNotebook();
  const { notebook, doc } = session;
  const order = useObservable(notebook.order);
  const version = useDocVersion(doc, FOLLOWED_EACH_MS);
  const onPhone = useMedia(PHONE);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` says that the sources are others
  const headings = useMemo(() => {
    const texts = order.filter((id) => notebook.type(id) === "markdown");
    return headingsOf(texts.map((id) => ({ id, text: notebook.source(id)?.toString() ?? "" })));
  }, [order, version, notebook]);
  const at = useSelection(({ notebook, selection }) => notebook.indexOf(selection.get().active));
  const current = headingAt(headings, order, at);
  if (headings.length === 0) {
    return <p className="notebook-panel-empty">The headings of Markdown cells are listed here. There are none yet.</p>;
  }
  const top = Math.min(...headings.map(({ level }) => level));
  const go = ({ id, nth }: Heading) => {
    if (onPhone) openPanel.set(null);
    session.select(id);
    const shown = handles.get(id)?.element.querySelectorAll(".cell-rendered :is(h1, h2, h3, h4, h5, h6)")[nth];
    (shown ?? handles.get(id)?.element)?.scrollIntoView({ block: "start" });
  };
  return (
    <ul className="notebook-outline">
      {headings.map((heading, index) => (
        <li key={`${heading.id} ${heading.nth}`}>
          <button
            type="button"
            className="truncate"
            aria-current={index === current ? "location" : undefined}
            style={{ paddingLeft: 12 + 12 * (heading.level - top) }}
            title={heading.text}
            onClick={() => go(heading)}
          >
            {heading.text || "Heading without words"}
          </button>
        </li>
      ))}
    </ul>
  );
}
