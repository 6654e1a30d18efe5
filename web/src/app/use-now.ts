import { useEffect, useState } from "react";

const STEP_MS = 30_000;

/** The time in milliseconds, fresh enough for "5 minutes ago". */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), STEP_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
