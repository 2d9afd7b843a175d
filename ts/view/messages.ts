/**
 * What the node sends to the page. Both sides compile this module, which has only types.
 *
 * A block never changes once it has been sent: its colour and its place follow from the selected chain, which the page walks
 * itself. So a change of the DAG costs a message of constant size, whatever it recolours.
 */

/** A block of the same list by its serial number, or any other block by its hash. */
export type BlockRef = number | string;

export interface BlockRecord {
  /** Ascends by one within a list. */
  readonly serial: number;
  readonly hash: string;
  /** The selected parent is the first. Empty for genesis, and for the lowest blocks of a pruned DAG. */
  readonly parents: readonly BlockRef[];
  /** The blues of the merge set without the selected parent. */
  readonly blues: readonly BlockRef[];
  readonly reds: readonly BlockRef[];
  readonly timestampMs: number;
  readonly blueScore: number;
}

/** A selected chain: its last block, and what the block after that would merge besides it. */
export interface ChainEnd {
  readonly sink: string;
  readonly blues: readonly string[];
  readonly reds: readonly string[];
}

/** Blocks in an order in which parents come before children, and the selected chain through them. */
export interface Window {
  readonly blocks: readonly BlockRecord[];
  readonly chain: ChainEnd;
}

/** The event `snapshot`: everything that the page shows. */
export interface Snapshot extends Window {
  readonly network: string;
  readonly version: string;
  /** k of GHOSTDAG. */
  readonly ghostdagK: number;
  readonly targetBlockTimeMs: number;
  readonly work: readonly WorkPoint[];
  readonly jobs: readonly Job[];
  readonly reorganisations: readonly Reorganisation[];
}

/** The event `blocks`. `chain` is absent if it is still the same. */
export interface BlocksEvent {
  readonly blocks: readonly BlockRecord[];
  readonly chain?: ChainEnd;
}

/** The event `reorganisation`: the former sink has left the selected chain. */
export interface Reorganisation {
  readonly id: number;
  readonly timeMs: number;
  /** The number of blocks that left the selected chain. */
  readonly depth: number;
  /** The number of blocks that joined it. */
  readonly length: number;
  /** The last block that both chains have. */
  readonly fork: string;
  readonly oldSink: string;
  readonly newSink: string;
  /** The number of blocks that have another place in the total order. */
  readonly moved: number;
}

/** A block that has another place in the total order. Undefined: it was not in the order before, or is not any more. */
export interface MovedBlock {
  readonly hash: string;
  readonly before?: number;
  readonly after?: number;
}

/** The answer to a request for one reorganisation. */
export interface ReorganisationDetail extends Reorganisation {
  /** The blocks above the fork, and some below it. */
  readonly blocks: readonly BlockRecord[];
  /** At most 100. */
  readonly movedBlocks: readonly MovedBlock[];
}

/** The work of ten seconds, or the current values. */
export interface WorkPoint {
  readonly timeMs: number;
  /** Undefined until the miner has measured it. */
  readonly hashesPerSecond?: number;
  readonly blocksPerSecond: number;
  /** Of the blocks in the past of the next block. */
  readonly blues: number;
  readonly reds: number;
  readonly tips: number;
  /** Of the last searches that were cancelled, at most 1,000 and not older than an hour; absent if there were none. */
  readonly cancelP50Ms?: number;
  readonly cancelP99Ms?: number;
  readonly eventLoopP50Ms: number;
  readonly eventLoopP99Ms: number;
}

/** The event `work`, once a second. */
export interface WorkEvent {
  readonly now: WorkPoint;
  /** Present every ten seconds: the point to keep for the curves. */
  readonly kept?: WorkPoint;
  /** The searches that ended since the last event, at most 20. */
  readonly jobs: readonly Job[];
  readonly pool: {
    readonly threads: number;
    readonly running: number;
    readonly queued: number;
    readonly queueLimit: number;
    /** The running jobs, the oldest first, and then the waiting ones in the order in which they get threads; at most 40. */
    readonly jobs: readonly LiveJob[];
    /** How long the last 1,000 jobs had waited for their first threads. Absent before the first job. */
    readonly waits?: { readonly count: number; readonly p50Ms: number; readonly worstMs: number };
  };
  /** The workers of the Stratum server with the highest hash rates, at most 20. Absent without this server. */
  readonly workers?: readonly LiveWorker[];
  readonly miner: {
    readonly state: string;
    readonly circuit: string;
    readonly counts: Readonly<Record<string, number>>;
  };
  readonly viewers: number;
}

/** A job that is running or waiting. */
export interface LiveJob {
  readonly id: number;
  /** Absent if the job verifies answers. */
  readonly algorithm?: string;
  readonly kernel: string;
  readonly priority: 'normal' | 'background';
  /** The numbers of the threads that are working on it. Empty if it is waiting. */
  readonly threads: readonly number[];
  /** The maximum number of threads at a time. */
  readonly limit: number;
  readonly ageMs: number;
  /** How long it waited for its first thread. Absent if it is still waiting for that. */
  readonly waitedMs?: number;
  /** The time until it times out. Absent if it has no timeout. */
  readonly leftMs?: number;
  readonly hashes: number;
  /** The number of hashes that it takes on average. Absent for a search of several templates. */
  readonly expectedHashes?: number;
}

/** A worker that mines through the Stratum server. */
export interface LiveWorker {
  readonly name: string;
  readonly accepted: number;
  readonly refused: number;
  /** In the last five minutes. */
  readonly hashesPerSecond: number;
  /** Absent before the first share. */
  readonly lastShareAgeMs?: number;
}

/** A search that has ended. */
export interface Job {
  readonly timeMs: number;
  readonly algorithm: string;
  readonly kernel: string;
  readonly outcome: string;
  readonly hashes: number;
  readonly elapsedMs: number;
  readonly cancelLatencyMs?: number;
}

/** The answer to a request for one block. What was pruned is absent. */
export interface BlockCard {
  readonly hash: string;
  readonly parents: readonly string[];
  readonly children: readonly string[];
  readonly selectedParent?: string;
  readonly timestampMs: number;
  readonly bits: number;
  readonly difficulty: number;
  readonly blueScore: number;
  readonly daaScore: number;
  /** Decimal digits. */
  readonly blueWork: string;
  readonly mergeSetBlues: readonly string[];
  readonly mergeSetReds: readonly string[];
  /** Absent if the block is not in the past of the next block. */
  readonly position?: number;
  readonly isChainBlock: boolean;
  readonly colour?: BlockColour;
  readonly contents?: BlockContents;
}

export interface BlockColour {
  readonly colour: 'blue' | 'red';
  /** Absent if the next block would merge it. */
  readonly mergedBy?: string;
  /** The time of the block that merged it minus its own time. */
  readonly acceptedAfterMs?: number;
  readonly isSelectedParent: boolean;
  /** For a red block: the rule of the k-cluster that it breaks. Absent if blocks that would show it were pruned. */
  readonly rule?: string;
  /** The blues that show it. */
  readonly because?: readonly string[];
}

export interface BlockContents {
  readonly version: number;
  readonly timeSeconds: number;
  readonly nonce: number;
  readonly address: string;
  readonly extraNonce: string;
  /** At most 50. */
  readonly payloads: readonly Payload[];
  readonly payloadCount: number;
  readonly payloadBytes: number;
}

export interface Payload {
  readonly byteLength: number;
  /** The first bytes, at most 2,048. */
  readonly hex: string;
}

/** The answer to a search for the next block of a kind. Both are absent if there is none within the searched blocks. */
export interface Found {
  readonly hash?: string;
  /** The distance in the total order. */
  readonly distance?: number;
}
