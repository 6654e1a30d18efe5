import { type Ref, useCallback, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from "react";
import { useObservable } from "../../store/react";
import { attachFiles } from "./attachments";
import { CellEditor } from "./cell-editor";
import { useNotebook } from "./context";
import type { CellFields } from "./notebook";
import type { FocusWish } from "./session";
import { useSourceText } from "./use-source-text";

export interface SourceHandle {
  focus(at: FocusWish["at"]): void;
}

interface SourceProps {
  fields: CellFields;
  label: string;
  /** It is near the view: worth an editor. */
  near: boolean;
  ref: Ref<SourceHandle>;
}

/** The source of a cell: an editor where somebody may look, plain text elsewhere. An editor with the focus stays. */
export function Source({ fields, label, near, ref }: SourceProps) {
  const { session, settings, writable, onMoved } = useNotebook();
  const { id, source, type } = fields;
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<CellEditor | null>(null);
  const [mounted, setMounted] = useState(false);
  const numbers = useLineNumbers(id);
  const { language } = useObservable(session.notebook.meta);
  const newest = useRef({ label, language, settings, numbers, onMoved, type });
  newest.current = { label, language, settings, numbers, onMoved, type };

  const mount = useCallback(() => {
    if (editor.current || !place.current) return editor.current;
    const { label, language, settings, numbers, type } = newest.current;
    const made = new CellEditor(place.current, {
      session,
      id,
      text: source,
      label,
      type,
      language,
      settings,
      lineNumbers: numbers,
      onUpdate: () => newest.current.onMoved(),
      onFiles: (files) => attachFiles(session, id, files),
    });
    editor.current = made;
    session.editors.set(id, made.view);
    setMounted(true);
    return made;
  }, [session, id, source]);

  const unmount = useCallback(() => {
    const made = editor.current;
    if (!made) return;
    if (session.editors.get(id) === made.view) session.editors.delete(id);
    editor.current = null;
    made.destroy();
    setMounted(false);
  }, [session, id]);

  useLayoutEffect(() => {
    if (near) mount();
    else if (!editor.current?.view.hasFocus) unmount();
  }, [near, mount, unmount]);
  // Another text is another editor. Who was in it goes on in the new one.
  useLayoutEffect(() => {
    const hadFocus = editor.current?.view.hasFocus ?? false;
    if (hadFocus && mount()) editor.current?.focus("stay");
    return unmount;
  }, [mount, unmount]);
  useEffect(() => editor.current?.setLanguage(type, language), [type, language]);
  useEffect(() => editor.current?.setLabel(label), [label]);
  useEffect(() => editor.current?.applySettings(settings), [settings]);
  useEffect(() => editor.current?.setWritable(writable), [writable]);
  useEffect(() => editor.current?.setLineNumbers(numbers), [numbers]);
  useImperativeHandle(ref, () => ({ focus: (at) => mount()?.focus(at) }), [mount]);

  return (
    <div className={`cell-source ${type}`}>
      <div ref={place} className="cell-editor" />
      {!mounted && <StaticSource fields={fields} />}
    </div>
  );
}

function StaticSource({ fields }: { fields: CellFields }) {
  const text = useSourceText(fields.source);
  return <pre className="cell-static">{text === "" ? "\n" : text.endsWith("\n") ? `${text}\n` : text}</pre>;
}

function useLineNumbers(id: string): boolean {
  const { session } = useNotebook();
  const { all, not } = useObservable(session.lineNumbers);
  return all !== not.has(id);
}
