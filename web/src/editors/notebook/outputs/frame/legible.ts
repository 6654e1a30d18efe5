/**
 * Tables whose cells have a ground of their own, such as those that pandas marks, and no colour of text: written for a light
 * page, their text can vanish in a dark one. Such cells get black or white (`frame.css`).
 */
const MAX_CELLS = 5_000;
const ENOUGH = 3;

type Colour = readonly [red: number, green: number, blue: number];

export function makeLegible(place: HTMLElement): void {
  const cells = [...place.querySelectorAll<HTMLElement>("td, th")].slice(0, MAX_CELLS);
  for (const cell of cells) delete cell.dataset.legible;
  // All is measured before anything is changed.
  const wrong = cells.flatMap((cell) => {
    const style = getComputedStyle(cell);
    const [ground, text] = [readColour(style.backgroundColor), readColour(style.color)];
    return ground && text && contrast(ground, text) < ENOUGH ? [{ cell, ground }] : [];
  });
  for (const { cell, ground } of wrong) {
    cell.dataset.legible = contrast(ground, [0, 0, 0]) > contrast(ground, [255, 255, 255]) ? "black" : "white";
  }
}

/** A colour as a browser tells it; null when one can see through it. */
export function readColour(text: string): Colour | null {
  const [red, green, blue, alpha = 1] = (/^rgba?\(([^)]*)\)$/.exec(text)?.[1] ?? "").split(/[\s,/]+/).map(Number);
  return red === undefined || green === undefined || blue === undefined || alpha < 1 ? null : [red, green, blue];
}

/** As WCAG has it, from 1 to 21. */
export function contrast(one: Colour, other: Colour): number {
  const [bright, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (bright + 0.05) / (dark + 0.05);
}

function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
