/**
 * What goes into the engine and what comes out: plain nodes, network parameters and the consensus data derived
 * from them. No header, proof of work or store; those are built on top.
 *
 * A hash is 64 lowercase hex digits in displayed order. Hashes are compared as text, which is the same as
 * comparing the 32 bytes in that order. The *key* of a block is (blueWork, hash).
 */

/** A block as the engine sees it. */
export interface DagNode {
  /** Identity: 64 lowercase hex digits. */
  readonly hash: string;
  /** Hashes of the parents, an antichain, in any order. Empty for genesis alone. */
  readonly parents: readonly string[];
  /** The target the block claims, in compact form (u32). */
  readonly bits: number;
  /** Milliseconds since the Unix epoch. */
  readonly timestampMs: number;
}

/** The consensus parameters the engine needs. All are integers; a rate of 1 samples every block. */
export interface DagParams {
  /** k of the k-cluster (eprint 2018/104): the largest blue anticone of a blue block. 0..65535. */
  readonly ghostdagK: number;
  /** Most parents a block may have; 1 to 65,535, on a network at most 255. */
  readonly maxParents: number;
  /** Most blocks in a merge set, the selected parent not counted. */
  readonly mergeSetLimit: number;
  /** The time between blocks that the difficulty is adjusted to, in ms. */
  readonly targetTimePerBlockMs: number;
  /** Blocks in the sampled difficulty window. */
  readonly difficultyWindow: number;
  /** One block in this many is sampled (KIP-4). */
  readonly difficultySampleRate: number;
  /** With fewer sampled blocks than this a block has the bits of its selected parent; at least 2. */
  readonly minDifficultyWindow: number;
  /** Blocks in the sampled past-median-time window. */
  readonly pastMedianTimeWindow: number;
  /** One block in this many is sampled (KIP-4). */
  readonly pastMedianTimeSampleRate: number;
  /** Without it nothing is ever final, and every block is kept. */
  readonly pruning?: PruningParams;
}

/** How far back the past is open, all in blue score. */
export interface PruningParams {
  /** The selected chain does not change further below the virtual block than this: φ. */
  readonly finalityDepth: number;
  /** A block merges nothing that split off further below it than this, unless a blue it merges did before: M. */
  readonly mergeDepth: number;
  /** The pruning point lies at least this far below the sink: P, at least φ + 2M + 4KL + 2K + 2 (L = mergeSetLimit). */
  readonly pruningDepth: number;
}

/** Trade-offs between memory and time. They change no answer. */
export interface DagTuning {
  /**
   * How many recent blocks keep their sampled windows in memory, for blocks on top of them; a power of two. A
   * difficulty window takes 8 bytes a block it samples. Default 2048.
   */
  readonly rememberedWindows: number;
  /**
   * Least distance, in blocks of the selected chain, of the root of reachability re-indexing from the sink. Default
   * 100.
   */
  readonly reindexDepth: number;
  /** Room kept along the selected chain, per block, for late blocks in old places. Default 16,384. */
  readonly reindexSlack: number;
}

/** What the past of a block determines: its colouring and what its header must carry. */
export interface ConsensusData {
  /** The parent with the greatest key; undefined for genesis alone. */
  readonly selectedParent: string | undefined;
  /** The blues of the merge set: the selected parent, then the others in ascending key order. */
  readonly mergeSetBlues: readonly string[];
  /** The reds of the merge set in ascending key order. */
  readonly mergeSetReds: readonly string[];
  /** Blue blocks in the past. */
  readonly blueScore: number;
  /** Sum of the work of the blue blocks in the past, each floor(2^256 / (target + 1)). */
  readonly blueWork: bigint;
  /** Blocks that count for difficulty adjustment up to and including this block's merge set. */
  readonly daaScore: number;
  /** The compact target (u32) a block with this past must claim. */
  readonly expectedBits: number;
  /** A block's timestamp must be greater than this; milliseconds since the Unix epoch. */
  readonly pastMedianTimeMs: number;
}

/** What a block with given parents would carry. */
export interface NodePreview extends ConsensusData {
  /** The parent with the greatest key. */
  readonly selectedParent: string;
}

/** A block of the DAG with its consensus data. A snapshot: it stays readable whatever happens to the engine. */
export interface BlockView extends ConsensusData, DagNode {}

/**
 * A block whose consensus data is taken on trust, because the past it was computed from is gone. Blocks it names
 * may be gone too.
 */
export interface TrustedBlock extends BlockView {
  /** The blues whose anticone it changed in its view, each with its blue anticone size from there on. */
  readonly anticoneSizes: readonly (readonly [hash: string, size: number])[];
}

/** Where the virtual state of an engine that does not begin at genesis takes up. */
export interface VirtualOrigin {
  /** On the selected chain; the chain below it is settled, and blocks that do not build on it are refused. */
  readonly pruningPoint: string;
  /** On the selected chain, at the pruning point or above: the sink builds on it. */
  readonly finalityPoint: string;
  /** Position in the total order of the first block that was kept. */
  readonly orderStart: number;
}

/**
 * How the total order changed: the end of the old order that went, and the end of the new one that came, both in
 * order. Dropping `removed.length` blocks from the end of a replica and appending `added` makes it current.
 */
export interface VirtualChange {
  /** Hashes of the blocks taken off the end of the old order; empty when the order has only grown. */
  readonly removed: readonly string[];
  /** Hashes of the blocks put on in their place, and after. */
  readonly added: readonly string[];
  /** Hash of the selected parent of the next block after the change. */
  readonly sink: string;
}
