/**
 * Every metric there is. docs/metrics.md is this table, and tests hold the dashboards and the rules to it. Labels are
 * bounded: each takes a handful of values that the code knows.
 */

/** What one metric is. Its name in {@link METRICS} ends in its base unit, that of a counter in `_total`. */
export interface MetricDefinition {
  /** As Prometheus has them: a counter only rises, a gauge goes both ways, a histogram counts into buckets. */
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** What is counted or measured, as the scrape says it. */
  readonly help: string;
  /** Names of its labels; empty for a metric of one series. */
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, in the unit of its name. Histograms alone have them. */
  readonly buckets?: readonly number[];
}

const SOLVE_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];
const CANCEL_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5];
const BACKOFF_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const COMMIT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const COMMIT_BYTES = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 67_108_864];
const BLOCK_COUNTS = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** Keeps the names in the type and leaves the rest to {@link MetricDefinition}. */
const table = <Name extends string>(
  definitions: Record<Name, MetricDefinition>,
): Readonly<Record<Name, MetricDefinition>> => definitions;

/** Every metric by its name; docs/metrics.md is this table. */
export const METRICS = table({
  qanto_info: {
    type: 'gauge',
    help: 'Always 1: the version of qanto, and the network of the DAG ("" without one)',
    labels: ['version', 'network'],
  },
  qanto_hashes_total: {
    type: 'counter',
    help: 'Nonces hashed by the threads of the process, running jobs included',
    labels: ['algorithm', 'kernel'],
  },
  qanto_solves_total: {
    type: 'counter',
    help: 'Searches of this thread that have settled, by how: found, cancelled, timed-out, budget-spent, exhausted, panicked',
    labels: ['algorithm', 'kernel', 'outcome'],
  },
  qanto_solve_duration_seconds: {
    type: 'histogram',
    help: 'From the submission of a search until no thread was left in it',
    labels: ['algorithm', 'outcome'],
    buckets: SOLVE_SECONDS,
  },
  qanto_cancel_latency_seconds: {
    type: 'histogram',
    help: 'From abort() until JavaScript heard that the search had stopped',
    labels: [],
    buckets: CANCEL_SECONDS,
  },
  qanto_pool_jobs: {
    type: 'gauge',
    help: 'Searches of the process: running on a thread, or queued for one',
    labels: ['state'],
  },
  qanto_pool_threads: {
    type: 'gauge',
    help: 'Hashing threads of the process; 0 before the first search',
    labels: [],
  },
  qanto_event_loop_delay_seconds: {
    type: 'gauge',
    help: 'How late the event loop served timers over the last 15 to 30 s: p50, p99, max',
    labels: ['statistic'],
  },
  qanto_miner_hashes_per_second: {
    type: 'gauge',
    help: 'Hash rate of the miner over the last 10 s; 0 when it does not hash',
    labels: [],
  },
  qanto_miner_hashes_total: {
    type: 'counter',
    help: 'Nonces hashed for the miner',
    labels: [],
  },
  qanto_miner_templates_total: {
    type: 'counter',
    help: 'Templates built and searched',
    labels: [],
  },
  qanto_miner_tries_total: {
    type: 'counter',
    help: 'How tries ended: mined, stale (the DAG changed, the template was given up), timed-out, exhausted, cancelled, failed',
    labels: ['outcome'],
  },
  qanto_miner_state: {
    type: 'gauge',
    help: '1 for the state the miner is in: stopped, mining, backing-off, paused, stopping',
    labels: ['state'],
  },
  qanto_miner_backoff_delay_seconds: {
    type: 'histogram',
    help: 'Waits after a time-out or a failure',
    labels: [],
    buckets: BACKOFF_SECONDS,
  },
  qanto_miner_gave_up_total: {
    type: 'counter',
    help: 'Sequences of tries that ended without a block',
    labels: [],
  },
  qanto_miner_circuit_state: {
    type: 'gauge',
    help: '1 for the state of the circuit breaker: closed, open, half-open',
    labels: ['state'],
  },
  qanto_miner_circuit_transitions_total: {
    type: 'counter',
    help: 'Changes of the circuit breaker, by the state it came to',
    labels: ['to'],
  },
  qanto_dag_blocks: {
    type: 'gauge',
    help: 'Blocks in the DAG, genesis included',
    labels: [],
  },
  qanto_dag_answers_total: {
    type: 'counter',
    help: 'What became of blocks, by status: accepted, orphan, duplicate, rejected; an orphan that is accepted later counts twice',
    labels: ['status'],
  },
  qanto_dag_rejections_total: {
    type: 'counter',
    help: 'Blocks refused, by the rule they broke; docs/protocol.md lists the codes',
    labels: ['code'],
  },
  qanto_dag_ordered_blocks: {
    type: 'gauge',
    help: 'Blocks the next block builds on, by GHOSTDAG colour: blue, red; reds merged too late for the difficulty window are left out',
    labels: ['colour'],
  },
  qanto_dag_orphans: {
    type: 'gauge',
    help: 'Blocks that wait in memory for their parents',
    labels: [],
  },
  qanto_dag_tips: {
    type: 'gauge',
    help: 'Blocks without children',
    labels: [],
  },
  qanto_dag_blue_score: {
    type: 'gauge',
    help: 'Blue score of the next block',
    labels: [],
  },
  qanto_dag_daa_score: {
    type: 'gauge',
    help: 'DAA score of the next block',
    labels: [],
  },
  qanto_dag_difficulty: {
    type: 'gauge',
    help: 'Difficulty of the next block; 1 is compact bits 0x1d00ffff, about 2^32 hashes',
    labels: [],
  },
  qanto_dag_target_block_time_seconds: {
    type: 'gauge',
    help: "The network's target time between blocks",
    labels: [],
  },
  qanto_dag_last_block_accepted_timestamp_seconds: {
    type: 'gauge',
    help: 'When a block was last accepted, as Unix time; until then, when watching began',
    labels: [],
  },
  qanto_dag_reorganisation_depth_blocks: {
    type: 'histogram',
    help: 'Blocks taken off the end of the total order by a change of it; changes that only append are not counted',
    labels: [],
    buckets: BLOCK_COUNTS,
  },
  qanto_dag_merge_set_blocks: {
    type: 'histogram',
    help: 'Blocks merged by an accepted block besides its selected parent',
    labels: [],
    buckets: BLOCK_COUNTS,
  },
  qanto_store_commit_duration_seconds: {
    type: 'histogram',
    help: 'How long a transaction took to be on disk',
    labels: [],
    buckets: COMMIT_SECONDS,
  },
  qanto_store_commit_size_bytes: {
    type: 'histogram',
    help: 'Bytes of the blocks in a transaction',
    labels: [],
    buckets: COMMIT_BYTES,
  },
  qanto_store_size_bytes: {
    type: 'gauge',
    help: "Bytes of the store's file",
    labels: [],
  },
  qanto_store_file_system_size_bytes: {
    type: 'gauge',
    help: 'Bytes of the file system the store is on',
    labels: [],
  },
  qanto_store_file_system_available_bytes: {
    type: 'gauge',
    help: 'Bytes left on that file system; the store grows into them',
    labels: [],
  },
  qanto_telemetry_dropped_total: {
    type: 'counter',
    help: 'Spans and events dropped because nobody drained them in time',
    labels: [],
  },
});

/** The name of a metric, such as `qanto_hashes_total`. */
export type MetricName = keyof typeof METRICS;
/** Every name, in the order of {@link METRICS}. */
export const METRIC_NAMES = Object.keys(METRICS) as MetricName[];
