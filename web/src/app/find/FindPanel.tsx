import {
  CaseSensitive,
  ChevronRight,
  ListCollapse,
  ListFilter,
  RefreshCw,
  Regex,
  ReplaceAll,
  Rows3,
  WholeWord,
} from "lucide-react";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { Button as Press } from "react-aria-components";
import { commands } from "../../commands/commands";
import { useKeyOf } from "../../commands/react";
import { useObservable } from "../../store/react";
import { IconButton } from "../../ui/IconButton";
import { PHONE, useMedia } from "../../ui/use-media";
import { useProject } from "../project/context";
import { Resizer } from "../project/SidePanel";
import { replaceAll } from "./acts";
import { FindSaid } from "./FindSaid";
import { FindTree } from "./FindTree";
import type { FindForm } from "./form";
import { useStaleFiles } from "./use-stale-files";
import "./find.css";

/** Finding in the files of the project, and replacing. */
export default function FindPanel() {
  const { find, workspace, mayEdit } = useProject();
  // On a phone it is all there is.
  const Panel = useMedia(PHONE) ? "main" : "aside";
  const width = useObservable(workspace.sidePanelWidth);
  const form = useObservable(find.form);
  const wanted = useObservable(find.wanted);
  const found = useObservable(find.results).size;
  const field = useRef<HTMLInputElement>(null);
  const replaceKey = useKeyOf("find.replace");
  const replaceAllKey = useKeyOf("find.replace-all");
  useStaleFiles();

  // biome-ignore lint/correctness/useExhaustiveDependencies: each time that somebody asks for the panel
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, [wanted]);

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.altKey) find.search();
    else if (event.key === "ArrowDown") focusList();
    else return;
    event.preventDefault();
  };
  const text = (name: "text" | "replacement" | "include" | "exclude") => ({
    value: form[name],
    autoComplete: "off",
    autoCapitalize: "off",
    spellCheck: false,
    className: "input",
    onChange: (event: { target: { value: string } }) => find.change({ [name]: event.target.value }),
    onKeyDown,
  });
  const replaces = form.replaces && mayEdit;
  return (
    <Panel className="side-panel find-panel" style={{ width }} aria-label="Find panel">
      <div className="panel-head">
        <h2 className="panel-title">Find</h2>
        <IconButton label="Search again" isDisabled={!form.text} onPress={() => find.search()}>
          <RefreshCw aria-hidden />
        </IconButton>
        <Switch form={form} name="context" label="Show lines around" icon={Rows3} />
        <IconButton label="Close or open all files" isDisabled={found === 0} onPress={() => find.toggleAll()}>
          <ListCollapse aria-hidden />
        </IconButton>
      </div>
      <search className="find-form">
        {mayEdit && (
          <Press
            className={`find-opener ${replaces ? "open" : ""}`}
            aria-label={replaces ? "Hide the replacement" : "Replace"}
            aria-expanded={replaces}
            onPress={() => find.change({ replaces: !form.replaces })}
          >
            <ChevronRight aria-hidden />
          </Press>
        )}
        <div className="find-fields">
          <div className="find-field">
            <input ref={field} {...text("text")} aria-label="Find in files" placeholder="Find in files" />
            <span className="find-switches">
              <Switch form={form} name="case" label="Match case" icon={CaseSensitive} command="find.case" />
              <Switch form={form} name="word" label="Whole words" icon={WholeWord} command="find.word" />
              <Switch form={form} name="regex" label="Regular expression" icon={Regex} command="find.regex" />
            </span>
          </div>
          {replaces && (
            <div className="find-field">
              <input {...text("replacement")} aria-label="Replace with" placeholder="Replace with" />
              <span className="find-switches">
                <IconButton
                  label="Replace all"
                  shortcut={replaceAllKey}
                  isDisabled={found === 0}
                  onPress={() => void replaceAll(find)}
                >
                  <ReplaceAll aria-hidden />
                </IconButton>
              </span>
            </div>
          )}
          {form.filters && (
            <>
              <input {...text("include")} aria-label="Only in" placeholder="Only in, such as *.py, lectures" />
              <input {...text("exclude")} aria-label="Not in" placeholder="Not in, such as *.csv, old" />
            </>
          )}
        </div>
        <Switch form={form} name="filters" label="Choose files by name" icon={ListFilter} />
      </search>
      {form.filters && (
        <label className="find-check">
          <input
            type="checkbox"
            checked={form.hidden}
            onChange={(event) => find.change({ hidden: event.target.checked })}
          />
          Hidden files too
        </label>
      )}
      <FindSaid replaceKey={mayEdit ? replaceKey : ""} />
      <FindTree />
      <Resizer />
    </Panel>
  );
}

/** The focus goes to the current row of the list. */
function focusList(): void {
  document.querySelector<HTMLElement>(".find-tree [role=treeitem][tabindex='0']")?.focus();
}

interface SwitchProps {
  form: FindForm;
  name: "case" | "word" | "regex" | "context" | "filters";
  label: string;
  icon: typeof Regex;
  command?: string;
}

function Switch({ form, name, label, icon: Icon, command }: SwitchProps) {
  const { find } = useProject();
  const key = useKeyOf(command ?? "");
  return (
    <IconButton
      label={label}
      shortcut={key}
      aria-pressed={form[name]}
      onPress={() => {
        if (!command || !commands.run(command)) find.change({ [name]: !form[name] });
      }}
    >
      <Icon aria-hidden />
    </IconButton>
  );
}
