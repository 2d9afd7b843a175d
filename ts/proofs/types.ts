/** The decoded form of a proof, and what a valid proof proves. */

/** Proves that a block, and with it one of its payloads, is in the past of a block that the reader trusts. */
export interface InclusionProof {
  /** The block that the reader trusts. */
  readonly sink: ProofBlock;
  /**
   * Proves that the first block of `path` is on the selected chain of the sink. Absent if `path` begins with a parent of
   * the sink, or is empty.
   */
  readonly range?: ChainBranch;
  /**
   * The blocks down to the proven block, which is the last one, or the sink if the list is empty. Each is a parent of the
   * one before it; the first is on the selected chain of the sink (with `range`) or a parent of the sink (without it). At
   * most 65,535.
   */
  readonly path: readonly ProofBlock[];
  /** Proves that the proven block contains a payload. */
  readonly payload?: ContentBranch;
}

/** A header and the context that it commits to. */
export interface ProofBlock {
  /** The encoded header, 80 bytes. */
  readonly header: Uint8Array;
  /** The encoded context: 121 + 32 n bytes for n parents. */
  readonly context: Uint8Array;
}

/** The way from a leaf of the tree over a selected chain to the root of the tree. */
export interface ChainBranch {
  /** The index of the leaf, which is the height of the block on the selected chain. Genesis has height 0. */
  readonly index: number;
  /** The number of leaves of the tree, at most 2^53 - 1. */
  readonly leaves: number;
  /** The blue work that the block adds to that of its selected parent, less than 2^256. */
  readonly work: bigint;
  /** The siblings, from the leaf up. `index` and `leaves` determine their number and how many leaves each of them has. */
  readonly nodes: readonly ChainNode[];
}

/** A node of the tree over a selected chain, without its number of leaves. */
export interface ChainNode {
  /** The digest of the node, 32 bytes. */
  readonly digest: Uint8Array;
  /** The blue work that the blocks below the node add, less than 2^256. */
  readonly work: bigint;
  /** The timestamp of the first block below the node, in ms since the Unix epoch. */
  readonly firstMs: number;
  /** The timestamp of the last block below the node, in ms since the Unix epoch. */
  readonly lastMs: number;
}

/** The way from a payload, and from the coinbase, to the merkle root of the contents. */
export interface ContentBranch {
  /** The index of the payload in the block. */
  readonly index: number;
  /** The depth of the merkle tree: 1 to 32. The coinbase shows that the tree has this depth. */
  readonly depth: number;
  /**
   * The siblings, 32 bytes each. For each level from the leaves up: that of the payload's node, then that of the
   * coinbase's node. They are left out on the level on which the two nodes are siblings, and have one sibling above it.
   */
  readonly siblings: readonly Uint8Array[];
  /** The coinbase of the block, 40 bytes. */
  readonly coinbase: Uint8Array;
  /** The payload. */
  readonly bytes: Uint8Array;
}

/** The context of a proven block. Hashes are 64 hex digits in displayed order. */
export interface ProvenContext {
  /** Hashes of the parents. */
  readonly parents: readonly string[];
  /** Milliseconds since the Unix epoch, as the miner of the block stated. */
  readonly timestampMs: number;
  /** The number of blocks that count for difficulty adjustment, up to and including this block's merge set. */
  readonly daaScore: number;
  /** The number of blue blocks in the past of the block. */
  readonly blueScore: number;
  /** The work of these blue blocks, in expected hashes. */
  readonly blueWork: bigint;
  /** Hash of the pruning point. */
  readonly pruningPoint: string;
  /** The root of the tree over the selected chain of the block. */
  readonly chainRoot: string;
}

/**
 * What a valid proof proves: the block is the trusted sink or in its past, and contains the payload. It does not prove the
 * colour of the block nor its place in the total order. The network checked everything that the block states, if it checked
 * the sink.
 */
export interface ProvenInclusion {
  /** Hash of the proven block. */
  readonly hash: string;
  /** The context of the proven block. */
  readonly context: ProvenContext;
  /** The payload; undefined if the proof is about the block alone. */
  readonly payload: ProvenPayload | undefined;
  /**
   * Hash of a block of the selected chain of the sink, the sink included, that is the proven block or has it in its past.
   * It need not be the lowest such block.
   */
  readonly chainBlock: string;
  /** The height of `chainBlock`; undefined if it is the sink, whose height is not proven. Genesis has height 0. */
  readonly chainHeight: number | undefined;
  /** The number of steps from `chainBlock` through parents down to the proven block. */
  readonly steps: number;
  /**
   * The work on top of `chainBlock`: by how much the blue work of the sink exceeds its blue work, in expected hashes. It
   * includes the work of `chainBlock` and not that of the sink. 0 if `chainBlock` is the sink.
   */
  readonly work: bigint;
  /** By how much the blue score of the sink exceeds that of `chainBlock`. */
  readonly depth: number;
}

/** A proven payload. */
export interface ProvenPayload {
  /** The index of the payload in the block. */
  readonly index: number;
  /** The payload: a copy. */
  readonly bytes: Uint8Array;
}
