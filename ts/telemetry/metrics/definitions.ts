/**
 * The table of all metrics. Tests compare docs/metrics.md, the dashboard and the alert rules with it. Each
 * label has only a few possible values; `worker` has the most, 101.
 */

/**
 * The definition of a metric. Its name in {@link METRICS} ends with its base unit, and that of a counter with
 * `_total`.
 */
export interface MetricDefinition {
  /**
   * The type, as in Prometheus: a counter only increases, a gauge goes up and down, a histogram counts in
   * buckets.
   */
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** The help text of the metric in a scrape. */
  readonly help: string;
  /** The names of its labels. A metric without labels has one series. */
  readonly labels: readonly string[];
  /** For histograms only: the upper bounds of the buckets, in the unit of the name. */
  readonly buckets?: readonly number[];
}

const SOLVE_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];
const CANCEL_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5];
const BACKOFF_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const COMMIT_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const COMMIT_BYTES = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 67_108_864];
const CHECK_SECONDS = [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.001, 0.005, 0.025, 0.1, 0.5, 1];
const SENDING_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 10];
const BLOCK_COUNTS = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** Returns the table with its names as literal types. */
const table = <Name extends string>(
  definitions: Record<Name, MetricDefinition>,
): Readonly<Record<Name, MetricDefinition>> => definitions;

