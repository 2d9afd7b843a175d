/** The last blocks as a table, which says everything that the drawing shows. */
import { hashLink } from './card.ts';
import { element } from './dom.ts';
import type { Block, Model } from './model.ts';
import { clock, counted, shortHash } from './text.ts';

const MAX_ROWS = 50;

export function blockTable(model: Model, open: (hash: string) => void): HTMLElement {
  const body = element('tbody');
  for (const block of model.blocks.slice(-MAX_ROWS).reverse()) {
    body.append(
      element(
        'tr',
        { 'data-hash': block.hash },
        element('td', {}, hashLink(block.hash, { open })),
        element(
          'td',
          {},
          element('span', { class: `mark ${block.colour}${block.isChain ? ' chain' : ''}` }),
          colourName(block),
        ),
        element('td', {}, mergedBy(block, open)),
        element('td', { class: 'number' }, clock(block.timestampMs)),
        element('td', { class: 'number' }, counted(block.blueScore)),
        element('td', { class: 'number' }, block.parentCount),
        element('td', { class: 'number' }, block.children.length === 0 ? 'tip' : block.children.length),
      ),
    );
  }
  const headings = ['Block', 'Colour', 'Merged by', 'Time', 'Blue score', 'Parents', 'Children'];
  const isNumber = (index: number) => (index >= 3 ? 'number' : undefined);
  return element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'The last blocks' },
    element(
      'table',
      {},
      element('caption', {}, `The last ${Math.min(MAX_ROWS, model.blocks.length)} blocks, the newest first`),
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          ...headings.map((name, i) => element('th', { scope: 'col', class: isNumber(i) }, name)),
        ),
      ),
      body,
    ),
  );
}

export function colourName({ colour, isChain }: Block): string {
  if (isChain) return 'blue, on the chain';
  return colour === 'pending' ? 'not merged yet' : colour;
}

function mergedBy({ mergedBy }: Block, open: (hash: string) => void): Node | string {
  if (mergedBy === undefined) return '—';
  return mergedBy === 'next' ? 'the next block' : hashLink(mergedBy.hash, { open });
}

/** A block in one line, for a tooltip and for screen readers. */
export function describe(block: Block): string {
  const merger =
    block.mergedBy === undefined || block.mergedBy === 'next'
      ? ''
      : `, merged by ${shortHash(block.mergedBy.hash)}`;
  return `${shortHash(block.hash)}: ${colourName(block)}${merger}, ${clock(block.timestampMs)}`;
}
