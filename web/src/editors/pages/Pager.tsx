import { ChevronFirst, ChevronLast, ChevronLeft, ChevronRight } from "lucide-react";
import { type KeyboardEvent, type RefObject, useEffect, useId, useState } from "react";
import { useObservable } from "../../store/react";
import { IconButton } from "../../ui/IconButton";
import type { PagedFile } from "./paged-file";

interface PagerProps {
  file: PagedFile;
  lineField: RefObject<HTMLInputElement | null>;
  /** Gives the focus back to the text. */
  back(): void;
}

/** Which page is shown, the way to others, and to a line. */
export function Pager({ file, lineField, back }: PagerProps) {
  const { page } = useObservable(file.shown);
  const now = page?.page ?? 1;
  const pages = page?.pages ?? 1;
  const count = pages.toLocaleString("en");
  return (
    <fieldset className="paged-group">
      <legend className="visually-hidden">Pages</legend>
      <IconButton label="First page" shortcut="Mod-Home" isDisabled={now <= 1} onPress={() => void file.go(1)}>
        <ChevronFirst aria-hidden />
      </IconButton>
      <IconButton
        label="Previous page"
        shortcut="Alt-PageUp"
        isDisabled={now <= 1}
        onPress={() => void file.go(now - 1)}
      >
        <ChevronLeft aria-hidden />
      </IconButton>
      <NumberField label="Page" value={now} width={pages} onNumber={(number) => void file.go(number)} back={back} />
      <span className="numbers">of {count}</span>
      <IconButton
        label="Next page"
        shortcut="Alt-PageDown"
        isDisabled={now >= pages}
        onPress={() => void file.go(now + 1)}
      >
        <ChevronRight aria-hidden />
      </IconButton>
      <IconButton label="Last page" shortcut="Mod-End" isDisabled={now >= pages} onPress={() => void file.goToEnd()}>
        <ChevronLast aria-hidden />
      </IconButton>
      <NumberField
        label="Go to line"
        value={null}
        width={99_999_999}
        field={lineField}
        onNumber={(number) => void file.goToLine(number)}
        back={back}
      />
    </fieldset>
  );
}

interface NumberFieldProps {
  label: string;
  /** What is shown while nothing is typed. */
  value: number | null;
  /** The largest number that must fit. */
  width: number;
  field?: RefObject<HTMLInputElement | null>;
  onNumber(number: number): void;
  back(): void;
}

function NumberField({ label, value, width, field, onNumber, back }: NumberFieldProps) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page makes what was typed stale
  useEffect(() => setTyped(null), [value]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      setTyped(null);
      back();
    }
    if (event.key !== "Enter") return;
    const number = Number((typed ?? "").replace(/[\s,.]/g, ""));
    if (Number.isInteger(number) && number > 0) {
      onNumber(Math.min(number, 999_999_999_999));
      setTyped(null);
      back();
    }
  };
  return (
    <span className="paged-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        ref={field}
        className="input numbers"
        inputMode="numeric"
        autoComplete="off"
        style={{ width: `${Math.max(3, String(width).length) + 3}ch` }}
        value={typed ?? (value === null ? "" : String(value))}
        onChange={(event) => setTyped(event.currentTarget.value)}
        onFocus={(event) => event.currentTarget.select()}
        onBlur={() => value !== null && setTyped(null)}
        onKeyDown={onKeyDown}
      />
    </span>
  );
}
