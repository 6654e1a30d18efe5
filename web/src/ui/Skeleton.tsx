import { useEffect, useState } from "react";

/** True once `delay` has passed: nothing is drawn for a wait that is over before it is noticed. */
export function useLate(delay = 300): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), delay);
    return () => clearTimeout(timer);
  }, [delay]);
  return late;
}

/** Lines in the shape of what comes. */
export function Skeleton({ lines = 4, label = "Loading" }: { lines?: number; label?: string }) {
  const late = useLate();
  if (!late) return null;
  return (
    <div role="status" aria-label={label} style={{ padding: 16 }}>
      {Array.from({ length: lines }, (_, index) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike and never move
          key={index}
          className="skeleton"
          style={{ height: 14, marginBottom: 14, width: `${[72, 54, 88, 40][index % 4]}%` }}
        />
      ))}
    </div>
  );
}
