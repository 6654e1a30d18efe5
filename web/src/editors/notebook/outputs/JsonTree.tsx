import { useState } from "react";
import { Button } from "../../../ui/Button";
import { isRecord } from "./plain";

/** So many entries of an object are drawn at once. */
const PORTION = 100;
const MAX_TEXT = 2_000;
const byName = new Intl.Collator("en", { numeric: true }).compare;

/** A value of JSON, as a tree of which the parts are opened one by one. */
export function JsonTree({ value, open = true }: { value: unknown; open?: boolean }) {
  return (
    <div className="json-tree">
      <Node name={null} value={value} open={open} />
    </div>
  );
}

function Node({ name, value, open = false }: { name: string | null; value: unknown; open?: boolean }) {
  const [shown, setShown] = useState(open);
  const [drawn, setDrawn] = useState(PORTION);
  const label = name === null ? null : <span className="json-name">{name}: </span>;
  if (!isRecord(value) && !Array.isArray(value)) {
    return (
      <div className="json-leaf">
        {label}
        <Leaf value={value} />
      </div>
    );
  }
  // The shared document knows no order of keys.
  const names = Array.isArray(value) ? null : Object.keys(value).sort(byName);
  const size = names ? names.length : (value as unknown[]).length;
  const at = (index: number) =>
    names ? (value as Record<string, unknown>)[names[index] ?? ""] : (value as unknown[])[index];
  return (
    <details open={shown} onToggle={(event) => setShown(event.currentTarget.open)}>
      <summary>
        {label}
        <span className="secondary">
          {names ? "{" : "["}
          {size.toLocaleString("en")} {size === 1 ? "item" : "items"}
          {names ? "}" : "]"}
        </span>
      </summary>
      {shown && (
        <div className="json-children">
          {Array.from({ length: Math.min(size, drawn) }, (_, index) => {
            const child = names?.[index] ?? String(index);
            return <Node key={child} name={child} value={at(index)} />;
          })}
          {size > drawn && (
            <Button look="plain" onPress={() => setDrawn(drawn + PORTION)}>
              Show {Math.min(PORTION, size - drawn)} more of {size.toLocaleString("en")}
            </Button>
          )}
        </div>
      )}
    </details>
  );
}

function Leaf({ value }: { value: unknown }) {
  const kind = value === null ? "null" : typeof value;
  const text = JSON.stringify(value) ?? "";
  return (
    <span className={`json-${kind}`}>
      {text.length > MAX_TEXT
        ? `${text.slice(0, MAX_TEXT)} … ${(text.length - MAX_TEXT).toLocaleString("en")} more`
        : text}
    </span>
  );
}
