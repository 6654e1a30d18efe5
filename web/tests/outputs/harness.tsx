/** A page that draws the outputs of one notebook, for `tests/browser/test_outputs.py`: no editor, the page's own policy. */
import { createRoot } from "react-dom/client";
import * as Y from "yjs";
import { CellOutputs } from "../../src/editors/notebook/outputs";
import { session } from "../../src/store/session";
import "../../src/ui/base.css";
import "../../src/ui/kit.css";

interface Cell {
  id?: string;
  cell_type: string;
  source: string | string[];
  outputs?: Record<string, unknown>[];
}

/** The document, as `src/studium/sync/notebook/schema.py` fills it. */
function fill(notebook: { cells: Cell[]; metadata: Record<string, unknown> }): Y.Doc {
  const doc = new Y.Doc();
  doc.getMap("meta").set("metadata", new Y.Map(Object.entries(notebook.metadata)));
  const cells = notebook.cells.map((cell, index) => {
    const outputs = (cell.outputs ?? []).map((output) => {
      const text = Array.isArray(output.text) ? output.text.join("") : output.text;
      return new Y.Map(
        Object.entries(output.output_type === "stream" ? { ...output, text: new Y.Text(String(text)) } : output),
      );
    });
    return new Y.Map<unknown>([
      ["id", cell.id ?? String(index)],
      ["cell_type", cell.cell_type],
      ["source", new Y.Text([cell.source].flat().join(""))],
      ["outputs", Y.Array.from(outputs)],
    ]);
  });
  doc.getArray("cells").push(cells);
  return doc;
}

async function start(): Promise<void> {
  const { site, notebook } = await (await fetch("/harness.json")).json();
  session.set({ site } as never);
  const doc = fill(notebook);
  Object.assign(window, { doc, Y });
  const cells = doc.getArray<Y.Map<unknown>>("cells").toArray();
  createRoot(document.getElementById("root") as HTMLElement).render(
    <main style={{ maxWidth: 860, margin: "0 auto", padding: 16 }}>
      <h1 className="visually-hidden">Outputs</h1>
      {cells.map((cell) => (
        <section key={String(cell.get("id"))} id={`cell-${cell.get("id")}`} aria-label={`Cell ${cell.get("id")}`}>
          <pre className="secondary" style={{ margin: "16px 0 4px", whiteSpace: "pre-wrap" }}>
            {String(cell.get("source")).slice(0, 200)}
          </pre>
          <CellOutputs
            outputs={cell.get("outputs") as Y.Array<unknown>}
            projectId="project"
            path="a.ipynb"
            cellId={String(cell.get("id"))}
            onClear={() =>
              (cell.get("outputs") as Y.Array<unknown>).delete(0, (cell.get("outputs") as Y.Array<unknown>).length)
            }
          />
        </section>
      ))}
    </main>,
  );
}

void start();
