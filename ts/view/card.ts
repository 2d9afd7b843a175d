/** The card of a block: what it is, its colour and why, and what it contains. */
import { element } from './dom.ts';
import type { BlockCard, BlockColour, BlockContents, Payload } from './messages.ts';
import { clock, counted, duration, shortHash, textOf, visible } from './text.ts';

export interface CardActions {
  /** Shows another block. */
  open(hash: string): void;
  close(): void;
  /** k of GHOSTDAG. */
  readonly ghostdagK: number;
}

const MAX_LISTED = 24;

/** The elements of the card, except for its frame. */
export function cardOf(card: BlockCard, actions: CardActions): Node[] {
  const { hash, contents, colour } = card;
  const link = (other: string) => hashLink(other, actions);
  const links = (hashes: readonly string[]) => linkList(hashes, actions);
  return [
    element(
      'header',
      {},
      element('h2', { tabindex: '-1' }, 'Block ', element('code', { title: hash }, shortHash(hash))),
      element(
        'button',
        { class: 'icon', 'aria-label': 'Close', title: 'Close (Esc)', click: actions.close },
        '×',
      ),
    ),
    verdict(card, actions),
    element('p', { class: 'hash' }, element('code', {}, hash), copyButton(hash)),
    rows([
      ['Time', `${clock(card.timestampMs)} · ${new Date(card.timestampMs).toISOString().slice(0, 10)}`],
      ['Accepted', acceptance(colour)],
      ['Merged by', colour?.mergedBy === undefined ? undefined : link(colour.mergedBy)],
      ['Position in the order', card.position === undefined ? undefined : counted(card.position)],
      ['Blue score', counted(card.blueScore)],
      ['DAA score', counted(card.daaScore)],
      ['Blue work', grouped(card.blueWork)],
      ['Difficulty', `${card.difficulty.toPrecision(4)} (bits ${card.bits.toString(16).padStart(8, '0')})`],
      ['Parents', links(card.parents)],
      ['Children', card.children.length > 0 ? links(card.children) : 'none yet: it is a tip'],
      ['Merge set, blue', links(card.mergeSetBlues)],
      ['Merge set, red', card.mergeSetReds.length > 0 ? links(card.mergeSetReds) : 'none'],
      ...minerRows(contents),
    ]),
    element(
      'p',
      { class: 'actions' },
      element(
        'a',
        { class: 'button', href: `/view/blocks/${hash}/proof`, download: true },
        'Prove inclusion',
      ),
      element('button', { click: () => void copy(`${location.origin}/#${hash}`) }, 'Copy link'),
    ),
    payloads(hash, contents),
  ];
}

/** The colour, and the reason for it in words. */
function verdict(card: BlockCard, actions: CardActions): HTMLElement {
  const { colour } = card;
  const name = card.isChainBlock ? 'chain' : (colour?.colour ?? 'pending');
  const because = colour?.because ?? [];
  return element(
    'div',
    { class: 'verdict', 'data-colour': name },
    element(
      'strong',
      {},
      element('span', { class: `mark ${colour?.colour ?? 'pending'}${card.isChainBlock ? ' chain' : ''}` }),
      title(card),
    ),
    element('p', {}, reason(card, actions.ghostdagK)),
    because.length > 0 && element('p', {}, 'These blues show it: '),
    because.length > 0 && linkList(because, actions),
  );
}

function title({ isChainBlock, colour }: BlockCard): string {
  if (isChainBlock) return 'Blue, on the selected chain';
  if (colour === undefined) return 'Not merged yet';
  return colour.colour === 'blue' ? 'Blue' : 'Red';
}

