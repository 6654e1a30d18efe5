import type { AnchorHTMLAttributes, MouseEvent } from "react";
import { useMemo } from "react";
import { useSearch } from "wouter";
import { navigate, usePathname } from "wouter/use-browser-location";
import { parseRoute, type Route } from "./routes";

export { navigate };

/** Where the page is; follows every change of the URL. */
export function useRoute(): Route {
  const pathname = usePathname();
  const search = useSearch();
  return useMemo(() => parseRoute(pathname, search), [pathname, search]);
}

/** A link within the page; with a modifier key or the middle button it is the browser's own. */
export function Link({ href, onClick, ...props }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const go = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  return <a {...props} href={href} onClick={go} />;
}

/** The token of a link, from its fragment, which browsers do not send; it is taken out of the address bar. */
export function takeToken(): string {
  const token = decodeURIComponent(location.hash.slice(1));
  if (token) history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}
