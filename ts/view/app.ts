/** What the page shows, and what happens when the reader does something. */
import { cardOf } from './card.ts';
import { byId, element } from './dom.ts';
import { Graph } from './graph.ts';
import { bindKeys } from './keys.ts';
import { blockTable, describe } from './list.ts';
import type { BlocksEvent, Reorganisation, Snapshot, WorkEvent } from './messages.ts';
import { type Block, type Colour, Model } from './model.ts';
import { type ConnectionState, Feed, node } from './node.ts';
import { reorganisationTable } from './reorganisations.ts';
import { Tabs } from './tabs.ts';
import { counted, shortHash, withPrefix } from './text.ts';
import { Toolbar } from './toolbar.ts';
import { WorkPanel } from './work.ts';

const MAX_REORGANISATIONS = 200;
/** Tables are written again at most this often, so that a reader can read them. */
const TABLE_MS = 1000;
/** The seconds that fit on the screen at first. */
const FIRST_SECONDS = 5;
const GROUP_SIZE = 3;

const STATE_TEXTS: Readonly<Record<ConnectionState, string>> = {
  connecting: 'connecting',
  live: 'live',
  lost: 'connection lost, trying again',
  opening: 'the node is being opened',
  full: 'too many pages are open; waiting for a place',
  refused: 'no access: open the link that "qanto view" prints',
};

export class App {
  readonly graph: Graph;
  live = new Model();
  readonly #work = new WorkPanel();
  readonly #feed: Feed;
  readonly #tabs: Tabs;
  readonly #toolbar: Toolbar;
  #reorganisations: Reorganisation[] = [];
  #selected: string | undefined;
  #ghostdagK = 0;
  #tablesAtMs = 0;
  #tables = 0;
  #hasFitted = false;

