/**
 * The nodes of a Merkle tree over a selected chain. Each node states what is below it: the number of blocks, the blue
 * work that they add, and the first and the last timestamp. A node commits to the statements of both of its children
 * (FlyClient, eprint 2019/226), so that a proof can show where on the chain the work was done.
 *
 * The tree has the shape of RFC 6962: the left subtree of n leaves has the greatest power of two below n. It is the
 * Merkle mountain range whose peaks are joined from right to left, and appending a leaf changes O(log n) nodes.
 *
 * A node is 88 bytes: its digest (32), the number of leaves (u64), their work (u256), and the first and the last
 * timestamp in ms (u64 each), little-endian.
 */
import { displayHash } from '../../pow/hex.ts';
import { sha256d } from '../../pow/sha256d.ts';

/** The number of bytes of a node. */
export const RANGE_NODE_BYTES = 88;

/** The root of the tree without leaves. */
export const EMPTY_RANGE_ROOT = '0'.repeat(64);

/** The first byte of what is hashed, so that no leaf, inner node or root can be presented as another of them. */
const LEAF_TAG = 0;
const INNER_TAG = 1;
const ROOT_TAG = 2;

const LEAVES = 32;
const WORK = 40;
const FIRST_TIMESTAMP = 72;
const LAST_TIMESTAMP = 80;

/** The leaf of a chain block: its hash in raw order, the blue work that it adds to its selected parent's, and its timestamp. */
export function rangeLeaf(hash: Uint8Array, work: bigint, timestampMs: number): Uint8Array {
  return rangeNode(tagged(LEAF_TAG, hash), 1n, work, BigInt(timestampMs), BigInt(timestampMs));
}

/** The parent of two nodes; the leaves of `left` come before those of `right`. */
export function joinRanges(left: Uint8Array, right: Uint8Array): Uint8Array {
  const [a, b] = [viewOf(left), viewOf(right)];
  return rangeNode(
    tagged(INNER_TAG, left, right),
    a.getBigUint64(LEAVES, true) + b.getBigUint64(LEAVES, true),
    readWork(a) + readWork(b),
    a.getBigUint64(FIRST_TIMESTAMP, true),
    b.getBigUint64(LAST_TIMESTAMP, true),
  );
}

/** The root that a block commits to, in displayed order: it also commits to what the topmost node states. */
export function rangeRoot(top: Uint8Array): string {
  return displayHash(tagged(ROOT_TAG, top));
}

/** The number of leaves below a node. */
export function rangeLeaves(node: Uint8Array): bigint {
  return viewOf(node).getBigUint64(LEAVES, true);
}

function rangeNode(
  digest: Uint8Array,
  leaves: bigint,
  work: bigint,
  firstMs: bigint,
  lastMs: bigint,
): Uint8Array {
  const node = new Uint8Array(RANGE_NODE_BYTES);
  const view = viewOf(node);
  node.set(digest);
  view.setBigUint64(LEAVES, leaves, true);
  for (let word = 0; word < 4; word++) {
    view.setBigUint64(WORK + 8 * word, BigInt.asUintN(64, work >> BigInt(64 * word)), true);
  }
  view.setBigUint64(FIRST_TIMESTAMP, firstMs, true);
  view.setBigUint64(LAST_TIMESTAMP, lastMs, true);
  return node;
}

function readWork(view: DataView): bigint {
  let work = 0n;
  for (let word = 3; word >= 0; word--) work = (work << 64n) | view.getBigUint64(WORK + 8 * word, true);
  return work;
}

function tagged(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return sha256d(Buffer.concat([Uint8Array.of(tag), ...parts]));
}

function viewOf(node: Uint8Array): DataView {
  return new DataView(node.buffer, node.byteOffset, node.byteLength);
}
