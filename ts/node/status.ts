import type { QantoDag } from 'qanto/dag';
import type { Miner, MinerStatus } from 'qanto/miner';
import type { Metrics } from 'qanto/telemetry';

/** What a node is doing, at one instant. */
export interface NodeStatus {
  /** Name of the network. */
  readonly network: string;
  /** Blocks of the DAG, genesis included. */
  readonly blocks: number;
  /** Blocks without children. */
  readonly tips: number;
  /** Blue blocks in the past of the next block. */
  readonly blueScore: number;
  /** Of the next block, relative to compact bits 0x1d00ffff: 2^32 expected hashes. */
  readonly difficulty: number;
  /** Hash of the selected parent of the next block. */
  readonly sink: string;
  /** Since the last block was accepted, in ms; undefined until the first one in this run. */
  readonly lastBlockAgeMs: number | undefined;
  /** Since the store was open, in ms. */
  readonly uptimeMs: number;
  /** As `miner.status()` has it. */
  readonly miner: MinerStatus;
}

/** What can be counted and measured, read from the metrics: whoever looks here and at a scrape sees the same. */
export function statusFrom(
  metrics: Metrics,
  dag: QantoDag,
  miner: Miner,
): Omit<NodeStatus, 'lastBlockAgeMs' | 'uptimeMs'> {
  const now = (...series: Parameters<Metrics['value']>) => metrics.value(...series) ?? 0;
  const tries = (outcome: string) => now('qanto_miner_tries_total', { outcome });
  const { state, circuit } = miner.status();
  return {
    network: dag.network.name,
    blocks: now('qanto_dag_blocks'),
    tips: now('qanto_dag_tips'),
    blueScore: now('qanto_dag_blue_score'),
    difficulty: now('qanto_dag_difficulty'),
    sink: dag.sink(),
    miner: {
      state,
      circuit,
      counts: {
        mined: tries('mined'),
        stale: tries('stale'),
        timedOut: tries('timed-out'),
        exhausted: tries('exhausted'),
        cancelled: tries('cancelled'),
        failed: tries('failed'),
      },
      hashes: now('qanto_miner_hashes_total'),
      hashesPerSecond: metrics.value('qanto_miner_hashes_per_second'),
    },
  };
}
