/** What a DAG tells of itself. */
import type { AddResult } from './acceptance.ts';
import type { Block } from './block.ts';
import type { VirtualChange } from './engine/types.ts';
import type { BlockRejectedError, RejectionCode } from './errors.ts';

/** A block that has been accepted and is on disk. */
export interface BlockAdded {
  readonly hash: string;
  readonly block: Block;
}

/** How `addBlock` answered: what it resolved to, or that the block breaks a rule. */
export type BlockAnswer =
  | { readonly status: AddResult['status'] }
  | { readonly status: 'rejected'; readonly code: RejectionCode };

/** One transaction that reached the disk. */
export interface StoreCommit {
  readonly blocks: number;
  /** Of headers, contexts and contents; the store's own overhead is not counted. */
  readonly bytes: number;
  readonly elapsedMs: number;
}

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
  /** Once for every block offered that was accepted, kept, known already or refused. */
  'block-answered': [BlockAnswer];
  'store-commit': [StoreCommit];
  /** Blocks behind the pruning point were dropped, from memory and from disk. */
  pruned: [PruningReport];
  /** Pruning found a fault of its own and dropped nothing; the DAG goes on, and grows. */
  'pruning-failed': [Error];
}

export interface PruningReport {
  readonly pruningPoint: string;
  /** Blocks that are not held any more. */
  readonly droppedBlocks: number;
  /** Blocks in memory now, genesis included. */
  readonly keptBlocks: number;
  /** From the beginning until it was on disk; the event loop ran in between. */
  readonly durationMs: number;
}

/** The head of a `pruned` block is held, its contents are not. */
export type BlockStatus = 'unknown' | 'orphan' | 'accepted' | 'rejected' | 'pruned';

/** The DAG at a glance. Scores, bits and difficulty are those the next block must carry. */
export interface DagInfo {
  readonly network: string;
  /** Accepted blocks, genesis and those pruned since included. */
  readonly blockCount: number;
  /** Accepted blocks in memory, genesis included. */
  readonly keptBlockCount: number;
  readonly tipCount: number;
  readonly orphanCount: number;
  /** The selected parent of the next block. */
  readonly sink: string;
  /** The sink will always build on this block. */
  readonly finalityPoint: string;
  /** Every new block must build on this block. */
  readonly pruningPoint: string;
  /** The position in the total order at which `order()` begins. */
  readonly orderStart: number;
  readonly blueScore: number;
  readonly daaScore: number;
  readonly bits: number;
  /** In Bitcoin's scale: 1 is bits 0x1d00ffff. */
  readonly difficulty: number;
  readonly pastMedianTimeMs: number;
  /** Timestamp of the block accepted last. */
  readonly lastBlockTimestampMs: number;
  /** False once a write has failed: nothing is accepted until the DAG is opened again. */
  readonly writable: boolean;
}
