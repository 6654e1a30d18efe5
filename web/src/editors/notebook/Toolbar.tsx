import {
  ChevronsRight,
  ClipboardPaste,
  Copy,
  MoreHorizontal,
  Play,
  Plus,
  RotateCcw,
  Scissors,
  Square,
  SquareTerminal,
  TableOfContents,
  Tags,
  Variable,
} from "lucide-react";
import { type ComponentType, memo } from "react";
import { commands } from "../../commands/commands";
import { useKeyOf } from "../../commands/react";
import type { Observable } from "../../net/observable";
import { useObservable } from "../../store/react";
import type { CellType } from "../../sync/notebook/schema";
import { IconButton } from "../../ui/IconButton";
import { MenuButton, MenuItem, MenuSeparator } from "../../ui/Menu";
import { Select } from "../../ui/Select";
import { CommandButton } from "./CommandButton";
import { type NotebookCommandId, notebookCommandNames } from "./command-names";
import { useNotebook, useOfKernel, useSelection } from "./context";
import { KernelButton } from "./KernelButton";
import type { CellFields } from "./notebook";
import { openPanel, type Panel, togglePanel } from "./panel/panel-state";

const TYPES: readonly { value: CellType; label: string }[] = [
  { value: "code", label: "Code" },
  { value: "markdown", label: "Markdown" },
  { value: "raw", label: "Raw" },
];

/** Above the cells: what is done most, and the kernel. */
export function Toolbar() {
  const { writable } = useNotebook();
  return (
    <div className="notebook-toolbar" role="toolbar" aria-label="Notebook">
      {writable && (
        <>
          <CommandButton id="notebook.insert-below" icon={Plus} />
          <span className="notebook-wide">
            <CommandButton id="notebook.cut" icon={Scissors} />
            <CommandButton id="notebook.copy" icon={Copy} />
            <CommandButton id="notebook.paste-below" icon={ClipboardPaste} />
          </span>
          <span className="notebook-rule" />
          <CommandButton id="notebook.run-next" icon={Play} />
          <StopButton />
          <span className="notebook-wide">
            <CommandButton id="notebook.restart" icon={RotateCcw} />
            <CommandButton id="notebook.restart-run-all" icon={ChevronsRight} />
          </span>
          <span className="notebook-rule" />
          <TypeChoice />
        </>
      )}
      <MoreMenu />
      <span className="grow" />
      <span className="notebook-wide">
        <PanelButton panel="outline" icon={TableOfContents} />
        <PanelButton panel="variables" icon={Variable} />
        {writable && <PanelButton panel="console" icon={SquareTerminal} />}
        <PanelButton panel="properties" icon={Tags} />
      </span>
      <KernelButton />
    </div>
  );
}

function PanelButton({ panel, icon: Icon }: { panel: Panel; icon: ComponentType<{ "aria-hidden"?: boolean }> }) {
  const open = useObservable(openPanel) === panel;
  const id: NotebookCommandId = `notebook.${panel}`;
  const title = notebookCommandNames.find((command) => command.id === id)?.title ?? id;
  return (
    <IconButton label={title} aria-pressed={open} onPress={() => togglePanel(panel)}>
      <Icon aria-hidden />
    </IconButton>
  );
}

function StopButton() {
  const busy = useOfKernel((status) => status?.state === "busy" || (status?.queue?.length ?? 0) > 0);
  return <CommandButton id="notebook.interrupt" icon={Square} isDisabled={!busy} />;
}

function TypeChoice() {
  const { session } = useNotebook();
  const active = useSelection(({ selection }) => selection.get().active);
  const fields = session.notebook.fields(active);
  return fields ? <TypeOf fields={fields} /> : null;
}

function TypeOf({ fields }: { fields: Observable<CellFields> }) {
  return <TypeSelect type={useObservable(fields).type} />;
}

/** Drawn anew for another type only: another cell is mostly one of the same. */
const TypeSelect = memo(function TypeSelect({ type }: { type: CellType }) {
  const { session } = useNotebook();
  return (
    <div className="notebook-type">
      <Select<CellType>
        label="Cell type"
        hideLabel
        value={type}
        choices={TYPES}
        onChange={(value) => session.setType(value)}
      />
    </div>
  );
});

/** Viewers have these too. */
const FOR_ALL: readonly (NotebookCommandId | null)[] = [
  "notebook.outline",
  "notebook.variables",
  "notebook.console",
  "notebook.properties",
  null,
  "notebook.export",
  "notebook.print",
  "notebook.keys",
];

const MENU: readonly (NotebookCommandId | null)[] = [
  "notebook.run-all",
  "notebook.run-above",
  "notebook.run-below",
  "notebook.restart",
  "notebook.restart-run-all",
  null,
  "notebook.cut",
  "notebook.copy",
  "notebook.paste-below",
  "notebook.undo",
  "notebook.split",
  "notebook.merge",
  null,
  "notebook.clear",
  "notebook.clear-all",
  "notebook.toggle-outputs",
  "notebook.toggle-source",
  null,
  "notebook.find",
  "notebook.all-line-numbers",
  ...FOR_ALL,
];

const READING: readonly (NotebookCommandId | null)[] = [
  "notebook.copy",
  "notebook.find",
  "notebook.all-line-numbers",
  null,
  ...FOR_ALL,
];

function MoreMenu() {
  const { writable } = useNotebook();
  return (
    <MenuButton
      label="More for this notebook"
      button={
        <IconButton label="More for this notebook">
          <MoreHorizontal aria-hidden />
        </IconButton>
      }
    >
      {(writable ? MENU : READING).map((id, index) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
        id === null ? <MenuSeparator key={index} /> : <CommandItem key={id} id={id} />,
      )}
    </MenuButton>
  );
}

function CommandItem({ id }: { id: NotebookCommandId }) {
  const shortcut = useKeyOf(id);
  const title = notebookCommandNames.find((command) => command.id === id)?.title ?? id;
  return (
    <MenuItem id={id} shortcut={shortcut} isDisabled={!commands.isEnabled(id)} onAction={() => commands.run(id)}>
      {title}
    </MenuItem>
  );
}
