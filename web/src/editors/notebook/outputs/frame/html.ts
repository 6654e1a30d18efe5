/** HTML and scripts of outputs, as Jupyter runs them. */
import { libraryAt } from "./libraries";

/** Puts HTML into a place, and runs its scripts in their order. */
export async function drawHtml(place: HTMLElement, html: string): Promise<void> {
  place.innerHTML = html;
  for (const inert of [...place.querySelectorAll("script")]) await runAgain(inert);
}

/** A script that came with `innerHTML` does not run; one that is made anew and put in its place does. */
function runAgain(inert: HTMLScriptElement): Promise<void> | void {
  const library = libraryAt(inert.src);
  if (library !== null) return window.studium.need(library);
  const script = document.createElement("script");
  for (const { name, value } of inert.attributes) script.setAttribute(name, value);
  script.textContent = inert.textContent;
  const loads = script.src !== "";
  const end = new Promise<void>((resolve) => {
    script.onload = script.onerror = () => resolve();
  });
  inert.replaceWith(script);
  return loads ? end : undefined;
}

/** Runs a script of an output; `element` is its place. */
export function runScript(place: HTMLElement, code: string): void {
  place.replaceChildren();
  new Function("element", code).call(window, place);
}