function reason({ colour, isChainBlock }: BlockCard, k: number): string {
  if (colour === undefined) return 'The next block does not have this block in its past.';
  const merger = colour.mergedBy === undefined ? 'The next block' : 'The block that merged it';
  if (isChainBlock) return `${merger} has it as its selected parent, which is always blue.`;
  if (colour.colour === 'blue') {
    return `${merger} counts it as blue: with it, the blues still are a k-cluster, in which no blue has more than k = ${k} blues in its anticone.`;
  }
  switch (colour.rule) {
    case 'too-many-blues':
      return `The merge set had k + 1 = ${k + 1} blues already, which is the most that a block can merge.`;
    case 'anticone-too-large':
      return `More than k = ${k} blues are in its anticone: neither in its past nor in its future. So it was mined on old blocks, or became known late.`;
    case 'blue-anticone-full':
      return `It is in the anticone of a blue that has k = ${k} blues in its anticone already.`;
    default:
      return 'The blocks that would show the reason have been pruned.';
  }
}

function acceptance(colour: BlockColour | undefined): string | undefined {
  if (colour === undefined) return undefined;
  if (colour.mergedBy === undefined) return 'by the next block';
  return colour.acceptedAfterMs === undefined ? undefined : `after ${duration(colour.acceptedAfterMs)}`;
}

function minerRows(contents: BlockContents | undefined): [string, string | Node | undefined][] {
  if (contents === undefined) return [['Contents', 'pruned']];
  return [
    ['Miner', element('code', { class: 'wrap' }, contents.address)],
    ['Nonce', `${contents.nonce} · extra nonce ${contents.extraNonce}`],
    ['Version', contents.version.toString(16).padStart(8, '0')],
  ];
}

function payloads(hash: string, contents: BlockContents | undefined): Node {
  if (contents === undefined || contents.payloadCount === 0) return document.createTextNode('');
  const { payloadCount, payloadBytes } = contents;
  const more = payloadCount - contents.payloads.length;
  return element(
    'section',
    { class: 'payloads' },
    element('h3', {}, `Payloads: ${counted(payloadCount)}, ${counted(payloadBytes)} bytes`),
    ...contents.payloads.map((payload, index) => payloadOf(hash, payload, index)),
    more > 0 && element('p', {}, `${counted(more)} more are not shown.`),
  );
}

function payloadOf(hash: string, { byteLength, hex }: Payload, index: number): HTMLElement {
  const text = textOf(hex);
  const isCut = hex.length / 2 < byteLength;
  return element(
    'details',
    { open: index < 3 },
    element('summary', {}, `${index}: ${counted(byteLength)} bytes`),
    text === undefined
      ? element('p', { class: 'note' }, isCut ? 'The part that is shown is not UTF-8.' : 'It is not UTF-8.')
      : element('pre', { class: 'text' }, visible(text)),
    element('pre', { class: 'hex' }, hex.replace(/(..)/g, '$1 ').trim()),
    isCut && element('p', { class: 'note' }, `Only the first ${counted(hex.length / 2)} bytes are shown.`),
    element(
      'a',
      { class: 'button small', href: `/view/blocks/${hash}/proof?payload=${index}`, download: true },
      'Prove inclusion of this payload',
    ),
  );
}

function rows(pairs: readonly [string, string | Node | undefined][]): HTMLElement {
  const list = element('dl', { class: 'rows' });
  for (const [name, value] of pairs) {
    if (value !== undefined) list.append(element('dt', {}, name), element('dd', {}, value));
  }
  return list;
}

function linkList(hashes: readonly string[], actions: CardActions): HTMLElement {
  const more = hashes.length - MAX_LISTED;
  return element(
    'span',
    { class: 'hashes' },
    ...hashes.slice(0, MAX_LISTED).map((hash) => hashLink(hash, actions)),
    more > 0 && `and ${counted(more)} more`,
  );
}

export function hashLink(hash: string, { open }: Pick<CardActions, 'open'>): HTMLElement {
  const click = (event: Event) => {
    event.preventDefault();
    open(hash);
  };
  return element('a', { href: `#${hash}`, title: hash, class: 'block', click }, shortHash(hash));
}

function copyButton(text: string): HTMLElement {
  return element('button', { class: 'small', click: () => void copy(text) }, 'Copy');
}

async function copy(text: string): Promise<void> {
  // Not there if the page is neither local nor encrypted.
  await navigator.clipboard?.writeText(text);
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ' ');
}