/** All metrics by their names. docs/metrics.md contains the same table. */
export const METRICS = table({
  qanto_info: {
    type: 'gauge',
    help: 'Always 1; the labels are the version of qanto and the network of the DAG ("" without a DAG)',
    labels: ['version', 'network'],
  },
  qanto_hashes_total: {
    type: 'counter',
    help: 'Hashes computed by the process, including those of running searches',
    labels: ['algorithm', 'kernel'],
  },
  qanto_solves_total: {
    type: 'counter',
    help: 'Settled searches of this thread, by outcome: found, cancelled, timed-out, budget-spent, exhausted, panicked',
    labels: ['algorithm', 'kernel', 'outcome'],
  },
  qanto_solve_duration_seconds: {
    type: 'histogram',
    help: 'Time from the submission of a search until the last hashing thread left it',
    labels: ['algorithm', 'outcome'],
    buckets: SOLVE_SECONDS,
  },
  qanto_cancel_latency_seconds: {
    type: 'histogram',
    help: 'Time from abort() until the end of the search was reported to JavaScript',
    labels: [],
    buckets: CANCEL_SECONDS,
  },
  qanto_pool_jobs: {
    type: 'gauge',
    help: 'Searches of the process, by state: running, queued',
    labels: ['state'],
  },
  qanto_pool_threads: {
    type: 'gauge',
    help: 'Hashing threads of the process; 0 before the first search',
    labels: [],
  },
  qanto_event_loop_delay_seconds: {
    type: 'gauge',
    help: 'Delay of timers on the event loop over the last 15 to 30 s: p50, p99, max',
    labels: ['statistic'],
  },
  qanto_gate_challenges_total: {
    type: 'counter',
    help: 'Challenges that the gates of the process have made',
    labels: [],
  },
  qanto_gate_requests_total: {
    type: 'counter',
    help: 'Requests that the gates have decided about, by outcome: accepted, or the reason of the refusal; docs/gate.md lists the reasons',
    labels: ['outcome'],
  },
  qanto_gate_check_duration_seconds: {
    type: 'histogram',
    help: 'Time from the start of a check until its decision, including the claim',
    labels: [],
    buckets: CHECK_SECONDS,
  },
  qanto_gate_solve_duration_seconds: {
    type: 'histogram',
    help: 'Time from a challenge until its proof was accepted',
    labels: [],
    buckets: SOLVE_SECONDS,
  },
  qanto_gate_expected_tries: {
    type: 'gauge',
    help: 'Tries that the last challenge takes on average',
    labels: [],
  },
  qanto_miner_hashes_per_second: {
    type: 'gauge',
    help: 'Hash rate of the miner over the last 10 s; 0 when it is not hashing',
    labels: [],
  },
  qanto_miner_hashes_total: {
    type: 'counter',
    help: 'Hashes computed for the miner',
    labels: [],
  },
  qanto_miner_templates_total: {
    type: 'counter',
    help: 'Templates that the miner has built and searched',
    labels: [],
  },
  qanto_miner_tries_total: {
    type: 'counter',
    help: 'Tries of the miner, by outcome: mined, stale (the DAG changed during the search), timed-out, exhausted, cancelled, failed',
    labels: ['outcome'],
  },
  qanto_miner_state: {
    type: 'gauge',
    help: '1 for the current state of the miner, 0 for the others: stopped, mining, backing-off, circuit-open, paused, stopping',
    labels: ['state'],
  },
  qanto_miner_backoff_delay_seconds: {
    type: 'histogram',
    help: 'Delay before the next try after a timeout or a failure',
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
    help: '1 for the current state of the circuit breaker, 0 for the others: closed, open, half-open',
    labels: ['state'],
  },
  qanto_miner_circuit_transitions_total: {
    type: 'counter',
    help: 'State changes of the circuit breaker, by the new state',
    labels: ['to'],
  },
  qanto_dag_blocks: {
    type: 'gauge',
    help: 'Blocks in the DAG, including genesis',
    labels: [],
  },
  qanto_dag_answers_total: {
    type: 'counter',
    help: 'Blocks offered to the DAG, by status: accepted, orphan, duplicate, rejected; an orphan that is accepted later counts twice',
    labels: ['status'],
  },
  qanto_dag_rejections_total: {
    type: 'counter',
    help: 'Rejected blocks, by the code of the rule that they break; docs/protocol.md lists the codes',
    labels: ['code'],
  },
  qanto_dag_ordered_blocks: {
    type: 'gauge',
    help: 'Blocks in the past of the next block, by GHOSTDAG colour: blue, red; without red blocks that were merged too late for the difficulty window',
    labels: ['colour'],
  },
  qanto_dag_orphans: {
    type: 'gauge',
    help: 'Blocks that are waiting in memory for their parents',
    labels: [],
  },
  qanto_dag_orphans_dropped_total: {
    type: 'counter',
    help: 'Blocks without their parents that were dropped because there was no room for them',
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
    help: 'Target time between two blocks of the network',
    labels: [],
  },
  qanto_dag_last_block_age_seconds: {
    type: 'gauge',
    help: 'Time since a block was last accepted; before the first block, since the metrics were created',
    labels: [],
  },
  qanto_dag_clock_offset_seconds: {
    type: 'gauge',
    help: 'Time that is used for new blocks minus the time of the clock; 0 while the clock is used',
    labels: [],
  },
  qanto_dag_reorganisation_depth_blocks: {
    type: 'histogram',
    help: 'Blocks removed from the end of the total order by a reorganisation',
    labels: [],
    buckets: BLOCK_COUNTS,
  },
  qanto_dag_merge_set_blocks: {
    type: 'histogram',
    help: 'Blocks in the merge set of an accepted block, without its selected parent',
    labels: [],
    buckets: BLOCK_COUNTS,
  },
  qanto_store_commit_duration_seconds: {
    type: 'histogram',
    help: 'Time until a transaction was on disk',
    labels: [],
    buckets: COMMIT_SECONDS,
  },
  qanto_store_commit_size_bytes: {
    type: 'histogram',
    help: 'Size of the blocks in a transaction',
    labels: [],
    buckets: COMMIT_BYTES,
  },
  qanto_store_size_bytes: {
    type: 'gauge',
    help: 'Size of the file of the store',
    labels: [],
  },
  qanto_store_file_system_size_bytes: {
    type: 'gauge',
    help: 'Size of the file system that holds the store',
    labels: [],
  },
  qanto_store_file_system_available_bytes: {
    type: 'gauge',
    help: 'Free space on the file system that holds the store',
    labels: [],
  },
  qanto_stratum_connections: {
    type: 'gauge',
    help: 'Connections of the Stratum server',
    labels: [],
  },
  qanto_stratum_sessions: {
    type: 'gauge',
    help: 'Sessions of the Stratum server, by state: connected, resumable',
    labels: ['state'],
  },
  qanto_stratum_jobs_total: {
    type: 'counter',
    help: 'Jobs that the Stratum server has made',
    labels: [],
  },
  qanto_stratum_sent_jobs_total: {
    type: 'counter',
    help: 'Jobs that were sent; a job counts once for each connection',
    labels: [],
  },
  qanto_stratum_job_sending_seconds: {
    type: 'histogram',
    help: 'Time from a template until the system had taken the last byte of its job for the last connection',
    labels: [],
    buckets: SENDING_SECONDS,
  },
  qanto_stratum_shares_total: {
    type: 'counter',
    help: 'Submitted shares, by outcome: accepted, or the reason of the refusal; docs/stratum.md lists the reasons',
    labels: ['outcome'],
  },
  qanto_stratum_found_total: {
    type: 'counter',
    help: 'Blocks that workers found, by outcome: refused, accepted, and of the accepted ones blue, red',
    labels: ['outcome'],
  },
  qanto_stratum_bans_total: {
    type: 'counter',
    help: 'Bans of network addresses whose refused shares cost too many hashes',
    labels: [],
  },
  qanto_stratum_worker_shares_total: {
    type: 'counter',
    help: 'Submitted shares of a worker, by outcome; the label worker has at most 100 names and other',
    labels: ['worker', 'outcome'],
  },
  qanto_stratum_worker_hashes_per_second: {
    type: 'gauge',
    help: 'Hash rate that the accepted shares of a worker show, over the windows 1m, 5m, 1h',
    labels: ['worker', 'window'],
  },
  qanto_stratum_worker_last_share_age_seconds: {
    type: 'gauge',
    help: 'Time since the last accepted share of a worker',
    labels: ['worker'],
  },
  qanto_stratum_worker_best_share_difficulty: {
    type: 'gauge',
    help: 'Highest difficulty that the digest of an accepted share of a worker meets',
    labels: ['worker'],
  },
  qanto_rpc_requests_total: {
    type: 'counter',
    help: 'Requests that the server for JSON-RPC has answered, by method (unknown for others) and outcome: ok, error',
    labels: ['method', 'outcome'],
  },
  qanto_rpc_long_polls: {
    type: 'gauge',
    help: 'Requests for a template that wait for a change of the DAG',
    labels: [],
  },
  qanto_telemetry_dropped_total: {
    type: 'counter',
    help: 'Spans and events that were dropped because they were not received in time',
    labels: [],
  },
});

/** The name of a metric, such as `qanto_hashes_total`. */
export type MetricName = keyof typeof METRICS;
/** The names of all metrics, in the order of {@link METRICS}. */
export const METRIC_NAMES = Object.keys(METRICS) as MetricName[];
