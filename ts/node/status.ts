import type { QantoDag } from 'qanto/dag';
import type { Miner, MinerStatus } from 'qanto/miner';
import type { Metrics } from 'qanto/telemetry';

/** The status of a node at one moment. */
export interface NodeStatus {
  /** Name of the network. */
  readonly network: string;
  /** Number of blocks in the DAG, including genesis. */
  readonly blocks: number;
  /** Number of blocks without children. */
  readonly tips: number;
  /** Blue score of the next block: the number of blue blocks in its past. */
  readonly blueScore: number;
  /** Difficulty of the next block, relative to compact bits 0x1d00ffff, which need 2^32 expected hashes. */
  readonly difficulty: number;
  /** Hash of the selected parent of the next block. */
  readonly sink: string;
  /** Time that is used for new blocks minus the time of the clock, in ms. It is 0 while the clock is used. */
  readonly clockOffsetMs: number;
  /** Time since the last block was accepted, in ms. Undefined before the first block of this run. */
  readonly lastBlockAgeMs: number | undefined;
  /** Time since the node was opened, in ms. */
  readonly uptimeMs: number;
  /** The status of the miner, as `miner.status()` returns it. */
  readonly miner: MinerStatus;
}

/** The status without its times. Its numbers are read from the metrics, so that the status and a scrape agree. */
export function statusFrom(
  metrics: Metrics,
  dag: QantoDag,
  miner: Miner,
): Omit<NodeStatus, 'lastBlockAgeMs' | 'uptimeMs'> {
  const now = (...series: Parameters<Metrics['value']>) => metrics.value(...series) ?? 0;
  const tries = (outcome: string) => now('qanto_miner_tries_total', { outcome });
  const { state, threads, circuit } = miner.status();
  return {
    network: dag.network.name,
    blocks: now('qanto_dag_blocks'),
    tips: now('qanto_dag_tips'),
    blueScore: now('qanto_dag_blue_score'),
    difficulty: now('qanto_dag_difficulty'),
    sink: dag.sink(),
    clockOffsetMs: now('qanto_dag_clock_offset_seconds') * 1000,
    miner: {
      state,
      threads,
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
