/** How the node works: its rates over the last hour, and the searches. */
import { curve, type Line } from './curve.ts';
import { element } from './dom.ts';
import { liveJobTable, threadList, workerTable } from './jobs.ts';
import type { Job, WorkEvent, WorkPoint } from './messages.ts';
import { table } from './table.ts';
import { clock, counted, duration, withPrefix } from './text.ts';

const MAX_POINTS = 360;
const MAX_JOBS = 100;
const SHOWN_JOBS = 30;

export class WorkPanel {
  #points: WorkPoint[] = [];
  #jobs: Job[] = [];
  #event: WorkEvent | undefined;
  #targetBlockTimeMs = 1000;

  get now(): WorkPoint | undefined {
    return this.#event?.now;
  }

  reset(points: readonly WorkPoint[], jobs: readonly Job[], targetBlockTimeMs: number): void {
    this.#points = [...points];
    this.#jobs = [...jobs];
    this.#targetBlockTimeMs = targetBlockTimeMs;
  }

  add(event: WorkEvent): void {
    this.#event = event;
    if (event.kept) this.#points = [...this.#points, event.kept].slice(-MAX_POINTS);
    this.#jobs = [...this.#jobs, ...event.jobs].slice(-MAX_JOBS);
  }

  render(): Node[] {
    const event = this.#event;
    if (event === undefined) return [element('p', { class: 'empty' }, 'Waiting for the first second.')];
    return [
      element('div', { class: 'tiles' }, ...this.#tiles(event)),
      this.#poolOf(event),
      threadList(event.pool),
      liveJobTable(event.pool),
      ...(event.workers === undefined ? [] : [workerTable(event.workers)]),
      this.#jobTable(),
    ];
  }

  #tiles({ now }: WorkEvent): HTMLElement[] {
    const of = (value: (point: WorkPoint) => number | undefined) => [...this.#points, now].map(value);
    const line = (colour: Line['colour'], value: (point: WorkPoint) => number | undefined): Line => ({
      colour,
      values: of(value),
    });
    const redShare = ({ blues, reds }: WorkPoint) => (blues + reds === 0 ? 0 : reds / (blues + reds));
    const target = 1000 / this.#targetBlockTimeMs;
    return [
      tile(
        'Hash rate',
        now.hashesPerSecond === undefined ? 'measuring' : withPrefix(now.hashesPerSecond, 'H/s'),
        [line('blue', (point) => point.hashesPerSecond)],
      ),
      tile(
        'Blocks per second',
        now.blocksPerSecond.toFixed(2),
        [line('blue', (point) => point.blocksPerSecond), line('pending', () => target)],
        `target ${target.toFixed(2)}`,
      ),
      tile(
        'Reds',
        `${(100 * redShare(now)).toFixed(2)} %`,
        [line('red', redShare)],
        `${counted(now.reds)} of ${counted(now.blues + now.reds)} blocks`,
      ),
      tile('Width', `${now.tips} ${now.tips === 1 ? 'tip' : 'tips'}`, [line('blue', (point) => point.tips)]),
      tile(
        'Cancel latency',
        now.cancelP99Ms === undefined ? 'none yet' : duration(now.cancelP99Ms),
        [line('blue', (point) => point.cancelP50Ms), line('old', (point) => point.cancelP99Ms)],
        now.cancelP50Ms === undefined ? 'p99' : `p99 · p50 ${duration(now.cancelP50Ms)}`,
      ),
      tile(
        'Event loop delay',
        duration(now.eventLoopP99Ms),
        [line('blue', (point) => point.eventLoopP50Ms), line('old', (point) => point.eventLoopP99Ms)],
        `p99 · p50 ${duration(now.eventLoopP50Ms)}`,
      ),
    ];
  }

  #poolOf({ pool, miner, viewers }: WorkEvent): HTMLElement {
    const counts = Object.entries(miner.counts).map(
      ([name, count]) => `${counted(count)} ${OUTCOMES[name] ?? name}`,
    );
    return element(
      'dl',
      { class: 'rows wide' },
      ...pair('Miner', `${miner.state}, circuit ${miner.circuit}`),
      ...pair('Tries', counts.join(', ')),
      ...pair(
        'Searches',
        `${counted(pool.running)} running, ${counted(pool.queued)} waiting (at most ${counted(pool.queueLimit)}), on ${counted(pool.threads)} ${pool.threads === 1 ? 'thread' : 'threads'}`,
      ),
      ...pair('Open pages', counted(viewers)),
    );
  }

  #jobTable(): HTMLElement {
    const slowest = this.#jobs.toSorted((a, b) => (b.cancelLatencyMs ?? 0) - (a.cancelLatencyMs ?? 0))[0];
    const worst =
      slowest?.cancelLatencyMs === undefined
        ? ''
        : `. The slowest cancellation among the last ${this.#jobs.length} took ${duration(slowest.cancelLatencyMs)}`;
    return table({
      name: 'Searches',
      caption: `Searches of this process that ended, the last first${worst}`,
      headings: ['Ended', 'Outcome', 'Hash function', 'Kernel'],
      numbers: ['Hashes', 'Time', 'Cancelled within'],
      rows: this.#jobs.slice(-SHOWN_JOBS).reverse().map(jobCells),
    });
  }
}

/** The counts of the miner in words. */
const OUTCOMES: Readonly<Record<string, string>> = { timedOut: 'timed out' };

function jobCells(job: Job): (Node | string)[] {
  const { timeMs, outcome, algorithm, kernel, hashes, elapsedMs, cancelLatencyMs } = job;
  return [
    clock(timeMs),
    element('span', { class: `outcome ${outcome}` }, outcome),
    algorithm,
    kernel,
    counted(hashes),
    duration(elapsedMs),
    cancelLatencyMs === undefined ? '—' : duration(cancelLatencyMs),
  ];
}

function pair(name: string, value: string): [HTMLElement, HTMLElement] {
  return [element('dt', {}, name), element('dd', {}, value)];
}

function tile(name: string, value: string, lines: readonly Line[], note = ''): HTMLElement {
  return element(
    'section',
    { class: 'tile' },
    element('h3', {}, name),
    element('p', { class: 'value' }, value),
    element('p', { class: 'note' }, note || '\u00a0'),
    curve(lines, `${name} over the last hour`),
  );
}
