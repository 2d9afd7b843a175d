/** What a DAG tells of itself. */
import type { Block } from './block.ts';
import type { VirtualChange } from './engine/types.ts';
import type { BlockRejectedError } from './errors.ts';

/** A block that has been accepted and is on disk. */
export interface BlockAdded {
  readonly hash: string;
  readonly block: Block;
}

export interface QantoDagEvents {
  /** Once for every accepted block, parents before children. */
  'block-added': [BlockAdded];
  /**
   * The total order changed. A replica of `order()` stays equal to it by dropping `removed.length` blocks from its
   * end and appending `added`. Comes after the `block-added` of every block in it.
   */
  'virtual-changed': [VirtualChange];
  /** An orphan whose parents arrived breaks a rule. */
  'orphan-rejected': [BlockRejectedError];
}

export type BlockStatus = 'unknown' | 'orphan' | 'accepted' | 'rejected';

/** The DAG at a glance. Scores, bits and difficulty are those the next block must carry. */
export interface DagInfo {
  readonly network: string;
  /** Accepted blocks, genesis included. */
  readonly blockCount: number;
  readonly tipCount: number;
  readonly orphanCount: number;
  /** The heaviest tip. */
  readonly sink: string;
  readonly blueScore: number;
  readonly daaScore: number;
  readonly bits: number;
  /** In Bitcoin's scale: 1 is bits 0x1d00ffff. */
  readonly difficulty: number;
  readonly pastMedianTimeMs: number;
  /** Timestamp of the block accepted last. */
  readonly lastBlockTimestampMs: number;
}
