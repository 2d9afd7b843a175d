/**
 * The way from a payload to the merkle root of the contents of a block. The tree is Bitcoin's, which has two weaknesses:
 *
 * - Leaves and inner nodes are hashed in the same way, so the 64 bytes of two nodes could be presented as a payload on a
 *   higher level. All leaves have the same depth, and the first one is a coinbase of 40 bytes, which cannot be the 64
 *   bytes of an inner node. So the way from the coinbase to the root shows the depth of the leaves, and the payload must
 *   have the same depth.
 * - A level of odd length pairs its last node with itself, so the last contents also seem to be at indices beyond the end
 *   (CVE-2012-2459). A valid block contains no content twice. So a right node that equals its left sibling is such a copy,
 *   and is refused.
 */
import { displayHash } from '../pow/hex.ts';
import { sha256d } from '../pow/sha256d.ts';
import { ProofError } from './errors.ts';
import type { ContentBranch } from './types.ts';

/** The number of bytes of a coinbase. */
export const COINBASE_BYTES = 40;

/** The maximum depth of a merkle tree, whose number of leaves is a u32. */
export const MAX_DEPTH = 32;

/** The number of siblings in the branch of the content with this index, at least 1, in a tree of this depth. */
export function siblingCount(contentIndex: number, depth: number): number {
  let count = 0;
  for (let level = 0; level < depth; level++) count += siblingsAt(positionAt(contentIndex, level));
  return count;
}

/** Below the level on which the nodes of payload and coinbase are siblings, both have a sibling; above it, they are one node. */
function siblingsAt(position: number): 0 | 1 | 2 {
  if (position === 0) return 1;
  return position === 1 ? 0 : 2;
}

/** The position on a level of the node above a content. */
function positionAt(contentIndex: number, level: number): number {
  return Math.floor(contentIndex / 2 ** level);
}

/**
 * The siblings of a content, for its proof. `levels` are the levels of the merkle tree from the leaves up, without the
 * root. The last node of a level of odd length is its own sibling.
 */
export function contentSiblings(
  levels: readonly (readonly Uint8Array[])[],
  contentIndex: number,
): Uint8Array[] {
  return levels.flatMap((level, height) => {
    const position = positionAt(contentIndex, height);
    const sibling = level[position % 2 === 0 ? position + 1 : position - 1] ?? level[position]!;
    return [sibling, level[1]!].slice(0, siblingsAt(position));
  });
}

/** Throws `ERR_QANTO_PROOF_WRONG_PAYLOAD` if the branch does not lead to the content root, in displayed order. */
export function verifyContentBranch(branch: ContentBranch, contentRoot: string): void {
  const siblings = branch.siblings.values();
  const next = () => siblings.next().value!;
  let first: Uint8Array = sha256d(branch.coinbase);
  let node: Uint8Array = sha256d(branch.bytes);
  for (let level = 0; level < branch.depth; level++) {
    const position = positionAt(branch.index + 1, level);
    if (position === 0) {
      // The node of the payload is the first one too.
      first = pair(first, next());
      continue;
    }
    const sibling = position === 1 ? first : next();
    if (position % 2 === 1) requireOriginal(branch.index, sibling, node);
    node = position % 2 === 1 ? pair(sibling, node) : pair(node, sibling);
    first = position === 1 ? node : pair(first, next());
  }
  const found = displayHash(first);
  // The nodes of payload and coinbase are one if both lead to the root.
  if (found !== contentRoot)
    throw wrongPayload('payload', `a root of ${found}`, `a branch to ${contentRoot}`);
}

function requireOriginal(index: number, left: Uint8Array, right: Uint8Array): void {
  if (Buffer.compare(left, right) !== 0) return;
  throw wrongPayload('payload.index', index, 'less than the number of payloads');
}

function pair(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256d(Buffer.concat([left, right]));
}

function wrongPayload(field: string, value: unknown, expected: string): ProofError {
  return new ProofError('ERR_QANTO_PROOF_WRONG_PAYLOAD', field, value, expected);
}
