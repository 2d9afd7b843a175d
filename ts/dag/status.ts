/** What a DAG tells of itself. */
import type { AddResult } from './acceptance.ts';
import type { Block } from './block.ts';
import type { VirtualChange } from './engine/types.ts';
import type { BlockRejectedError, RejectionCode } from './errors.ts';
import type { StoreSpace } from './store/store.ts';

/** A block that has been accepted and is on disk. */
export interface BlockAdded {
  /** The block's id: 64 hex digits in displayed order. */
  readonly hash: string;
  /** The block itself; not to be changed. */
  readonly block: Block;
}

/** How `addBlock` answered: what it resolved to, or that the block breaks a rule. */
export type BlockAnswer =
  | {
      /** As {@link AddResult} has it. */
      readonly status: AddResult['status'];
    }
  | {
      /** `addBlock` rejected with a BlockRejectedError. */
      readonly status: 'rejected';
      /** The rule the block breaks. */
      readonly code: RejectionCode;
    };

/** One transaction of accepted blocks that reached the disk. */
export interface StoreCommit {
  /** How many there are in it, orphans whose parents came included. */
  readonly blocks: number;
  /** Of headers, contexts and contents; the store's own overhead is not counted. */
  readonly bytes: number;
  /** From handing them to the store until they were durable, in ms. */
  readonly elapsedMs: number;
}

/** How much room the store has for more blocks. */
export interface StoreSpaceChange extends StoreSpace {
  /**
   * `full`: less than `minFreeBytes` is left, and blocks are refused with `ERR_QANTO_STORE_FULL` until there is more; reading and
   * pruning go on. `low`: less than twice as much is left. `ok`: there is more.
   */
  readonly level: 'ok' | 'low' | 'full';
}

/**
 * What a DAG tells, by event. Nothing is told of a block before it is on disk. A listener that throws does not stop
 * the DAG: its error surfaces as uncaught.
 */
export interface QantoDagEvents {
  /** Once for every accepted block, parents before children. */
  'block-added': [BlockAdded];
  /**
   * The total order changed. A replica of `order()` stays equal to it by dropping `removed.length` blocks from its
   * end and appending `added`. Comes after the `block-added` of every block in it.
   */
  'virtual-changed': [VirtualChange];
  /** An orphan whose parents arrived breaks a rule, or the pruning point has passed it by. */
  'orphan-rejected': [BlockRejectedError];
  /** An orphan had to make room for others (`orphanLimits`). It may be offered again. */
  'orphan-dropped': [DroppedOrphan];
  /** Once for every block offered that was accepted, kept, known already or refused. */
  'block-answered': [BlockAnswer];
  /** Accepted blocks are on disk; their `block-added` come next. Pruning is not told of here. */
  'store-commit': [StoreCommit];
  /** Blocks behind the pruning point were dropped, from memory and, unless the DAG is an `archive`, from disk. */
  pruned: [PruningReport];
  /**
   * Pruning found a fault of its own (`ERR_QANTO_PRUNING_MISMATCH`, `ERR_QANTO_RETENTION`) and dropped nothing; the DAG goes on, and
   * grows. Where nobody listens it is a process warning.
   */
  'pruning-failed': [Error];
  /**
   * The room that the store has reached another level, `ok` at first. It is looked at after each transaction and when
   * the store refuses blocks; a store in memory does not tell it.
   */
  'store-space': [StoreSpaceChange];
  /** A write has failed: nothing is accepted until the DAG is opened again. Emitted once, with what the store said. */
  'store-failed': [Error];
  /**
   * After opening, the store reads everything it holds in the background; this is what it found wrong. The DAG goes on.
   * Where nobody listens it is a process warning.
   */
  'store-damaged': [Error];
}

/** What pruning has dropped. */
export interface PruningReport {
  /** Hash of the block behind which the past was dropped. */
  readonly pruningPoint: string;
  /** Blocks that are not held any more. */
  readonly droppedBlocks: number;
  /** Blocks in memory now, genesis included. */
  readonly keptBlocks: number;
  /** From the beginning until it was on disk, in ms; the event loop ran in between. */
  readonly durationMs: number;
}

/** An orphan that had to make room for others. */
export interface DroppedOrphan {
  /** The block's id: 64 hex digits in displayed order. */
  readonly hash: string;
  /** Length of its encoded form. */
  readonly byteLength: number;
}

/**
 * What a DAG knows of a block: `accepted` ones are in it, an `orphan` waits for its parents, a `rejected` one broke a
 * rule not long ago. The head of a `pruned` block is held, its contents are not.
 */
export type BlockStatus = 'unknown' | 'orphan' | 'accepted' | 'rejected' | 'pruned';

/** The DAG at a glance. Scores, bits and difficulty are those the next block must carry. */
export interface DagInfo {
  /** Name of the network. */
  readonly network: string;
  /** Accepted blocks, genesis and those pruned since included. */
  readonly blockCount: number;
  /** Accepted blocks in memory, genesis included. */
  readonly keptBlockCount: number;
  /** Accepted blocks without children. */
  readonly tipCount: number;
  /** Blocks that wait in memory for their parents. */
  readonly orphanCount: number;
  /** Hash of the selected parent of the next block. */
  readonly sink: string;
  /** The sink will always build on this block: the chain block at the finality depth, or genesis. */
  readonly finalityPoint: string;
  /** Every new block must build on this block: the chain block at the pruning depth, or genesis. */
  readonly pruningPoint: string;
  /** The position in the total order at which `order()` begins. */
  readonly orderStart: number;
  /** Blue blocks in the past of the next block. */
  readonly blueScore: number;
  /** Blocks in its past that count for difficulty adjustment, genesis not among them. */
  readonly daaScore: number;
  /** Its compact target (u32). */
  readonly bits: number;
  /** In Bitcoin's scale: 1 is bits 0x1d00ffff. */
  readonly difficulty: number;
  /** Its timestamp must be greater than this; milliseconds since the Unix epoch. */
  readonly pastMedianTimeMs: number;
  /** Timestamp of the block accepted last, or of genesis; milliseconds since the Unix epoch. */
  readonly lastBlockTimestampMs: number;
  /** False once a write has failed: nothing is accepted until the DAG is opened again. */
  readonly writable: boolean;
}
