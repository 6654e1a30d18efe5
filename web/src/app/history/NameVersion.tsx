import { type RefObject, useEffect, useRef, useState } from "react";
import { Form } from "react-aria-components";
import { sentence } from "../../net/api";
import type { NamedVersion } from "../../protocol/generated";
import type { DocumentHistory } from "../../store/document-history";
import { MAX_NAME_CHARACTERS } from "../../store/version-names";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/toast-queue";

/** A name that is being written: of a version, or in the place of `old`. */
interface Asked {
  version: number;
  old: NamedVersion | null;
  name: string;
  problem: string;
}

export type Naming = ReturnType<typeof useNaming>;

/** Names versions, renames and removes names; a removal can be undone. */
export function useNaming(history: DocumentHistory) {
  const { names } = history;
  const [asked, setAsked] = useState<Asked | null>(null);
  const busy = useRef(false);
  const restore = async (named: NamedVersion) => {
    try {
      await names.restore(named);
    } catch (error) {
      toast(`The name “${named.name}” was not brought back. ${sentence(error)}`, { danger: true });
    }
  };
  const save = async () => {
    const { historyId } = history.list.get();
    if (!asked || busy.current || historyId === null) return;
    const name = asked.name.trim();
    busy.current = true;
    try {
      if (asked.old === null) await names.name(historyId, asked.version, name);
      else await names.rename(asked.old, name);
      setAsked(null);
      toast(asked.old ? `“${asked.old.name}” is now “${name}”.` : `Version ${asked.version} is named “${name}”.`);
    } catch (error) {
      setAsked((now) => now && { ...now, problem: sentence(error) });
    } finally {
      busy.current = false;
    }
  };
  const remove = async (named: NamedVersion) => {
    try {
      await names.remove(named);
      toast(`The name “${named.name}” is removed. The version stays.`, {
        act: { label: "Undo", run: () => void restore(named) },
      });
    } catch (error) {
      toast(`The name “${named.name}” was not removed. ${sentence(error)}`, { danger: true });
    }
  };
  return {
    asked,
    start: (version: number) => setAsked({ version, old: null, name: "", problem: "" }),
    startRenaming: (old: NamedVersion) => setAsked({ version: old.version, old, name: old.name, problem: "" }),
    write: (name: string) => setAsked((now) => now && { ...now, name, problem: tooLong(name) }),
    save: () => void save(),
    remove: (named: NamedVersion) => void remove(named),
    cancel: () => setAsked(null),
  };
}

interface NameDialogProps {
  naming: Naming;
  /** Gets the focus afterwards, when what had it before is gone: a menu. */
  focus: RefObject<HTMLElement | null>;
}

/** Asks for the name. */
export function NameDialog({ naming, focus }: NameDialogProps) {
  const { asked, cancel } = naming;
  const version = asked?.version.toLocaleString("en");
  return (
    <Dialog
      title={asked?.old ? `Rename “${asked.old.name}”` : `Name version ${version}`}
      isOpen={asked !== null}
      onClose={cancel}
    >
      <NameForm naming={naming} focus={focus} />
    </Dialog>
  );
}

function NameForm({ naming: { asked, write, save, cancel }, focus }: NameDialogProps) {
  useEffect(
    () => () => {
      // After the dialog, which gives the focus back in a frame.
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          if (document.activeElement === document.body) focus.current?.focus();
        }),
      );
    },
    [focus],
  );
  return (
    <Form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <TextField
        label="Name"
        hint="Everybody in this project finds the version by it."
        value={asked?.name ?? ""}
        onChange={write}
        autoFocus
        {...(asked?.problem ? { error: asked.problem } : {})}
      />
      <div className="dialog-acts">
        <Button onPress={cancel}>Cancel</Button>
        {/* Not while it is on its way: a disabled button loses the focus. */}
        <Button type="submit" look="primary" isDisabled={!asked?.name.trim() || tooLong(asked.name) !== ""}>
          {asked?.old ? "Rename" : "Name version"}
        </Button>
      </div>
    </Form>
  );
}

function tooLong(name: string): string {
  const over = [...name.trim()].length - MAX_NAME_CHARACTERS;
  return over > 0 ? `${MAX_NAME_CHARACTERS} characters at most: ${over} too many.` : "";
}
