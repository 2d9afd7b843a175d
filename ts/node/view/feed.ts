/**
 * The live events of a node. While nobody views the page, only the reorganisations and the work are followed. The blocks are
 * read from the DAG when the first viewer comes, and followed until a minute after the last one has gone.
 */
import type { ServerResponse } from 'node:http';
import type { BlockAdded } from 'qanto/dag';
import { version } from '../library.ts';
import { chainEnd } from './records.ts';
import { Reorganisations } from './reorganisations.ts';
import { Tail } from './tail.ts';
import { MAX_VIEWERS, Viewers } from './viewers.ts';
import { Work, type WorkSources } from './work.ts';

/** The blocks in a snapshot. */
const TAIL_BLOCKS = 1000;
/** Blocks that arrive within this time are sent together. */
const BATCH_MS = 100;
const WORK_MS = 1000;
/** The time for which a viewer that comes back need not get everything again. */
const REST_AFTER_MS = 60_000;

export class Feed {
  readonly reorganisations: Reorganisations;
  readonly #sources: WorkSources;
  readonly #viewers = new Viewers();
  readonly #work: Work;
  readonly #ticker: NodeJS.Timeout;
  readonly #onBlock = ({ hash }: BlockAdded) => this.#added(hash);
  readonly #onChange = () => this.#flushSoon();
  #tail: Tail | undefined;
  #chain = '';
  #arrived: string[] = [];
  #flush: NodeJS.Timeout | undefined;
  #lastViewerMs = 0;
  #isOpen = true;

  constructor(sources: WorkSources) {
    this.#sources = sources;
    this.#work = new Work(sources);
    this.reorganisations = new Reorganisations(sources.dag, (reorganisation) => {
      if (this.#tail === undefined) return;
      // The page first needs the blocks that it names.
      this.#send();
      this.#viewers.send('reorganisation', JSON.stringify(reorganisation));
    });
    // The process does not stay alive for the page.
    this.#ticker = setInterval(() => this.#tick(), WORK_MS).unref();
  }

  /** False once it was closed. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isFull(): boolean {
    return this.#viewers.size >= MAX_VIEWERS;
  }

  /** Sends events to a viewer until it goes. `lastId` is the id of the last event that it has received. */
  open(response: ServerResponse, lastId: string | undefined): void {
    if (this.#tail === undefined) this.#wake();
    // The snapshot must contain what the events before its id said.
    this.#send();
    this.#viewers.open(response, lastId, () => this.#snapshot());
  }

  close(): void {
    this.#isOpen = false;
    clearInterval(this.#ticker);
    this.#rest();
    this.#viewers.close();
    this.reorganisations.close();
    this.#work.close();
  }

  #wake(): void {
    const { dag } = this.#sources;
    this.#tail = new Tail(dag, TAIL_BLOCKS);
    this.#chain = JSON.stringify(chainEnd(dag));
    dag.on('block-added', this.#onBlock);
    dag.on('virtual-changed', this.#onChange);
  }

  #rest(): void {
    const { dag } = this.#sources;
    dag.off('block-added', this.#onBlock);
    dag.off('virtual-changed', this.#onChange);
    clearTimeout(this.#flush);
    this.#flush = undefined;
    this.#tail = undefined;
    this.#arrived = [];
    this.#viewers.forget();
  }

  #added(hash: string): void {
    this.#arrived.push(hash);
    // Nothing else needs the blocks before these.
    if (this.#arrived.length > 2 * TAIL_BLOCKS) this.#send();
    this.#flushSoon();
  }

  #flushSoon(): void {
    this.#flush ??= setTimeout(() => this.#send(), BATCH_MS).unref();
  }

  /** Sends the blocks that have arrived, and the end of the chain if it is another one. */
  #send(): void {
    clearTimeout(this.#flush);
    this.#flush = undefined;
    const tail = this.#tail;
    if (tail === undefined) return;
    const records = this.#arrived.flatMap((hash) => tail.add(hash) ?? []);
    this.#arrived = [];
    const chain = JSON.stringify(chainEnd(this.#sources.dag));
    const isSame = chain === this.#chain;
    this.#chain = chain;
    if (records.length === 0 && isSame) return;
    this.#viewers.send('blocks', `{"blocks":[${records.join()}]${isSame ? '' : `,"chain":${chain}`}}`);
  }

  #tick(): void {
    const event = this.#work.tick(this.#viewers.size);
    if (this.#viewers.size > 0) this.#lastViewerMs = performance.now();
    if (this.#tail === undefined) return;
    this.#viewers.send('work', JSON.stringify(event));
    this.#viewers.heartbeat();
    if (performance.now() - this.#lastViewerMs > REST_AFTER_MS) this.#rest();
  }

  #snapshot(): string {
    const { network } = this.#sources.dag;
    const fields = {
      network: network.name,
      version,
      ghostdagK: network.ghostdagK,
      targetBlockTimeMs: network.targetTimePerBlockMs,
      work: this.#work.points,
      jobs: this.#work.jobs,
      reorganisations: this.reorganisations.list(),
    };
    const blocks = [...this.#tail!.records()].join();
    return `${JSON.stringify(fields).slice(0, -1)},"blocks":[${blocks}],"chain":${this.#chain}}`;
  }
}
