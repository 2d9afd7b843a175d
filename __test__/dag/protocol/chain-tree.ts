/**
 * The Merkle tree over a selected chain, written only from docs/protocol.md: the whole tree is built again for each root.
 * It uses no code of this package.
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

/** The root of the tree in displayed order. */
export function chainRootOf(leaves: readonly ChainLeaf[]): string {
  if (leaves.length === 0) return '0'.repeat(64);
  return displayed(sha256(Buffer.of(2), encoded(subtree(leaves.map(leafNode)))));
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
    ? [...inclusionProof(left, index), { node: subtree(right.map(leafNode)), isLeft: false }]
    : [...inclusionProof(right, index - split), { node: subtree(left.map(leafNode)), isLeft: true }];
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

function subtree(nodes: readonly ChainNode[]): ChainNode {
  if (nodes.length === 1) return nodes[0]!;
  const split = splitOf(nodes.length);
  return joined(subtree(nodes.slice(0, split)), subtree(nodes.slice(split)));
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
