/**
 * The nodes of a Merkle tree over a selected chain. Each node states what is below it: the number of blocks, the blue
 * work that they add, and the first and the last timestamp. A node commits to the statements of both of its children
 * (FlyClient, eprint 2019/226), so that a proof can show how much work was done in which part of the chain.
 *
 * The tree has the shape of RFC 6962: the left subtree of n leaves has the greatest power of two below n. It is the
 * Merkle mountain range whose peaks are joined from right to left, and appending a leaf changes O(log n) nodes. The hash
 * is SHA-256. Each input begins with a tag and has a fixed length for this tag, so length extension is impossible.
 *
 * A node is 88 bytes: its digest (32), the number of leaves (u64), their work (u256), and the first and the last
 * timestamp in ms (u64 each), little-endian.
 */
import { displayHashOf } from '../pow/hex.ts';

const { hash } = process.getBuiltinModule('node:crypto');

/** The number of bytes of a node. */
export const RANGE_NODE_BYTES = 88;

/** The root of the tree without leaves. */
export const EMPTY_RANGE_ROOT = '0'.repeat(64);

/** The first byte of each hashed input. With it, no leaf, inner node or root can be presented as one of the others. */
const LEAF_TAG = 0;
const INNER_TAG = 1;
const ROOT_TAG = 2;

/** The encoding of digests as text: a character for each byte. */
const DIGEST_TEXT = 'binary';

const LEAVES = 32;
const WORK = 40;
const FIRST_TIMESTAMP = 72;
const LAST_TIMESTAMP = 80;

/**
 * The hashed inputs: a tag, then a block hash, two nodes or one node. The buffers are reused, since allocation costs more
 * than hashing.
 */
const leafInput = taggedInput(LEAF_TAG, 32);
const innerInput = taggedInput(INNER_TAG, 2 * RANGE_NODE_BYTES);
const rootInput = taggedInput(ROOT_TAG, RANGE_NODE_BYTES);
const leftInput = innerInput.subarray(1, 1 + RANGE_NODE_BYTES);
const rightInput = innerInput.subarray(1 + RANGE_NODE_BYTES);

/**
 * The leaf of a chain block: its hash (32 bytes in raw order), the blue work that it adds to that of its selected parent,
 * and its timestamp.
 */
export function rangeLeaf(blockHash: Uint8Array, work: bigint, timestampMs: number): Uint8Array {
  leafInput.set(blockHash, 1);
  const digest = Buffer.from(digestOf(leafInput), DIGEST_TEXT);
  return encodeRangeNode({ digest, leaves: 1, work, firstMs: timestampMs, lastMs: timestampMs });
}

/** What a node states about the leaves below it, and its digest (32 bytes). */
export interface RangeNode {
  readonly digest: Uint8Array;
  readonly leaves: number;
  readonly work: bigint;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Encodes a node into 88 bytes. */
export function encodeRangeNode({ digest, leaves, work, firstMs, lastMs }: RangeNode): Uint8Array {
  const node = Buffer.alloc(RANGE_NODE_BYTES);
  node.set(digest);
  writeU64(node, leaves, LEAVES);
  // The work of a single block usually fits into 64 bits, and the rest of the node is zero.
  for (let rest = work, at = WORK; rest > 0n && at < FIRST_TIMESTAMP; rest >>= 64n, at += 8) {
    node.writeBigUInt64LE(BigInt.asUintN(64, rest), at);
  }
  writeU64(node, firstMs, FIRST_TIMESTAMP);
  writeU64(node, lastMs, LAST_TIMESTAMP);
  return node;
}

/** Writes an integer below 2^53 as a u64. */
function writeU64(node: Buffer, integer: number, at: number): void {
  node.writeUInt32LE(integer % 2 ** 32, at);
  node.writeUInt32LE(Math.floor(integer / 2 ** 32), at + 4);
}

/** Decodes a node of 88 bytes, all of whose integers are below 2^53 except for the work. */
export function decodeRangeNode(node: Uint8Array): RangeNode {
  const view = new DataView(node.buffer, node.byteOffset);
  let work = 0n;
  for (let word = 3; word >= 0; word--) work = (work << 64n) | view.getBigUint64(WORK + 8 * word, true);
  return {
    digest: new Uint8Array(node.subarray(0, LEAVES)),
    leaves: leavesOf(node),
    work,
    firstMs: Number(view.getBigUint64(FIRST_TIMESTAMP, true)),
    lastMs: Number(view.getBigUint64(LAST_TIMESTAMP, true)),
  };
}

/** Joins a node with the nodes to the left of it, the nearest first, and returns the topmost node. */
export function joinRanges(last: Uint8Array, ...others: readonly Uint8Array[]): Uint8Array {
  return writeJoined(new Uint8Array(RANGE_NODE_BYTES), last, others);
}

/** As {@link joinRanges}, but writes the topmost node to `target`, which may also be `last`, and returns `target`. */
export function writeJoined(target: Uint8Array, last: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  rightInput.set(last);
  for (const left of others) {
    leftInput.set(left);
    const digest = digestOf(innerInput);
    // The joined node overwrites its right child.
    rightInput.write(digest, DIGEST_TEXT);
    addLeft(LEAVES, WORK);
    addLeft(WORK, FIRST_TIMESTAMP);
    leftInput.copy(rightInput, FIRST_TIMESTAMP, FIRST_TIMESTAMP, LAST_TIMESTAMP);
  }
  target.set(rightInput);
  return target;
}

/** The root that a block commits to, in displayed order: it also commits to what the topmost node states. */
export function rangeRoot(top: Uint8Array): string {
  rootInput.set(top, 1);
  return displayHashOf(digestOf(rootInput));
}

/** The number of leaves of a node. */
export function leavesOf(node: Uint8Array): number {
  return Number(new DataView(node.buffer, node.byteOffset).getBigUint64(LEAVES, true));
}

/** Whether two nodes have the same number of leaves. */
export function haveEqualLeaves(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = LEAVES; i < WORK; i++) if (a[i] !== b[i]) return false;
  return true;
}

function taggedInput(tag: number, byteLength: number): Buffer {
  const input = Buffer.alloc(1 + byteLength);
  input[0] = tag;
  return input;
}

/** SHA-256 as text, which `hash` returns much faster than bytes. */
function digestOf(input: Uint8Array): string {
  return hash('sha256', input, DIGEST_TEXT);
}

/** Adds the little-endian integer in `leftInput` to the one in `rightInput`. */
function addLeft(start: number, end: number): void {
  for (let i = start, carry = 0; i < end; i++, carry >>= 8) {
    carry += leftInput[i]! + rightInput[i]!;
    rightInput[i] = carry;
  }
}
