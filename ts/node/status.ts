import type { MinerStatus } from '../miner/index.ts';

/** What a node is doing, at one instant. */
export interface NodeStatus {
  readonly network: string;
  /** Blocks of the DAG, genesis included. */
  readonly blocks: number;
  readonly tips: number;
  /** Of the virtual block: blue blocks in the past of all tips. */
  readonly blueScore: number;
  /** Of the next block, relative to compact bits 0x1d00ffff: 2^32 expected hashes. */
  readonly difficulty: number;
  /** The heaviest tip. */
  readonly sink: string;
  /** Since the last block was accepted, in ms; undefined until the first one in this run. */
  readonly lastBlockAgeMs: number | undefined;
  readonly uptimeMs: number;
  readonly miner: MinerStatus;
}
