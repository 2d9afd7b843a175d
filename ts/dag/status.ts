/** The events and the status of a DAG. */
import type { AddResult } from './acceptance.ts';
import type { Block } from './block.ts';
import type { ClockReport } from './clock-guard.ts';
import type { VirtualChange } from './engine/types.ts';
import type { BlockRejectedError, RejectionCode } from './errors.ts';
import type { StoreSpace } from './store/store.ts';

/** A block that has been accepted and is on disk. */
export interface BlockAdded {
  /** The block's id: 64 hex digits in displayed order. */
  readonly hash: string;
  /** The block. Do not modify it. */
  readonly block: Block;
}

/** The outcome of `addBlock`: the status that it resolved with, or the rule that the block breaks. */
export type BlockAnswer =
  | {
      /** The status of the {@link AddResult}. */
      readonly status: AddResult['status'];
    }
  | {
      /** The block was refused: `addBlock` rejected with a BlockRejectedError. */
      readonly status: 'rejected';
      /** The code of the rule that the block breaks. */
      readonly code: RejectionCode;
    };

/** A transaction of accepted blocks that was written to disk. */
export interface StoreCommit {
  /** The number of blocks in it, including orphans whose parents arrived. */
  readonly blocks: number;
  /** The number of bytes of headers, contexts and contents, without the overhead of the store. */
  readonly bytes: number;
  /** The time from passing the blocks to the store until they were durable, in ms. */
  readonly elapsedMs: number;
}

/** The free space of the store, and the level that it has reached. */
export interface StoreSpaceChange extends StoreSpace {
  /**
   * `full`: fewer than `minFreeBytes` are available, and blocks are refused with `ERR_QANTO_STORE_FULL` until there are
   * more; reading and pruning still work. `low`: fewer than twice `minFreeBytes` are available. `ok`: more are
   * available.
   */
  readonly level: 'ok' | 'low' | 'full';
}

/**
 * The events of a DAG. No event reports a block before it is on disk. A listener that throws does not stop the DAG; its
 * error becomes an uncaught exception.
 *
 * `block-answered` is emitted in the async context (AsyncLocalStorage) of the call of `addBlock`, and so is `block-added`
 * unless the block waited for its parents. All other events can concern blocks of several callers, and are emitted in the
 * async context of the call of `QantoDag.open`.
 */
export interface QantoDagEvents {
  /** A block was accepted. Emitted once for every accepted block, parents before children. */
  'block-added': [BlockAdded];
  /**
   * The total order changed. A replica of `order()` stays equal to it by dropping `removed.length` blocks from its end
   * and appending `added`. Emitted after the `block-added` event of every block in `added`.
   */
  'virtual-changed': [VirtualChange];
  /** An orphan was refused: it breaks a rule, or its blue score is not greater than that of a new pruning point. */
  'orphan-rejected': [BlockRejectedError];
  /** An orphan was dropped because of `orphanLimits`. It may be offered again. */
  'orphan-dropped': [DroppedOrphan];
  /** A call of `addBlock` was answered: the block was accepted, kept as an orphan, a duplicate, or refused. */
  'block-answered': [BlockAnswer];
  /** Accepted blocks were written to disk. Their `block-added` events follow. Pruning does not emit this event. */
  'store-commit': [StoreCommit];
  /** Blocks behind the pruning point were dropped from memory and, unless the DAG is an `archive`, from disk. */
  pruned: [PruningReport];
  /**
   * Pruning failed because of a bug (`ERR_QANTO_PRUNING_MISMATCH`, `ERR_QANTO_RETENTION`) and dropped nothing. The DAG
   * still works, but grows. Without a listener the error becomes a process warning.
   */
  'pruning-failed': [Error];
  /**
   * The free space of the store reached another level. The level is `ok` at first. It is updated after each transaction
   * and when the store refuses blocks. A MemoryStore does not report it.
   */
  'store-space': [StoreSpaceChange];
  /** A write failed. No block is accepted until the DAG is opened again. Emitted once, with the error of the store. */
  'store-failed': [Error];
  /**
   * The store found damage. After opening, it verifies everything that it holds in the background. The DAG still works.
   * Without a listener the error becomes a process warning.
   */
  'store-damaged': [Error];
  /**
   * A checkpoint could not be written (`ERR_QANTO_CHECKPOINT_FAILED`), for example because the disk is full. The DAG still
   * works, but opening it takes longer until a checkpoint is written. It is tried again after a minute. Emitted for the first
   * failure, and again after a success. Without a listener the error becomes a process warning.
   */
  'checkpoint-failed': [Error];
  /**
   * The DAG uses the wall clock in another way than before: the {@link ClockState} has changed. It is also emitted after
   * opening if the clock is behind the sink, or more than a day ahead of it.
   */
  'clock-changed': [ClockReport];
}

