/**
 * Libraries that outputs load from the network, which a frame does not reach. Those that we draw with are given to them from
 * here: Altair's own HTML, for one, loads Vega by its address.
 */
const LIBRARIES: readonly [RegExp, string][] = [
  [/^https?:\/\/[^?#]*\/vega(-lite|-embed)?(@[\w.-]+)?([/?#]|(\.min)?\.js|$)/, "vega"],
  [/^https?:\/\/[^?#]*\/plotly(\.js-dist-min@[\w.-]+|[\w.-]*(\.min)?\.js)/, "plotly"],
];

/** The script of ours that stands for what is at an address, or null. */
export function libraryAt(url: string): string | null {
  return LIBRARIES.find(([pattern]) => pattern.test(url))?.[1] ?? null;
}

/** From now on scripts that are made to load such a library are served by ours. */
export function serveLibraries(need: (name: string) => Promise<void>): void {
  const { set, ...source } = Object.getOwnPropertyDescriptor(HTMLScriptElement.prototype, "src") ?? {};
  Object.defineProperty(HTMLScriptElement.prototype, "src", {
    ...source,
    set(this: HTMLScriptElement, url: unknown) {
      const name = libraryAt(String(url));
      if (name === null) set?.call(this, url);
      else void need(name).then(() => this.dispatchEvent(new Event("load")));
    },
  });
}

/** Says what an output tried to load and could not, once for each place. */
export function tellBlocked(root: HTMLElement): void {
  const told = new Set<string>();
  addEventListener("securitypolicyviolation", ({ blockedURI }) => {
    if (!/^(https?|wss?):/.test(blockedURI) || !URL.canParse(blockedURI)) return;
    const { host } = new URL(blockedURI);
    if (told.has(host) || told.size >= 5) return;
    told.add(host);
    const note = document.createElement("p");
    note.className = "blocked";
    note.textContent = `This output asks for something from ${host}. Outputs have no network, so a part of it may be missing.`;
    root.append(note);
  });
}
