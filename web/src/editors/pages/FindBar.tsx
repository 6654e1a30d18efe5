import { ChevronDown, ChevronUp } from "lucide-react";
import { type KeyboardEvent, type RefObject, useId } from "react";
import { IconButton } from "../../ui/IconButton";
import type { PagedFile } from "./paged-file";

interface Needle {
  text: string;
  matchCase: boolean;
}

interface FindBarProps {
  file: PagedFile;
  field: RefObject<HTMLInputElement | null>;
  needle: Needle;
  onNeedle(needle: Needle): void;
  onFind(backward: boolean): void;
  /** Gives the focus back to the text. */
  back(): void;
}

/** Looks for a text in the whole file. */
export function FindBar({ file, field, needle, onNeedle, onFind, back }: FindBarProps) {
  const id = useId();
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") onFind(event.shiftKey);
    if (event.key !== "Escape") return;
    file.stop();
    back();
  };
  return (
    <fieldset className="paged-group">
      <legend className="visually-hidden">Find in the whole file</legend>
      <span className="paged-field paged-find">
        <label htmlFor={id}>Find</label>
        <input
          id={id}
          ref={field}
          className="input"
          autoComplete="off"
          spellCheck={false}
          maxLength={250}
          value={needle.text}
          onChange={(event) => onNeedle({ ...needle, text: event.currentTarget.value })}
          onFocus={(event) => event.currentTarget.select()}
          onKeyDown={onKeyDown}
        />
      </span>
      <IconButton
        label="Previous place"
        shortcut="Shift-F3"
        isDisabled={needle.text === ""}
        onPress={() => onFind(true)}
      >
        <ChevronUp aria-hidden />
      </IconButton>
      <IconButton label="Next place" shortcut="F3" isDisabled={needle.text === ""} onPress={() => onFind(false)}>
        <ChevronDown aria-hidden />
      </IconButton>
      <label className="paged-check">
        <input
          type="checkbox"
          checked={needle.matchCase}
          onChange={(event) => onNeedle({ ...needle, matchCase: event.currentTarget.checked })}
        />
        Match case
      </label>
    </fieldset>
  );
}