/** How much of a DAG is loaded while it is being opened. */
export interface OpeningProgress {
  /** The number of blocks in memory, including genesis. */
  readonly blocks: number;
  /** The number of blocks that there will be. If blocks were pruned, it is an estimate until the end. */
  readonly totalBlocks: number;
}

/** The result of pruning. */
export interface PruningReport {
  /** Hash of the pruning point. */
  readonly pruningPoint: string;
  /** The number of blocks that are no longer held. */
  readonly droppedBlocks: number;
  /** The number of blocks in memory, including genesis. */
  readonly keptBlocks: number;
  /** The time from the start until the pruning was on disk, in ms. The event loop runs meanwhile. */
  readonly durationMs: number;
}

/** An orphan that was dropped because of `orphanLimits`. */
export interface DroppedOrphan {
  /** The block's id: 64 hex digits in displayed order. */
  readonly hash: string;
  /** The length of the encoded block, in bytes. */
  readonly byteLength: number;
}

/**
 * The status of a block. `accepted`: the block is in the DAG. `orphan`: it waits for its parents. `rejected`: it was
 * refused recently. `pruned`: its header and context are held, but its contents are not. `unknown`: none of these.
 */
export type BlockStatus = 'unknown' | 'orphan' | 'accepted' | 'rejected' | 'pruned';

/** A summary of the DAG. Scores, bits and difficulty are those that the next block must carry. */
export interface DagInfo {
  /** The name of the network. */
  readonly network: string;
  /** The number of accepted blocks, including genesis and blocks that were pruned. */
  readonly blockCount: number;
  /** The number of accepted blocks in memory, including genesis. */
  readonly keptBlockCount: number;
  /** The number of accepted blocks without children. */
  readonly tipCount: number;
  /** The number of blocks that wait in memory for their parents. */
  readonly orphanCount: number;
  /** Hash of the selected parent of the next block. */
  readonly sink: string;
  /** Hash of the finality point: the block of the selected chain on which the sink will always build, or genesis. */
  readonly finalityPoint: string;
  /** Hash of the pruning point: the block of the selected chain on which every new block must build, or genesis. */
  readonly pruningPoint: string;
  /** The position in the total order at which `order()` begins. */
  readonly orderStart: number;
  /** The position in the total order after its last block. */
  readonly orderEnd: number;
  /** The number of blue blocks in the past of the next block. */
  readonly blueScore: number;
  /** The number of blocks in the past of the next block that count for difficulty adjustment. Genesis does not. */
  readonly daaScore: number;
  /** The compact target (u32) of the next block. */
  readonly bits: number;
  /** The difficulty of the next block in Bitcoin's unit: 1 is bits 0x1d00ffff. */
  readonly difficulty: number;
  /** The timestamp of the next block must be greater than this; milliseconds since the Unix epoch. */
  readonly pastMedianTimeMs: number;
  /** The timestamp of the block accepted last, or of genesis; milliseconds since the Unix epoch. */
  readonly lastBlockTimestampMs: number;
  /**
   * The time that is used for templates minus the time of the wall clock, in ms. It is 0 while the DAG uses the wall
   * clock. The event `'clock-changed'` reports why the DAG uses another time.
   */
  readonly clockOffsetMs: number;
  /** Whether blocks can be accepted: false once a write has failed, until the DAG is opened again. */
  readonly writable: boolean;
}
