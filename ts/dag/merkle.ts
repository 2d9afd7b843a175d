/**
 * Bitcoin's merkle tree over the contents of a block. The leaves are sha256d of each content, and a level of odd length
 * pairs its last node with itself. So two lists have the same root if the longer one repeats its end (CVE-2012-2459),
 * which is why a block must not contain the same content twice.
 */
import { sha256d } from '../pow/sha256d.ts';
import type { Steps } from './slices.ts';

/** The number of contents, or of pairs of nodes, that are hashed between two pauses. */
export const HASHED_PER_STEP = 64;

/** Two nodes whose parent is computed. The buffer is reused, since allocation costs as much as hashing. */
const pair = new Uint8Array(64);

/** The leaf of a content: 32 bytes in raw order. */
export function merkleLeaf(content: Uint8Array): Uint8Array {
  return sha256d(content);
}

/** The leaves of these contents, in steps. */
export function* merkleLeaves(contents: readonly Uint8Array[]): Steps<Uint8Array[]> {
  const leaves: Uint8Array[] = [];
  for (const content of contents) {
    leaves.push(merkleLeaf(content));
    if (leaves.length % HASHED_PER_STEP === 0) yield;
  }
  return leaves;
}

/** The root of at least one leaf: 32 bytes in raw order, as the hash function returns them. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  let level = leaves;
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let index = 0; index < level.length; index += 2) above.push(parentOf(level, index));
    level = above;
  }
  return level[0]!;
}

/** As {@link merkleRoot}, in steps. */
export function* merkleRootSteps(leaves: readonly Uint8Array[]): Steps<Uint8Array> {
  const levels = yield* merkleLevels(leaves);
  return levels.at(-1)![0]!;
}

/** The levels of the tree in steps, from the leaves up to the root. */
export function* merkleLevels(leaves: readonly Uint8Array[]): Steps<(readonly Uint8Array[])[]> {
  const levels = [leaves];
  for (let level = leaves; level.length > 1; levels.push(level)) {
    const above: Uint8Array[] = [];
    for (let index = 0; index < level.length; index += 2) {
      if (above.length % HASHED_PER_STEP === HASHED_PER_STEP - 1) yield;
      above.push(parentOf(level, index));
    }
    level = above;
  }
  return levels;
}

/** The parent of the nodes at an even index and at the next one. */
function parentOf(level: readonly Uint8Array[], index: number): Uint8Array {
  const left = level[index]!;
  pair.set(left);
  pair.set(level[index + 1] ?? left, left.length);
  return sha256d(pair);
}
