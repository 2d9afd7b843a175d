/**
 * The inputs and outputs of the engine: plain nodes, network parameters, and the consensus data derived from them. The
 * engine knows nothing of headers, proof of work or stores, which are built on top of it.
 *
 * A hash is 64 lowercase hex digits in displayed order. Hashes are compared as text, which is the same as comparing the
 * 32 bytes in that order. The *key* of a block is (blueWork, hash).
 */

/** A block as the engine sees it. */
export interface DagNode {
  /** The block's id: 64 lowercase hex digits. */
  readonly hash: string;
  /** Hashes of the parents, in any order. No parent is an ancestor of another. Empty for genesis alone. */
  readonly parents: readonly string[];
  /** The target that the block claims, in compact form (u32). */
  readonly bits: number;
  /** Milliseconds since the Unix epoch. */
  readonly timestampMs: number;
}

/** The consensus parameters that the engine needs. All are integers; a sample rate of 1 samples every block. */
export interface DagParams {
  /** k of GHOSTDAG (eprint 2018/104): the maximum number of blues in the anticone of a blue block. 0 to 65,535. */
  readonly ghostdagK: number;
  /** The maximum number of parents of a block: 1 to 65,535, on a network at most 255. */
  readonly maxParents: number;
  /** The maximum number of blocks in a merge set, not counting the selected parent. */
  readonly mergeSetLimit: number;
  /** The time between blocks that the difficulty adjustment aims for, in ms. */
  readonly targetTimePerBlockMs: number;
  /** The number of blocks in the sampled difficulty window. */
  readonly difficultyWindow: number;
  /** One in this number of blocks is sampled for the difficulty window (KIP-4). */
  readonly difficultySampleRate: number;
  /** If the difficulty window has fewer blocks, a block has the bits of its selected parent. At least 2. */
  readonly minDifficultyWindow: number;
  /** The number of blocks in the sampled past-median-time window. */
  readonly pastMedianTimeWindow: number;
  /** One in this number of blocks is sampled for the past-median-time window (KIP-4). */
  readonly pastMedianTimeSampleRate: number;
  /** The finality and pruning depths. Without them no block ever becomes final, and every block is kept. */
  readonly pruning?: PruningParams;
}

/** The depths at which the past becomes final and is dropped, all in blue score. */
export interface PruningParams {
  /** φ: the selected chain cannot change further below the virtual block than this. */
  readonly finalityDepth: number;
  /**
   * M: a block cannot merge a block that split off further below it than this, unless a blue of its merge set merged that
   * block in time.
   */
  readonly mergeDepth: number;
  /**
   * P: the pruning point is at least this far below the sink. P is at least φ + 2M + 4KL + 2K + 2, where K is
   * `ghostdagK` and L is `mergeSetLimit`.
   */
  readonly pruningDepth: number;
}

/** Trade-offs between memory and time. They do not change any result. */
export interface DagTuning {
  /**
   * The number of recent blocks whose sampled windows stay in memory for their children; a power of two. A difficulty
   * window takes 8 bytes per sampled block. The default is 2048.
   */
  readonly rememberedWindows: number;
}

/** What the past of a block determines: the colours of its merge set and what its header must carry. */
export interface ConsensusData {
  /** Hash of the parent with the greatest key; undefined for genesis alone. */
  readonly selectedParent: string | undefined;
  /** Hashes of the blues of the merge set: the selected parent, then the others in ascending key order. */
  readonly mergeSetBlues: readonly string[];
  /** Hashes of the reds of the merge set in ascending key order. */
  readonly mergeSetReds: readonly string[];
  /** The number of blue blocks in the past. */
  readonly blueScore: number;
  /** The sum of the work of the blue blocks in the past. The work of a block is floor(2^256 / (target + 1)). */
  readonly blueWork: bigint;
  /** The number of blocks that count for difficulty adjustment, up to and including this block's merge set. */
  readonly daaScore: number;
  /** The compact target (u32) that a block with this past must claim. */
  readonly expectedBits: number;
  /** A block's timestamp must be greater than this; milliseconds since the Unix epoch. */
  readonly pastMedianTimeMs: number;
  /**
   * Hash of the pruning point that the block's past determines: the latest pruning sample of its selected chain that is
   * at least the pruning depth below it, or genesis. For genesis itself, 64 zeros.
   */
  readonly pruningPoint: string;
  /**
   * The root of the Merkle mountain range over the selected chain, from genesis to the selected parent: 64 hex digits in
   * displayed order. For genesis, which has no such chain, 64 zeros.
   */
  readonly chainRoot: string;
}

/**
 * A block whose consensus data is not computed but trusted, because the past that it was computed from was pruned. It may
 * name blocks that were pruned.
 */
export interface TrustedBlock extends ConsensusData, DagNode {
  /** The blues whose blue anticone size the block changed, each with its new size. */
  readonly anticoneSizes: readonly (readonly [hash: string, size: number])[];
  /** Present for the selected parent of the pruning point: what the blocks that build on it need of its selected chain. */
  readonly chain?: PrunedChain;
}

/** What remains of the selected chain of a block whose past was pruned. */
export interface PrunedChain {
  /** The latest pruning samples of the chain in ascending order: hash and blue score. */
  readonly samples: readonly (readonly [hash: string, blueScore: number])[];
  /** The peaks of the Merkle mountain range over the chain, the block included: 88 bytes each in hex, from left to right. */
  readonly peaks: readonly string[];
}

/** The state from which the virtual state of a pruned engine continues. */
export interface VirtualOrigin {
  /** A block of the selected chain. The chain below it is final, and blocks that do not build on it are refused. */
  readonly pruningPoint: string;
  /** A block of the selected chain, at or above the pruning point. The sink builds on it. */
  readonly finalityPoint: string;
  /** The position in the total order of the first block that was kept. */
  readonly orderStart: number;
}

/**
 * A change of the total order. A replica of the order becomes current by dropping `removed.length` blocks from its end
 * and appending `added`.
 */
export interface VirtualChange {
  /** Hashes of the blocks removed from the end of the old order, in order; empty if the order has only grown. */
  readonly removed: readonly string[];
  /** Hashes of the blocks at the end of the new order that take their place, in order. */
  readonly added: readonly string[];
  /** Hash of the selected parent of the next block after the change. */
  readonly sink: string;
}
