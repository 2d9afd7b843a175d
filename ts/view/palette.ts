/** The colours of the canvas, which tokens.css defines for both themes. */
const NAMES = [
  'ground',
  'grid',
  'ink',
  'faint',
  'blue',
  'blue-soft',
  'red',
  'red-soft',
  'pending',
  'chain',
  'edge',
  'edge-strong',
  'accent',
  'old',
  'new',
] as const;

export type Palette = Readonly<Record<(typeof NAMES)[number], string>>;

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(
    NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
  ) as unknown as Palette;
}
