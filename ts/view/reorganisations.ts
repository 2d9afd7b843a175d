/** The list of reorganisations. */
import { element } from './dom.ts';
import type { Reorganisation } from './messages.ts';
import { clock, counted, shortHash } from './text.ts';

export function reorganisationTable(
  reorganisations: readonly Reorganisation[],
  open: (reorganisation: Reorganisation) => void,
): HTMLElement {
  if (reorganisations.length === 0) {
    return element(
      'div',
      { class: 'empty' },
      element('h2', {}, 'No reorganisation since the node started'),
      element(
        'p',
        {},
        'Most changes only move blocks at the end of the order. It counts as a reorganisation if the former sink leaves the selected chain.',
      ),
    );
  }
  const body = element('tbody');
  for (const each of [...reorganisations].reverse()) {
    body.append(
      element(
        'tr',
        {},
        element('td', { class: 'number' }, clock(each.timeMs)),
        element('td', { class: 'number' }, counted(each.depth)),
        element('td', { class: 'number' }, counted(each.length)),
        element('td', { class: 'number' }, counted(each.moved)),
        element('td', {}, element('code', { title: each.oldSink }, shortHash(each.oldSink))),
        element('td', {}, element('code', { title: each.newSink }, shortHash(each.newSink))),
        element('td', {}, element('button', { class: 'small', click: () => open(each) }, 'Show')),
      ),
    );
  }
  const headings = ['Time', 'Left the chain', 'Joined it', 'Moved in the order', 'Old sink', 'New sink', ''];
  return element(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Reorganisations' },
    element(
      'table',
      {},
      element('caption', {}, `The last ${counted(reorganisations.length)} reorganisations, the newest first`),
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          ...headings.map((name, i) =>
            element('th', { scope: 'col', class: i < 4 ? 'number' : undefined }, name),
          ),
        ),
      ),
      body,
    ),
  );
}
