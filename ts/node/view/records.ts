/** Blocks as the page receives them. */
import type { BlockView, QantoDag } from 'qanto/dag';
import type { BlockRecord, BlockRef, ChainEnd, Window } from '../../view/messages.ts';
import { unless } from '../control/dag-queries.ts';

/** More than any merge set has on the networks that come with qanto. */
const MAX_MERGED = 1000;
/** The number of blocks of a window on each side of its block. */
const HALF_WINDOW = 300;

/** Numbers blocks, and refers to the numbered ones by their numbers, which are shorter than hashes. */
export class Recorder {
  readonly #serials = new Map<string, number>();
  #next = 0;

  record(view: BlockView): BlockRecord {
    const serial = this.#next++;
    const { hash, selectedParent, mergeSetBlues, mergeSetReds, timestampMs, blueScore } = view;
    const others = view.parents.filter((parent) => parent !== selectedParent);
    const parents = selectedParent === undefined ? others : [selectedParent, ...others];
    const refs = (hashes: readonly string[]): BlockRef[] =>
      hashes.map((other) => this.#serials.get(other) ?? other);
    const record = {
      ...{ serial, hash, parents: refs(parents), timestampMs, blueScore },
      blues: refs(mergeSetBlues.filter((blue) => blue !== selectedParent)),
      reds: refs(mergeSetReds),
    };
    this.#serials.set(hash, serial);
    return record;
  }

  forget(hash: string): void {
    this.#serials.delete(hash);
  }
}

/** The records of blocks, of which parents come before children. Blocks that pruning has dropped are left out. */
export function recordsOf(dag: QantoDag, hashes: readonly string[]): BlockRecord[] {
  const recorder = new Recorder();
  return hashes.flatMap((hash) => {
    const view = dag.getView(hash);
    return view === undefined ? [] : [recorder.record(view)];
  });
}

/** The end of the DAG's selected chain, and what the next block would merge. */
export function chainEnd(dag: QantoDag): ChainEnd {
  const sink = dag.sink();
  const merged = dag.orderSlice(dag.position(sink) + 1, MAX_MERGED);
  const reds = merged.filter((hash) => isRed(dag, hash));
  return { sink, reds, blues: merged.filter((hash) => !reds.includes(hash)) };
}

function isRed(dag: QantoDag, hash: string): boolean {
  // Only a red block needs an explanation, and so only that of a red block can be pruned.
  return unless('ERR_QANTO_PAST_PRUNED', () => dag.explainColour(hash).colour === 'red') ?? true;
}

/**
 * The last blocks of a DAG: the end of its total order, then the blocks that the next block does not merge, parents before
 * children. A block is merged by a block that comes after it, so that the colours of all blocks follow from them.
 */
export function lastBlocks(dag: QantoDag, count: number): string[] {
  const { orderStart, orderEnd } = dag.info();
  const ordered = dag.orderSlice(Math.max(orderStart, orderEnd - count), count);
  const isOrdered = (hash: string) => positionOf(dag, hash) !== undefined;
  return [...ordered, ...pastOf(dag, dag.tips(), (view) => !isOrdered(view.hash), count)];
}

/** The part of the past of some blocks, these included, for which `belongs` is true. At most `count`, parents before children. */
export function pastOf(
  dag: QantoDag,
  from: readonly string[],
  belongs: (view: BlockView) => boolean,
  count: number,
): string[] {
  const found = new Map<string, BlockView>();
  const queue = [...from];
  while (queue.length > 0 && found.size < count) {
    const hash = queue.pop()!;
    const view = found.has(hash) ? undefined : dag.getView(hash);
    if (view === undefined || !belongs(view)) continue;
    found.set(hash, view);
    queue.push(...view.parents);
  }
  const works = new Map([...found].map(([hash, { blueWork }]) => [hash, blueWork]));
  // The blue work of a block is greater than that of each of its parents.
  return [...found.keys()].sort((a, b) => (works.get(a)! < works.get(b)! ? -1 : 1));
}

/** The position of a block in the total order. Undefined if it has none. */
export function positionOf(dag: QantoDag, hash: string): number | undefined {
  return unless('ERR_QANTO_NOT_IN_ORDER', () => dag.position(hash));
}

/** Whether a block is on the selected chain. */
export function isChainBlock(dag: QantoDag, hash: string): boolean {
  // If the blocks after genesis were pruned, it no longer has a place on the chain that is held.
  if (hash === dag.genesis) return true;
  return unless('ERR_QANTO_NOT_IN_CHAIN', () => dag.selectedChain(hash, 0)) !== undefined;
}

/**
 * The blocks around a block in the total order, and the part of the selected chain that gives them their colours. Undefined if
 * the block has no place in the order. Throws `ERR_QANTO_UNKNOWN_BLOCK`.
 */
export function windowAround(dag: QantoDag, hash: string): Window | undefined {
  const position = positionOf(dag, hash);
  if (position === undefined) return undefined;
  const { orderStart, orderEnd } = dag.info();
  const from = Math.max(orderStart, position - HALF_WINDOW);
  const last = dag.orderSlice(Math.min(position + HALF_WINDOW, orderEnd - 1), 1)[0]!;
  const merger = mergerOf(dag, last);
  if (merger === undefined) {
    const hashes = dag.orderSlice(from, orderEnd - from);
    return { blocks: recordsOf(dag, hashes), chain: chainEnd(dag) };
  }
  const hashes = dag.orderSlice(from, dag.position(merger) - from + 1);
  return { blocks: recordsOf(dag, hashes), chain: { sink: merger, blues: [], reds: [] } };
}

/** The block of the selected chain that merged a block, or the block itself if it is on the chain. Undefined for the next block. */
export function mergerOf(dag: QantoDag, hash: string): string | undefined {
  if (isChainBlock(dag, hash)) return hash;
  const { orderEnd } = dag.info();
  // The blocks after it are merged by the same block, until that block itself follows.
  for (let position = dag.position(hash) + 1; position < orderEnd; position++) {
    const [next] = dag.orderSlice(position, 1);
    if (isChainBlock(dag, next!)) return next;
  }
  return undefined;
}
