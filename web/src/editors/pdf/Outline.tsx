import type { OutlineItem } from "./outline";

interface OutlineProps {
  items: readonly OutlineItem[];
  onGo(item: OutlineItem): void;
}

/** The document's own table of contents. */
export function Outline({ items, onGo }: OutlineProps) {
  return (
    <nav className="pdf-outline" aria-label="Contents">
      <Entries items={items} onGo={onGo} />
    </nav>
  );
}

function Entries({ items, onGo }: OutlineProps) {
  return (
    <ul>
      {items.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: titles are often the same, and entries never move
        <li key={index}>
          {item.url ? (
            <a href={item.url} target="_blank" rel="noopener noreferrer">
              {item.title}
            </a>
          ) : (
            <button type="button" onClick={() => onGo(item)}>
              {item.title}
            </button>
          )}
          {item.items.length > 0 && <Entries items={item.items} onGo={onGo} />}
        </li>
      ))}
    </ul>
  );
}
