import type { QantoDag, VirtualChange } from 'qanto/dag';
import type { MovedBlock, Reorganisation, ReorganisationDetail } from '../../view/messages.ts';
import { isChainBlock, pastOf, recordsOf } from './records.ts';

const MAX_KEPT = 200;
const MAX_MOVED = 100;
const MAX_BLOCKS = 800;
/** The number of blue blocks below the fork that are shown too. */
const BELOW_FORK = 12;

interface Kept extends Reorganisation {
  readonly movedBlocks: readonly MovedBlock[];
}

/**
 * The last reorganisations of a DAG. Most changes of the virtual block only move blocks at the end of the order; it is a
 * reorganisation if the former sink leaves the selected chain.
 */
export class Reorganisations {
  readonly #dag: QantoDag;
  readonly #kept: Kept[] = [];
  readonly #onReorganisation: (reorganisation: Reorganisation) => void;
  readonly #onChange = (change: VirtualChange) => this.#changed(change);
  #sink: string;
  #nextId = 1;

  constructor(dag: QantoDag, onReorganisation: (reorganisation: Reorganisation) => void) {
    this.#dag = dag;
    this.#onReorganisation = onReorganisation;
    this.#sink = dag.sink();
    dag.on('virtual-changed', this.#onChange);
  }

  /** The oldest first. */
  list(): Reorganisation[] {
    return this.#kept.map(({ movedBlocks: _, ...summary }) => summary);
  }

  /** Undefined if there is none with this id, or it is not kept any more. Blocks that were pruned are left out. */
  detail(id: number): ReorganisationDetail | undefined {
    const kept = this.#kept.find((each) => each.id === id);
    if (kept === undefined) return undefined;
    const dag = this.#dag;
    const lowest = (dag.getView(kept.fork)?.blueScore ?? 0) - BELOW_FORK;
    const ends = [kept.oldSink, kept.newSink];
    const hashes = pastOf(dag, ends, ({ blueScore }) => blueScore >= lowest, MAX_BLOCKS);
    return { ...kept, blocks: recordsOf(dag, hashes) };
  }

  close(): void {
    this.#dag.off('virtual-changed', this.#onChange);
  }

  #changed({ removed, added, sink }: VirtualChange): void {
    const dag = this.#dag;
    const oldSink = this.#sink;
    this.#sink = sink;
    if (oldSink === sink || isChainBlock(dag, oldSink)) return;
    let fork = oldSink;
    let depth = 0;
    for (; !isChainBlock(dag, fork); depth++) {
      const below = dag.getView(fork)?.selectedParent;
      if (below === undefined) return;
      fork = below;
    }
    let length = 0;
    for (let block = sink; block !== fork; length++) {
      const below = dag.getView(block)?.selectedParent;
      if (below === undefined) return;
      block = below;
    }
    const { moved, movedBlocks } = movesOf(removed, added, dag.info().orderEnd - added.length);
    const summary = {
      ...{ id: this.#nextId++, timeMs: Date.now(), depth, length },
      ...{ fork, oldSink, newSink: sink, moved },
    };
    this.#kept.push({ ...summary, movedBlocks });
    if (this.#kept.length > MAX_KEPT) this.#kept.shift();
    this.#onReorganisation(summary);
  }
}

/** The blocks whose place in the total order has changed. `start` is the position of the first block that was replaced. */
function movesOf(
  removed: readonly string[],
  added: readonly string[],
  start: number,
): { moved: number; movedBlocks: MovedBlock[] } {
  const places = new Map<string, { before?: number; after?: number }>();
  for (const [index, hash] of removed.entries()) places.set(hash, { before: start + index });
  for (const [index, hash] of added.entries()) {
    const after = start + index;
    const place = places.get(hash);
    if (place?.before === after) places.delete(hash);
    else places.set(hash, { ...place, after });
  }
  const movedBlocks = [...places].slice(0, MAX_MOVED).map(([hash, place]) => ({ hash, ...place }));
  return { moved: places.size, movedBlocks };
}