  constructor() {
    this.graph = new Graph(byId('graph'), {
      onSelect: (block) => (block ? this.select(block.hash) : this.closeCard()),
      onHover: (block, x, y) => this.#hover(block, x, y),
      onMove: () => this.#toolbar.showFollowing(false),
    });
    this.#tabs = new Tabs(['graph', 'blocks', 'reorgs', 'work'], () => this.#renderTables());
    this.#toolbar = new Toolbar(this);
    this.#feed = new Feed({
      onState: (state) => this.#showState(state),
      onSnapshot: (snapshot) => this.#onSnapshot(snapshot),
      onBlocks: (event) => this.#onBlocks(event),
      onWork: (event) => this.#onWork(event),
      onReorganisation: (reorganisation) => {
        this.#reorganisations = [...this.#reorganisations, reorganisation].slice(-MAX_REORGANISATIONS);
        this.#renderTablesSoon();
      },
    });
    bindKeys(this);
    addEventListener('hashchange', () => this.#openAddress());
    legend();
    const covering = new ResizeObserver(() => this.#uncover());
    covering.observe(byId('toolbar'));
    covering.observe(byId('card'));
  }

  start(): void {
    this.#feed.connect();
  }

  /** The colours of all blocks that the page holds, by hash. */
  colours(): Record<string, { colour: Colour; isChain: boolean; mergedBy: string | undefined }> {
    return Object.fromEntries(
      this.live.blocks.map(({ hash, colour, isChain, mergedBy }) => [
        hash,
        { colour, isChain, mergedBy: typeof mergedBy === 'object' ? mergedBy.hash : mergedBy },
      ]),
    );
  }

  get selectedBlock(): Block | undefined {
    return this.#selected === undefined ? undefined : this.graph.model.get(this.#selected);
  }

  /** Shows the newest blocks, and keeps them in view. */
  follow(): void {
    if (this.graph.model !== this.live) this.#showLive();
    this.graph.follow(true);
    this.#toolbar.showFollowing(true);
  }

  toggleFollow(): void {
    if (this.graph.following) {
      this.graph.follow(false);
      this.#toolbar.showFollowing(false);
    } else this.follow();
  }

  /** Opens the card of a block, and brings the block into view. */
  async select(hash: string): Promise<void> {
    this.#selected = hash;
    history.replaceState(null, '', `#${hash}`);
    // Otherwise the block would soon be out of view.
    this.graph.follow(false);
    this.#toolbar.showFollowing(false);
    const block = this.graph.model.get(hash);
    if (block) this.graph.reveal(block);
    else await this.#showAround(hash);
    this.#emphasise();
    const selected = this.selectedBlock;
    if (selected) byId('announcer').textContent = describe(selected);
    await this.#openCard(hash);
  }

  closeCard(): void {
    if (this.#selected === undefined) return;
    this.#selected = undefined;
    history.replaceState(null, '', location.pathname);
    byId('card').hidden = true;
    this.#emphasise();
  }

  /** Goes to the next red block, or to the next group of parallel blocks. */
  async seek(kind: 'red' | 'group', direction: 'ahead' | 'back'): Promise<void> {
    const from = this.#selected ?? this.graph.model.sink?.hash;
    if (from === undefined) return;
    try {
      const { hash, distance = 0 } = await node.seek(from, kind, direction, GROUP_SIZE);
      const name = kind === 'red' ? 'red block' : `group of at least ${GROUP_SIZE} parallel blocks`;
      if (hash === undefined) {
        this.notify(`There is no ${name} further ${direction} within 20,000 blocks of the chain.`);
        return;
      }
      this.#tabs.show('graph');
      await this.select(hash);
      this.notify(
        `The next ${name} ${direction} is ${counted(distance)} ${distance === 1 ? 'block' : 'blocks'} away in the order.`,
      );
    } catch (error) {
      this.notify((error as Error).message);
    }
  }

  /** Selects the block before or after the selected one on the selected chain, or beside it in its column. */
  walk(columns: number, rows: number): void {
    const { model } = this.graph;
    const from = this.selectedBlock ?? model.sink;
    if (from === undefined) return;
    if (this.#selected === undefined) {
      void this.select(from.hash);
      return;
    }
    const next =
      columns < 0
        ? from.selectedParent
        : columns > 0
          ? (from.children.find(({ isChain }) => isChain) ?? from.children[0])
          : model.blocks
              .filter(({ column, row }) => column === from.column && Math.sign(row - from.row) === rows)
              .sort((a, b) => Math.abs(a.row - from.row) - Math.abs(b.row - from.row))[0];
    if (next) void this.select(next.hash);
  }

  /** Finds a block by its hash, or by the beginning or the end of the hash of a block on the page. Returns the problem. */
  async find(text: string): Promise<string | undefined> {
    const wanted = text.trim().toLowerCase();
    const held = this.live.blocks.filter(({ hash }) => hash.startsWith(wanted) || hash.endsWith(wanted));
    if (!/^[0-9a-f]{4,64}$/.test(wanted))
      return 'A hash has 64 hex digits; four are enough for a block on the page.';
    const hash = wanted.length === 64 ? wanted : held.length === 1 ? held[0]!.hash : undefined;
    if (hash === undefined) {
      return held.length === 0
        ? 'No block on the page has this beginning or end.'
        : `${held.length} blocks match.`;
    }
    this.#tabs.show('graph');
    await this.select(hash);
    return undefined;
  }

  notify(text: string): void {
    byId('announcer').textContent = text;
    this.#toolbar.notify(text);
  }

  #onSnapshot(snapshot: Snapshot): void {
    this.#ghostdagK = snapshot.ghostdagK;
    byId('network').textContent = snapshot.network;
    document.title = `qanto ${snapshot.network}`;
    const wasLive = this.graph.model === this.live || this.graph.model.blocks.length === 0;
    this.live = new Model();
    this.live.add(snapshot.blocks);
    this.live.follow(snapshot.chain);
    this.#reorganisations = [...snapshot.reorganisations];
    this.#work.reset(snapshot.work, snapshot.jobs, snapshot.targetBlockTimeMs);
    if (wasLive) this.graph.show(this.live);
    if (!this.#hasFitted) {
      this.#hasFitted = true;
      this.#fit();
      this.#openAddress();
    }
    this.graph.jump();
    this.#emphasise();
    this.#renderTables();
  }

  /** Some seconds of blocks fit on the screen at first, in all of their rows. */
  #fit(): void {
    const recent = this.live.blocks.slice(-200);
    const seconds = Math.max(1, ((recent.at(-1)?.timestampMs ?? 0) - (recent[0]?.timestampMs ?? 0)) / 1000);
    const columns = (recent.at(-1)?.column ?? 0) - (recent[0]?.column ?? 0);
    const rows = Math.max(0, ...recent.map(({ row }) => 2 * Math.abs(row)));
    this.graph.fit(Math.max(12, (columns / seconds) * FIRST_SECONDS), rows);
  }

  #onBlocks({ blocks, chain }: BlocksEvent): void {
    this.live.add(blocks);
    if (chain) this.live.follow(chain);
    if (this.graph.model === this.live) this.graph.changed();
    this.#renderTablesSoon();
  }

  #onWork(event: WorkEvent): void {
    this.#work.add(event);
    const { blues, reds, hashesPerSecond, blocksPerSecond, tips } = event.now;
    const numbers: [string, string][] = [
      ['Ordered blocks', counted(blues + reds)],
      ['Red', counted(reds)],
      ['Tips', counted(tips)],
      ['Blocks/s', blocksPerSecond.toFixed(1)],
      ['Hash rate', hashesPerSecond === undefined ? '…' : withPrefix(hashesPerSecond, 'H/s')],
    ];
    byId('numbers').replaceChildren(
      ...numbers.map(([name, value]) =>
        element('div', {}, element('dt', {}, name), element('dd', {}, value)),
      ),
    );
    if (this.#tabs.shown === 'work') byId('panel-work').replaceChildren(...this.#work.render());
  }

  #showState(state: ConnectionState): void {
    const place = byId('connection');
    if (place.dataset['state'] === state) return;
    place.dataset['state'] = state;
    place.textContent = STATE_TEXTS[state];
  }

  #renderTablesSoon(): void {
    if (this.#tables !== 0) return;
    const wait = Math.max(0, this.#tablesAtMs + TABLE_MS - performance.now());
    this.#tables = setTimeout(() => this.#renderTables(), wait);
  }

  #renderTables(): void {
    clearTimeout(this.#tables);
    this.#tables = 0;
    this.#tablesAtMs = performance.now();
    switch (this.#tabs.shown) {
      case 'blocks':
        replaceKeeping(
          byId('panel-blocks'),
          blockTable(this.live, (hash) => void this.#openOnGraph(hash)),
        );
        break;
      case 'reorgs':
        replaceKeeping(
          byId('panel-reorgs'),
          reorganisationTable(this.#reorganisations, (each) => void this.#showReorganisation(each)),
        );
        break;
      case 'work':
        byId('panel-work').replaceChildren(...this.#work.render());
        break;
      default:
        this.graph.changed();
    }
  }

  async #openOnGraph(hash: string): Promise<void> {
    this.#tabs.show('graph');
    await this.select(hash);
  }

  #hover(block: Block | undefined, x: number, y: number): void {
    const tooltip = byId('tooltip');
    tooltip.hidden = block === undefined;
    if (block === undefined) return;
    tooltip.textContent = describe(block);
    const { width } = this.graph.camera;
    const half = tooltip.offsetWidth / 2 + 8;
    tooltip.style.left = `${Math.min(Math.max(x, half), width - half)}px`;
    tooltip.style.top = `${y}px`;
  }

  #emphasise(): void {
    this.graph.emphasise({ ...this.graph.emphasis, hovered: undefined, selected: this.selectedBlock });
  }

  async #openCard(hash: string): Promise<void> {
    const place = byId('card');
    try {
      const card = await node.block(hash);
      // Another block may have been selected meanwhile.
      if (this.#selected !== hash) return;
      place.replaceChildren(
        ...cardOf(card, {
          open: (other) => void this.select(other),
          close: () => this.closeCard(),
          ghostdagK: this.#ghostdagK,
        }),
      );
    } catch (error) {
      if (this.#selected !== hash) return;
      place.replaceChildren(
        element('p', { class: 'note' }, `${shortHash(hash)}: ${(error as Error).message}`),
      );
    }
    place.hidden = false;
    place.scrollTop = 0;
  }

  /** Shows the blocks around one that the page does not hold. */
  async #showAround(hash: string): Promise<void> {
    const held = this.live.get(hash);
    try {
      const model = held ? this.live : Model.of(await node.around(hash));
      this.graph.emphasise({});
      this.graph.show(model);
      if (!held)
        this.#banner(
          'These are older blocks.',
          element('button', { class: 'small', click: () => this.follow() }, 'Back to the newest'),
        );
      else byId('banner').hidden = true;
      const block = model.get(hash);
      if (block) this.graph.centre(block);
    } catch (error) {
      this.notify((error as Error).message);
    }
  }

  async #showReorganisation(reorganisation: Reorganisation): Promise<void> {
    try {
      const detail = await node.reorganisation(reorganisation.id);
      this.#tabs.show('graph');
      const after = { sink: detail.newSink, blues: [], reds: [] };
      const before = { sink: detail.oldSink, blues: [], reds: [] };
      const model = Model.of({ blocks: detail.blocks, chain: after });
      const fork = model.get(detail.fork);
      const above = (end: string) => {
        const chain = new Set<Block>();
        for (let block = model.get(end); block && block !== fork; block = block.selectedParent)
          chain.add(block);
        return chain;
      };
      const moved = new Set(detail.movedBlocks.flatMap(({ hash }) => model.get(hash) ?? []));
      this.#selected = undefined;
      byId('card').hidden = true;
      this.graph.show(model);
      this.graph.emphasise({ oldChain: above(detail.oldSink), newChain: above(detail.newSink), moved });
      const { layout } = model;
      const from = fork?.column ?? layout.firstColumn;
      const rows = Math.max(0, ...model.blocks.map(({ row }) => 2 * Math.abs(row)));
      this.graph.fit(layout.lastColumn - from + 6, rows);
      this.graph.follow(false);
      this.graph.camera.moveTo((layout.lastColumn + from) / 2, 0);
      this.#toolbar.showFollowing(false);
      const choices = (
        [
          ['Before', before],
          ['After', after],
        ] as const
      ).map(([name, chain]) => {
        const click = (event: Event) => {
          for (const each of choices) each.setAttribute('aria-pressed', String(each === event.currentTarget));
          model.follow(chain);
          this.graph.changed();
        };
        return element('button', { class: 'small', 'aria-pressed': String(chain === after), click }, name);
      });
      this.#banner(
        `Reorganisation: ${counted(detail.depth)} left the chain, ${counted(detail.length)} joined, ${counted(detail.moved)} moved.`,
        element('span', { class: 'key old' }, 'old chain'),
        element('span', { class: 'key new' }, 'new chain'),
        element('span', { class: 'group' }, ...choices),
        element('button', { class: 'small', click: () => this.follow() }, 'Back to live'),
      );
    } catch (error) {
      this.notify((error as Error).message);
    }
  }

  #banner(text: string, ...rest: Node[]): void {
    const banner = byId('banner');
    banner.replaceChildren(element('span', {}, text), ...rest);
    banner.hidden = false;
  }

  #showLive(): void {
    byId('banner').hidden = true;
    this.graph.emphasise({});
    this.graph.show(this.live);
    this.#fit();
    this.graph.jump();
    this.#emphasise();
  }

  /** Draws where nothing covers the canvas: above the toolbar, and on a narrow screen above the card. */
  #uncover(): void {
    const card = byId('card');
    const isOver = !card.hidden && getComputedStyle(card).position === 'absolute';
    this.graph.inset(Math.max(byId('toolbar').offsetHeight + 20, isOver ? card.offsetHeight : 0));
  }

  #openAddress(): void {
    const hash = location.hash.slice(1).toLowerCase();
    if (/^[0-9a-f]{64}$/.test(hash) && hash !== this.#selected) void this.select(hash);
  }
}

/** Replaces the content of a panel, but keeps where the reader has scrolled to, and what has the focus. */
function replaceKeeping(panel: HTMLElement, content: HTMLElement): void {
  const old = panel.firstElementChild;
  const focused = document.activeElement;
  const links = 'a[href], button';
  const index = old && focused ? [...old.querySelectorAll(links)].indexOf(focused) : -1;
  // What is being used is not replaced.
  if (index >= 0 && focused?.matches(':focus-visible')) return;
  const [left, top] = [old?.scrollLeft ?? 0, old?.scrollTop ?? 0];
  panel.replaceChildren(content);
  content.scrollTo(left, top);
}

function legend(): void {
  const entries = [
    ['mark blue chain', 'selected chain'],
    ['mark blue', 'blue'],
    ['mark red', 'red'],
    ['mark pending', 'not merged yet'],
    ['mark tip', 'tip'],
  ] as const;
  byId('legend').replaceChildren(
    ...entries.map(([name, text]) => element('li', {}, element('span', { class: name }), text)),
  );
}
