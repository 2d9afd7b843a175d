/** A table that scrolls sideways on a narrow screen, and that the keyboard reaches. */
import { element } from './dom.ts';

export interface TableContents {
  /** What a screen reader calls the region. */
  readonly name: string;
  readonly caption: string;
  readonly headings: readonly string[];
  /** The headings of the columns after these, which hold numbers. */
  readonly numbers: readonly string[];
  /** The cells of each row. */
  readonly rows: readonly (readonly (Node | string)[])[];
}

export function table({ name, caption, headings, numbers, rows }: TableContents): HTMLElement {
  const classOf = (column: number) => (column >= headings.length ? 'number' : undefined);
  const heads = [...headings, ...numbers].map((heading, column) =>
    element('th', { scope: 'col', class: classOf(column) }, heading),
  );
  const row = (cells: readonly (Node | string)[]) =>
    element('tr', {}, ...cells.map((cell, column) => element('td', { class: classOf(column) }, cell)));
  return element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': name },
    element(
      'table',
      {},
      element('caption', {}, caption),
      element('thead', {}, element('tr', {}, ...heads)),
      element('tbody', {}, ...rows.map(row)),
    ),
  );
}
