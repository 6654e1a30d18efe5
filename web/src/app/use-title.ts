import { useEffect } from "react";

/** Names the browser's tab: the place first, then the product. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} – Studium` : "Studium";
  }, [title]);
}
