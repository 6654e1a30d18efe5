import { FilePlus, FolderPlus, NotebookPen, Pencil } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { sentence } from "../../net/api";
import { baseName, join, nameProblem, parent } from "../../store/directories";
import { useObservable } from "../../store/react";
import { Select } from "../../ui/Select";
import { completed } from "../files/templates";
import { useProject } from "./context";
import { type Naming, NOTEBOOK_ENDING } from "./file-acts";

/** Where a new file, a new folder or a new name is typed. Enter makes it, Escape leaves everything as it is. */
export function NameRow({ place }: { place?: "list" }) {
  const { acts } = useProject();
  const naming = useObservable(acts.naming);
  if (!naming || naming.place !== place) return null;
  const key = naming.kind === "rename" ? naming.path : `${naming.kind}:${naming.folder}`;
  return <NameField key={key} naming={naming} />;
}

const ICONS = { file: FilePlus, folder: FolderPlus, notebook: NotebookPen, rename: Pencil };
const LABELS = {
  file: "Name of the new file",
  folder: "Name of the new folder",
  notebook: "Name of the new notebook",
  rename: "New name",
};

function NameField({ naming }: { naming: Naming }) {
  const { acts, files } = useProject();
  const kernels = useObservable(files.kernels);
  const [kernelName, setKernelName] = useState<string | null>(null);
  const kernel = kernels.find((known) => known.name === kernelName) ?? kernels[0];
  useEffect(() => {
    if (naming.kind === "notebook") files.listKernels();
  }, [naming.kind, files]);
  const row = useRef<HTMLDivElement>(null);
  const own = naming.kind === "rename" ? baseName(naming.path) : undefined;
  const folder = naming.kind === "rename" ? parent(naming.path) : naming.folder;
  const [name, setName] = useState(own ?? "");
  const [problem, setProblem] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const before = useRef<Element | null>(null);
  const busy = useRef(false);
  useEffect(() => {
    before.current = document.activeElement;
    const input = field.current;
    input?.focus();
    // The stem is selected, as file managers do: the ending mostly stays.
    const dot = own?.lastIndexOf(".") ?? -1;
    input?.setSelectionRange(0, dot > 0 ? dot : (own?.length ?? 0));
  }, [own]);

  const end = (giveFocusBack: boolean) => {
    acts.naming.set(null);
    if (giveFocusBack && before.current instanceof HTMLElement && before.current.isConnected) before.current.focus();
  };
  const finish = async () => {
    if (busy.current) return;
    if (own !== undefined && name === own) {
      end(true);
      return;
    }
    const taken = files.directories.get().get(folder)?.entries ?? new Map();
    const ending = naming.kind === "rename" ? undefined : naming.ending;
    const wanted = completed(name, naming.kind === "notebook" ? NOTEBOOK_ENDING : ending);
    const wrong = nameProblem(wanted, taken, own);
    if (wrong) {
      setProblem(wrong);
      return;
    }
    busy.current = true;
    try {
      if (naming.kind === "rename") await acts.rename(naming.path, join(folder, wanted));
      else
        await acts.create(
          naming.kind,
          join(folder, wanted),
          naming.kind === "notebook" ? kernel : undefined,
          naming.text,
        );
      end(naming.kind === "rename" || naming.kind === "folder");
    } catch (error) {
      setProblem(sentence(error));
      field.current?.focus();
    } finally {
      busy.current = false;
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") void finish();
    else if (event.key === "Escape") end(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const Icon = ICONS[naming.kind];
  const label = naming.kind === "rename" ? `New name of ${own}` : LABELS[naming.kind];
  return (
    <div className="name-row" ref={row}>
      <div className="name-field">
        <Icon aria-hidden />
        <input
          ref={field}
          className="input"
          aria-label={label}
          aria-invalid={problem !== null}
          aria-describedby={problem ? "name-problem" : undefined}
          placeholder={label}
          spellCheck={false}
          autoComplete="off"
          value={name}
          onChange={(event) => {
            setName(event.target.value);
            setProblem(null);
          }}
          onKeyDown={onKeyDown}
          onBlur={(event) => {
            const stays = row.current?.contains(event.relatedTarget);
            if (!busy.current && !name.trim() && !stays) end(false);
          }}
        />
      </div>
      {naming.kind === "notebook" && kernel && kernels.length > 1 && (
        <div className="name-kernel">
          <Select
            label="Kernel"
            hideLabel
            value={kernel.name}
            choices={kernels.map((known) => ({ value: known.name, label: known.display_name }))}
            onChange={setKernelName}
          />
        </div>
      )}
      {folder && naming.kind !== "rename" && <p className="secondary name-place truncate">in {folder}</p>}
      {problem && (
        <p id="name-problem" className="name-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
