/**
 * The Merkle tree over a selected chain, written only from docs/protocol.md: every root is computed from all leaves. It
 * uses no code of this package.
 */
import { createHash } from 'node:crypto';

export interface ChainLeaf {
  /** In displayed order. */
  readonly hash: string;
  /** The blue work that the block adds to that of its selected parent. */
  readonly work: bigint;
  readonly timestampMs: number;
}

export interface ChainNode {
  readonly digest: Buffer;
  readonly leaves: number;
  readonly work: bigint;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Nodes that were computed before, by last leaf and number of leaves: the hash of a leaf determines the leaves before it. */
export type KnownNodes = Map<string, ChainNode>;

/** The root of the tree in displayed order. */
export function chainRootOf(leaves: readonly ChainLeaf[], known: KnownNodes = new Map()): string {
  if (leaves.length === 0) return '0'.repeat(64);
  return displayed(sha256(Buffer.of(2), encoded(subtree(leaves, known))));
}

/** The siblings on the way from a leaf up to the topmost node, the lowest first (RFC 6962, section 2.1.1). */
export function inclusionProof(
  leaves: readonly ChainLeaf[],
  index: number,
): { node: ChainNode; isLeft: boolean }[] {
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...inclusionProof(left, index), { node: subtree(right, new Map()), isLeft: false }]
    : [...inclusionProof(right, index - split), { node: subtree(left, new Map()), isLeft: true }];
}

/** The root that a leaf and its siblings lead to. */
export function provenRoot(leaf: ChainLeaf, proof: ReturnType<typeof inclusionProof>): string {
  const top = proof.reduce(
    (node, sibling) => (sibling.isLeft ? joined(sibling.node, node) : joined(node, sibling.node)),
    leafNode(leaf),
  );
  return displayed(sha256(Buffer.of(2), encoded(top)));
}

function leafNode({ hash, work, timestampMs }: ChainLeaf): ChainNode {
  const digest = sha256(Buffer.of(0), Buffer.from(hash, 'hex').reverse());
  return { digest, leaves: 1, work, firstMs: timestampMs, lastMs: timestampMs };
}

function subtree(leaves: readonly ChainLeaf[], known: KnownNodes): ChainNode {
  if (leaves.length === 1) return leafNode(leaves[0]!);
  const key = `${leaves.at(-1)!.hash} ${leaves.length}`;
  let node = known.get(key);
  if (node === undefined) {
    const split = splitOf(leaves.length);
    node = joined(subtree(leaves.slice(0, split), known), subtree(leaves.slice(split), known));
    known.set(key, node);
  }
  return node;
}

function joined(left: ChainNode, right: ChainNode): ChainNode {
  return {
    digest: sha256(Buffer.of(1), encoded(left), encoded(right)),
    leaves: left.leaves + right.leaves,
    work: left.work + right.work,
    firstMs: left.firstMs,
    lastMs: right.lastMs,
  };
}

/** The greatest power of two that is less than the number of leaves. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

function encoded({ digest, leaves, work, firstMs, lastMs }: ChainNode): Buffer {
  const bytes = Buffer.alloc(88);
  digest.copy(bytes, 0);
  bytes.writeBigUInt64LE(BigInt(leaves), 32);
  Buffer.from(work.toString(16).padStart(64, '0'), 'hex').reverse().copy(bytes, 40);
  bytes.writeBigUInt64LE(BigInt(firstMs), 72);
  bytes.writeBigUInt64LE(BigInt(lastMs), 80);
  return bytes;
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}

function displayed(raw: Uint8Array): string {
  return Buffer.from(raw).reverse().toString('hex');
}
