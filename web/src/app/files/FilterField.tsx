import { ListFilter, X } from "lucide-react";
import type { KeyboardEvent, Ref } from "react";
import { IconButton } from "../../ui/IconButton";

interface FilterFieldProps {
  value: string;
  onChange(value: string): void;
  onKeyDown(event: KeyboardEvent): void;
  ref: Ref<HTMLInputElement>;
}

/** Narrows a list to names that fit. */
export function FilterField({ value, onChange, onKeyDown, ref }: FilterFieldProps) {
  return (
    <div className="filter-field">
      <ListFilter aria-hidden />
      <input
        ref={ref}
        type="search"
        className="input"
        aria-label="Filter by name"
        placeholder="Filter by name"
        spellCheck={false}
        autoComplete="off"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {value && (
        <IconButton label="Clear the filter" onPress={() => onChange("")}>
          <X aria-hidden />
        </IconButton>
      )}
    </div>
  );
}
