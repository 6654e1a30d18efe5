import { type FormEvent, useEffect, useState } from "react";
import { act, setMetadata } from "../../../sync/notebook/acts";
import { isObject, type JsonObject } from "../../../sync/notebook/schema";
import { Button } from "../../../ui/Button";
import { Checkbox } from "../../../ui/Choice";
import { Select } from "../../../ui/Select";
import { TextField } from "../../../ui/TextField";
import { useFields, useNotebook, useSelection } from "../context";
import type { CellFields } from "../notebook";
import { metadataFrom, tagsFrom } from "./metadata";

const SLIDES = [
  { value: "", label: "Not set" },
  { value: "slide", label: "Slide" },
  { value: "subslide", label: "Slide below" },
  { value: "fragment", label: "Appears on the slide" },
  { value: "skip", label: "Left out" },
  { value: "notes", label: "Speaker notes" },
];

const RAW = [
  { value: "", label: "Every format" },
  { value: "text/html", label: "HTML" },
  { value: "text/latex", label: "LaTeX" },
  { value: "text/markdown", label: "Markdown" },
  { value: "text/restructuredtext", label: "reStructuredText" },
  { value: "text/asciidoc", label: "AsciiDoc" },
  { value: "text/x-python", label: "Python" },
];

/** What a notebook's file says of the cells that are selected, beside their text: tags, slides, and the rest as JSON. */
export function Properties() {
  const active = useSelection(({ selection, notebook }) =>
    notebook.has(selection.get().active) ? selection.get().active : "",
  );
  return active === "" ? null : <OfCell key={active} id={active} />;
}

function OfCell({ id }: { id: string }) {
  const { session, writable } = useNotebook();
  const fields = useFields(id);
  const count = useSelection((all) => all.selected().length);
  const { metadata, type } = fields;
  const set = (key: string, value: unknown) => setMetadata(session.doc, session.selected(), key, value);
  const flags = isObject(metadata.jupyter) ? metadata.jupyter : {};
  const slideshow = isObject(metadata.slideshow) ? metadata.slideshow : {};
  return (
    <div className="stack notebook-properties">
      <p className="secondary">
        {count === 1 ? `Cell ${session.notebook.indexOf(id) + 1}` : `${count} cells are changed together`}
      </p>
      <Tags key={JSON.stringify(metadata.tags)} tags={metadata.tags} onSave={(tags) => set("tags", tags)} />
      <Select
        label="In slides"
        value={String(slideshow.slide_type ?? "")}
        choices={withOwn(SLIDES, slideshow.slide_type)}
        isDisabled={!writable}
        onChange={(value) => {
          const { slide_type: _, ...rest } = slideshow;
          const next = value === "" ? rest : { ...rest, slide_type: value };
          set("slideshow", Object.keys(next).length > 0 ? next : undefined);
        }}
      />
      {type === "raw" && (
        <Select
          label="Exported to"
          value={String(metadata.raw_mimetype ?? metadata.format ?? "")}
          choices={withOwn(RAW, metadata.raw_mimetype ?? metadata.format)}
          isDisabled={!writable}
          onChange={(value) => {
            act(session.doc, () => {
              set("format", undefined);
              set("raw_mimetype", value === "" ? undefined : value);
            });
          }}
        />
      )}
      <Checkbox
        isSelected={flags.source_hidden === true}
        isDisabled={!writable}
        onChange={(on) => session.setFlag(session.selected(), "source_hidden", on)}
      >
        Hide the source
      </Checkbox>
      {type === "code" && (
        <Checkbox
          isSelected={flags.outputs_hidden === true}
          isDisabled={!writable}
          onChange={(on) => session.setFlag(session.selected(), "outputs_hidden", on)}
        >
          Hide outputs
        </Checkbox>
      )}
      <Json key={JSON.stringify(metadata)} fields={fields} />
    </div>
  );
}

/** What a notebook says that is none of ours is a choice too: it is not lost by looking at it. */
function withOwn(choices: readonly { value: string; label: string }[], own: unknown) {
  const value = typeof own === "string" ? own : "";
  return choices.some((choice) => choice.value === value) ? choices : [...choices, { value, label: value }];
}

function Tags({ tags, onSave }: { tags: unknown; onSave(tags: string[] | undefined): void }) {
  const { writable } = useNotebook();
  const had = Array.isArray(tags) ? tags.join(", ") : "";
  const [text, setText] = useState(had);
  const save = () => {
    if (text === had) return;
    const list = tagsFrom(text);
    setText(list.join(", "));
    onSave(list.length > 0 ? list : undefined);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save();
  };
  return (
    <form onSubmit={submit}>
      <TextField
        label="Tags"
        hint="With commas between them."
        value={text}
        onChange={setText}
        onBlur={save}
        isReadOnly={!writable}
      />
    </form>
  );
}

function Json({ fields }: { fields: CellFields }) {
  const { session, writable } = useNotebook();
  const had = JSON.stringify(fields.metadata, null, 2);
  const [text, setText] = useState(had);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => setError(null), []);
  const save = () => {
    const next = metadataFrom(text);
    if (typeof next === "string") setError(next);
    else replaceMetadata(session.doc, fields.id, fields.metadata, next);
  };
  return (
    <div className="field">
      <label className="label" htmlFor="cell-metadata">
        All metadata of this cell
      </label>
      <textarea
        id="cell-metadata"
        className="input"
        rows={Math.min(16, Math.max(4, text.split("\n").length))}
        spellCheck={false}
        readOnly={!writable}
        value={text}
        aria-invalid={error !== null}
        aria-describedby={error === null ? undefined : "cell-metadata-error"}
        onChange={(event) => setText(event.target.value)}
      />
      {error !== null && (
        <p id="cell-metadata-error" className="error" role="alert">
          {error}
        </p>
      )}
      {writable && text !== had && (
        <div className="notebook-properties-acts">
          <Button onPress={() => setText(had)}>Take back</Button>
          <Button look="primary" onPress={save}>
            Save metadata
          </Button>
        </div>
      )}
    </div>
  );
}

type Doc = Parameters<typeof act>[0];

/** Only what is another is written: others may be changing the rest. */
function replaceMetadata(doc: Doc, id: string, old: JsonObject, next: JsonObject): void {
  act(doc, () => {
    for (const key of new Set([...Object.keys(old), ...Object.keys(next)])) {
      if (JSON.stringify(old[key]) !== JSON.stringify(next[key])) setMetadata(doc, [id], key, next[key]);
    }
  });
}
