/** The next block of a kind, along the selected chain. */
import { setImmediate } from 'node:timers/promises';
import type { BlockView, QantoDag } from 'qanto/dag';
import type { Found } from '../../view/messages.ts';
import { mergerOf, positionOf } from './records.ts';

/** `red`: a red block. `group`: a block of the chain that merged several parallel blocks. */
export type Kind = 'red' | 'group';
export type Direction = 'ahead' | 'back';

const MAX_CHAIN_BLOCKS = 20_000;
/** Between them the event loop runs. */
const BLOCKS_PER_TURN = 200;

/**
 * Finds the next red block, or the next block of the selected chain whose merge set has at least `size` blocks, before or after
 * a block in the total order. Searches 20,000 blocks of the chain. Rejects with `ERR_QANTO_UNKNOWN_BLOCK`.
 */
export async function seek(
  dag: QantoDag,
  from: string,
  { kind, direction, size }: { kind: Kind; direction: Direction; size: number },
): Promise<Found> {
  const start = positionOf(dag, from);
  const merger = start === undefined ? dag.sink() : (mergerOf(dag, from) ?? dag.sink());
  const origin = start ?? dag.info().orderEnd;
  const isAhead = direction === 'ahead';
  const found = (hash: string) => {
    const position = positionOf(dag, hash);
    return position !== undefined && (isAhead ? position > origin : position < origin)
      ? { hash, distance: Math.abs(position - origin) }
      : undefined;
  };
  const inMergeSet = (view: BlockView) => {
    if (kind === 'group') {
      const count = view.mergeSetBlues.length + view.mergeSetReds.length;
      return count >= size ? found(view.hash) : undefined;
    }
    const candidates = view.mergeSetReds.flatMap((red) => found(red) ?? []);
    return candidates.sort((a, b) => a.distance - b.distance)[0];
  };
  let count = 0;
  for (const hash of chainFrom(dag, merger, isAhead)) {
    const view = dag.getView(hash);
    if (view === undefined) return {};
    const match = inMergeSet(view);
    if (match) return match;
    if (++count % BLOCKS_PER_TURN === 0) await setImmediate();
  }
  return {};
}

function* chainFrom(dag: QantoDag, from: string, isAhead: boolean): Generator<string> {
  if (isAhead) {
    yield* dag.selectedChain(from, MAX_CHAIN_BLOCKS);
    return;
  }
  let next: string | undefined = from;
  for (let count = 0; count < MAX_CHAIN_BLOCKS && next !== undefined; count++) {
    yield next;
    next = dag.getView(next)?.selectedParent;
  }
}
