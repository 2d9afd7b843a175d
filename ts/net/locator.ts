import type { QantoDag } from '../dag/qanto-dag.ts';
import { QantoError } from '../errors.ts';
import { MAX_LOCATOR_HASHES } from './protocol.ts';

/** The number of blocks below the sink that a locator names one by one. */
const DENSE = 8;

/**
 * Hashes of the selected chain from the sink downwards, at distances that double after the first few, down to genesis, or to
 * the lowest block that is held if blocks were pruned.
 */
export function locator(dag: QantoDag): string[] {
  const top = sinkHeight(dag);
  const hashes: string[] = [];
  for (let height = top, step = 1; hashes.length < MAX_LOCATOR_HASHES - 1; height -= step) {
    const hash = chainAt(dag, Math.max(height, 0));
    if (typeof hash !== 'string') break;
    hashes.push(hash);
    if (height <= 0) break;
    if (hashes.length > DENSE) step *= 2;
  }
  return hashes;
}

/** The height of the sink in the selected chain, by O(log n) queries. */
function sinkHeight(dag: QantoDag): number {
  let held = 0;
  let above = 1;
  while (chainAt(dag, above) !== undefined) {
    held = above;
    above *= 2;
  }
  while (above - held > 1) {
    const middle = Math.floor((held + above) / 2);
    if (chainAt(dag, middle) === undefined) above = middle;
    else held = middle;
  }
  return held;
}

/** The block of the chain at a height: undefined above the sink, and null if it was pruned. */
function chainAt(dag: QantoDag, height: number): string | undefined | null {
  try {
    return dag.selectedChain(height, 1)[0];
  } catch (error) {
    if (codeOf(error) === 'ERR_QANTO_PAST_PRUNED') return null;
    throw error;
  }
}

/** The code of an error of qanto. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof QantoError ? error.code : undefined;
}
