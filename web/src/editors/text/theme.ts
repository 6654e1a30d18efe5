/** The look of the editor: colours and sizes are the CSS variables of the page and of `text.css`, so themes switch by CSS. */
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags as t } from "@lezer/highlight";

export const highlightStyle = HighlightStyle.define([
  { tag: [t.comment], color: "var(--code-comment)", fontStyle: "italic" },
  { tag: [t.keyword, t.modifier, t.controlKeyword, t.operatorKeyword], color: "var(--code-keyword)" },
  { tag: [t.string, t.special(t.string), t.character, t.inserted], color: "var(--code-string)" },
  { tag: [t.number, t.bool, t.null, t.atom, t.unit, t.color], color: "var(--code-number)" },
  { tag: [t.function(t.variableName), t.function(t.propertyName), t.labelName], color: "var(--code-function)" },
  { tag: [t.definition(t.function(t.variableName))], color: "var(--code-function)", fontWeight: "600" },
  { tag: [t.typeName, t.className, t.namespace, t.standard(t.name)], color: "var(--code-type)" },
  {
    tag: [t.tagName, t.regexp, t.escape, t.annotation, t.meta, t.processingInstruction, t.special(t.variableName)],
    color: "var(--code-tag)",
  },
  { tag: [t.attributeName, t.propertyName], color: "var(--code-property)" },
  { tag: [t.heading], color: "var(--code-function)", fontWeight: "600" },
  { tag: [t.strong], fontWeight: "700" },
  { tag: [t.emphasis], fontStyle: "italic" },
  { tag: [t.link, t.url], color: "var(--accent)", textDecoration: "underline" },
  { tag: [t.monospace], color: "var(--code-string)" },
  { tag: [t.quote], color: "var(--code-comment)" },
  { tag: [t.strikethrough], textDecoration: "line-through" },
  { tag: [t.deleted, t.invalid], color: "var(--danger)" },
]);

const look = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--page)", fontSize: "var(--editor-font-size)" },
  "&.cm-focused": { outline: "none" },
  // No ligatures: a beginner who types "->" should see what was typed.
  ".cm-scroller": {
    fontFamily: "var(--font-mono)",
    fontVariantLigatures: "none",
    lineHeight: "1.54",
    overflow: "auto",
  },
  ".cm-content": { padding: "8px 0 40vh", caretColor: "var(--text)" },
  ".cm-line": { padding: "0 16px 0 8px" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--text)", borderLeftWidth: "2px" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    backgroundColor: "var(--code-selection)",
  },
  ".cm-activeLine": { backgroundColor: "var(--code-active-line)" },
  ".cm-gutters": { backgroundColor: "var(--page)", color: "var(--secondary)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 4px 0 16px", minWidth: "40px" },
  ".cm-activeLineGutter": { backgroundColor: "var(--code-active-line)", color: "var(--text)" },
  ".cm-foldGutter .cm-gutterElement": { padding: "0 4px", cursor: "pointer" },
  ".cm-foldPlaceholder": {
    backgroundColor: "var(--panel)",
    border: "1px solid var(--control-line)",
    borderRadius: "4px",
    color: "var(--secondary)",
    padding: "0 4px",
  },
  "&.cm-focused .cm-matchingBracket": {
    backgroundColor: "var(--code-match)",
    outline: "1px solid var(--control-line)",
  },
  "&.cm-focused .cm-nonmatchingBracket": { color: "var(--danger)", backgroundColor: "transparent" },
  ".cm-searchMatch": { backgroundColor: "var(--code-search)", outline: "1px solid var(--warning)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--code-search-selected)", outline: "2px solid var(--warning)" },
  ".cm-selectionMatch": { backgroundColor: "var(--code-match)" },
  ".cm-specialChar": { color: "var(--danger)" },
  ".cm-tooltip": {
    backgroundColor: "var(--page)",
    border: "1px solid var(--line)",
    borderRadius: "var(--radius)",
    boxShadow: "var(--floating)",
  },
});

export const theme: Extension = [look, syntaxHighlighting(highlightStyle)];
