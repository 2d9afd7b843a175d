// The Grafana dashboard as code. This program writes it to stdout as JSON; `npm run ops:dashboard` writes qanto.json.
import { BigValueTextMode, ReduceDataOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

const DATASOURCE = { type: 'prometheus', uid: '$datasource' };
const NODE = 'instance=~"$instance"';
const RATE = '[$__rate_interval]';

/** A line on a panel: an expression and its name in the legend. */
const query = (expr, legend = '{{instance}}') => ({ expr, legend });
const rate = (metric, by, legend = by.map((label) => `{{${label}}}`).join(' ')) =>
  query(`sum by (${by.join(', ')}) (rate(${metric}{${NODE}}${RATE}))`, legend);
const gauge = (metric, legend) => query(`${metric}{${NODE}}`, legend);
const quantile = (q, histogram) =>
  query(
    `histogram_quantile(${q}, sum by (le) (rate(${histogram}_bucket{${NODE}}${RATE})))`,
    `p${Math.round(q * 100)}`,
  );
const lastBlockAge = gauge('qanto_dag_last_block_age_seconds');

const rows = {
  Overview: [
    [
      'Node',
      stat,
      'none',
      'Version and network of each node',
      [gauge('qanto_info', '{{version}} on {{network}}')],
    ],
    ['Blocks', stat, 'short', 'Blocks in the DAG, genesis included', [gauge('qanto_dag_blocks')]],
    ['Last block', stat, 's', 'Time since the last block was accepted', [lastBlockAge]],
    [
      'Hash rate of the miner',
      stat,
      'Hs',
      'Hash rate of the miner over the last 10 s',
      [gauge('qanto_miner_hashes_per_second')],
    ],
    ['Miner', stat, 'none', 'State of the miner', [query(`qanto_miner_state{${NODE}} == 1`, '{{state}}')]],
    [
      'Circuit',
      stat,
      'none',
      'State of the circuit breaker; open means that mining pauses after too many failures',
      [query(`qanto_miner_circuit_state{${NODE}} == 1`, '{{state}}')],
    ],
  ],
  Mining: [
    [
      'Hash rate',
      timeseries,
      'Hs',
      'Hash rate of the hashing threads, by algorithm and kernel',
      [
        rate('qanto_hashes_total', ['algorithm', 'kernel']),
        rate('qanto_miner_hashes_total', ['instance'], 'miner'),
      ],
    ],
    [
      'Tries',
      timeseries,
      'cps',
      'Tries, by outcome; stale means that the DAG changed during the search',
      [
        rate('qanto_miner_tries_total', ['outcome']),
        rate('qanto_miner_templates_total', ['instance'], 'templates'),
      ],
    ],
    [
      'Waits',
      timeseries,
      's',
      'Duration of the waits after timeouts and failures',
      [
        quantile(0.5, 'qanto_miner_backoff_delay_seconds'),
        quantile(0.99, 'qanto_miner_backoff_delay_seconds'),
      ],
    ],
    [
      'Circuit changes and abandoned tries',
      timeseries,
      'cpm',
      'State changes of the circuit breaker, by new state, and sequences of tries that ended without a block, per minute',
      [
        query(`sum by (to) (increase(qanto_miner_circuit_transitions_total{${NODE}}[1m]))`, 'to {{to}}'),
        query(`sum(increase(qanto_miner_gave_up_total{${NODE}}[1m]))`, 'gave up'),
      ],
    ],
  ],
  Solver: [
    [
      'Searches',
      timeseries,
      'cps',
      'Settled searches, by outcome',
      [rate('qanto_solves_total', ['outcome'])],
    ],
    [
      'Search duration',
      timeseries,
      's',
      'Time from the submission until no thread works on the search',
      [quantile(0.5, 'qanto_solve_duration_seconds'), quantile(0.99, 'qanto_solve_duration_seconds')],
    ],
    [
      'Cancellation latency',
      timeseries,
      's',
      'Time from abort() until JavaScript is notified that the search has stopped',
      [quantile(0.5, 'qanto_cancel_latency_seconds'), quantile(0.99, 'qanto_cancel_latency_seconds')],
    ],
    [
      'Jobs and threads',
      timeseries,
      'short',
      'Running searches, queued searches, and hashing threads',
      [
        query(`sum by (state) (qanto_pool_jobs{${NODE}})`, '{{state}}'),
        query(`sum(qanto_pool_threads{${NODE}})`, 'threads'),
      ],
    ],
    [
      'Event loop delay',
      timeseries,
      's',
      'Delay of timers on the event loop; hashing does not run on it',
      [gauge('qanto_event_loop_delay_seconds', '{{statistic}}')],
    ],
  ],
  Gate: [
    [
      'Requests at the gate',
      timeseries,
      'cps',
      'Requests, by outcome: accepted, or the reason of the refusal; and challenges',
      [
        rate('qanto_gate_requests_total', ['outcome']),
        rate('qanto_gate_challenges_total', ['instance'], 'challenges'),
      ],
    ],
    [
      'Check duration',
      timeseries,
      's',
      'Time until a gate has decided about a request, including the claim',
      [
        quantile(0.5, 'qanto_gate_check_duration_seconds'),
        quantile(0.99, 'qanto_gate_check_duration_seconds'),
      ],
    ],
    [
      'Price',
      timeseries,
      'short',
      'Tries that the last challenge takes on average',
      [gauge('qanto_gate_expected_tries')],
    ],
    [
      'Time until the proof',
      timeseries,
      's',
      'Time from a challenge until its proof was accepted',
      [
        quantile(0.5, 'qanto_gate_solve_duration_seconds'),
        quantile(0.99, 'qanto_gate_solve_duration_seconds'),
      ],
    ],
  ],
  'JSON-RPC': [
    [
      'Requests over JSON-RPC',
      timeseries,
      'cps',
      'Answered requests, by method and outcome',
      [rate('qanto_rpc_requests_total', ['method', 'outcome'])],
    ],
    [
      'Long polls',
      timeseries,
      'short',
      'Requests for a template that wait for a change of the DAG',
      [gauge('qanto_rpc_long_polls')],
    ],
  ],
  DAG: [
    [
      'Added blocks',
      timeseries,
      'cps',
      'Blocks, by status: accepted, orphan, duplicate, rejected',
      [rate('qanto_dag_answers_total', ['status'])],
    ],
    [
      'Rejections',
      timeseries,
      'cps',
      'Refused blocks, by the code of the broken rule, and orphans that were dropped to make room',
      [
        rate('qanto_dag_rejections_total', ['code']),
        rate('qanto_dag_orphans_dropped_total', ['instance'], 'dropped orphans'),
      ],
    ],
    [
      'Blocks by colour',
      timeseries,
      'short',
      'Blocks that the next block builds on, by GHOSTDAG colour',
      [query(`sum by (colour) (qanto_dag_ordered_blocks{${NODE}})`, '{{colour}}')],
    ],
    [
      'Scores',
      timeseries,
      'short',
      'Blue score and DAA score of the next block',
      [gauge('qanto_dag_blue_score', 'blue'), gauge('qanto_dag_daa_score', 'DAA')],
    ],
    [
      'Tips and orphans',
      timeseries,
      'short',
      'Blocks without children, and blocks that wait for parents',
      [gauge('qanto_dag_tips', 'tips'), gauge('qanto_dag_orphans', 'orphans')],
    ],
    [
      'Difficulty',
      timeseries,
      'short',
      'Difficulty of the next block; 1 is about 2^32 hashes',
      [gauge('qanto_dag_difficulty')],
    ],
    [
      'Time since the last block',
      timeseries,
      's',
      'Time since the last block, and the target time of the network',
      [lastBlockAge, gauge('qanto_dag_target_block_time_seconds', 'target')],
    ],
    [
      'Clock offset',
      timeseries,
      's',
      'Time that is used for new blocks minus the time of the clock; if it is not 0, the log gives the reason',
      [gauge('qanto_dag_clock_offset_seconds')],
    ],
    [
      'Reorganisation depth',
      timeseries,
      'short',
      'Blocks that a change removes from the end of the total order',
      [
        quantile(0.5, 'qanto_dag_reorganisation_depth_blocks'),
        quantile(0.99, 'qanto_dag_reorganisation_depth_blocks'),
      ],
    ],
    [
      'Merge sets',
      timeseries,
      'short',
      'Blocks that a block merges in addition to its selected parent',
      [quantile(0.5, 'qanto_dag_merge_set_blocks'), quantile(0.99, 'qanto_dag_merge_set_blocks')],
    ],
  ],
  Stratum: [
    [
      'Connections',
      timeseries,
      'short',
      'Connections of miners, and sessions by state',
      [
        gauge('qanto_stratum_connections', 'connections'),
        query(`sum by (state) (qanto_stratum_sessions{${NODE}})`, '{{state}} sessions'),
      ],
    ],
    [
      'Hash rate of the workers',
      timeseries,
      'Hs',
      'Hash rate that the accepted shares of the last 5 minutes show, by worker',
      [
        query(`sum by (worker) (qanto_stratum_worker_hashes_per_second{${NODE}, window="5m"})`, '{{worker}}'),
        query(`sum(qanto_stratum_worker_hashes_per_second{${NODE}, window="1h"})`, 'all, over 1 h'),
      ],
    ],
    [
      'Shares',
      timeseries,
      'cps',
      'Submitted shares, by outcome: accepted, or the reason of the refusal',
      [rate('qanto_stratum_shares_total', ['outcome'])],
    ],
    [
      'Refused shares of the workers',
      timeseries,
      'percentunit',
      'Share of the submitted shares that were refused in the last 10 minutes, by worker',
      [
        query(
          `sum by (worker) (increase(qanto_stratum_worker_shares_total{${NODE}, outcome!="accepted"}[10m])) / sum by (worker) (increase(qanto_stratum_worker_shares_total{${NODE}}[10m]))`,
          '{{worker}}',
        ),
      ],
    ],
    [
      'Last share',
      timeseries,
      's',
      'Time since the last accepted share, by worker',
      [gauge('qanto_stratum_worker_last_share_age_seconds', '{{worker}}')],
    ],
    [
      'Best share',
      timeseries,
      'short',
      'Highest difficulty that a share of the worker has met',
      [gauge('qanto_stratum_worker_best_share_difficulty', '{{worker}}')],
    ],
    [
      'Blocks of the workers',
      timeseries,
      'cpm',
      'Blocks that workers found, by outcome, and bans, per minute',
      [
        query(`sum by (outcome) (increase(qanto_stratum_found_total{${NODE}}[1m]))`, '{{outcome}}'),
        query(`sum(increase(qanto_stratum_bans_total{${NODE}}[1m]))`, 'bans'),
      ],
    ],
    [
      'Jobs',
      timeseries,
      'cps',
      'Jobs that were made, and jobs that were sent to a connection',
      [
        rate('qanto_stratum_jobs_total', ['instance'], 'made'),
        rate('qanto_stratum_sent_jobs_total', ['instance'], 'sent'),
      ],
    ],
    [
      'Time until a job is sent',
      timeseries,
      's',
      'Time from a template until the last byte of its job is out',
      [
        quantile(0.5, 'qanto_stratum_job_sending_seconds'),
        quantile(0.99, 'qanto_stratum_job_sending_seconds'),
      ],
    ],
  ],
  Store: [
    [
      'Commit duration',
      timeseries,
      's',
      'Time until a transaction is on disk',
      [
        quantile(0.5, 'qanto_store_commit_duration_seconds'),
        quantile(0.99, 'qanto_store_commit_duration_seconds'),
      ],
    ],
    [
      'Commit size',
      timeseries,
      'bytes',
      'Bytes of the blocks in a transaction',
      [quantile(0.5, 'qanto_store_commit_size_bytes'), quantile(0.99, 'qanto_store_commit_size_bytes')],
    ],
    [
      'Disk space',
      timeseries,
      'bytes',
      'Size of the store, and size and free space of its file system',
      [
        gauge('qanto_store_size_bytes', 'store'),
        gauge('qanto_store_file_system_available_bytes', 'available'),
        gauge('qanto_store_file_system_size_bytes', 'file system'),
      ],
    ],
  ],
  Process: [
    [
      'Dropped telemetry',
      timeseries,
      'cps',
      'Spans and events that were dropped because JavaScript did not process them in time',
      [rate('qanto_telemetry_dropped_total', ['instance'])],
    ],
    [
      'Memory',
      timeseries,
      'bytes',
      'Resident memory of the process',
      [gauge('process_resident_memory_bytes')],
    ],
    [
      'CPU',
      timeseries,
      'short',
      'Cores in use, hashing threads included',
      [rate('process_cpu_seconds_total', ['instance'])],
    ],
  ],
};

/** Grafana's grid has 24 columns: six stats or two time series fit side by side. */
function panel([title, kind, unit, description, queries]) {
  const builder = new kind.PanelBuilder()
    .title(title)
    .description(description)
    .unit(unit)
    .datasource(DATASOURCE)
    .height(kind === stat ? 4 : 8)
    .span(kind === stat ? 4 : 12);
  if (kind === stat) {
    builder.reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
    // The information of a series without a unit is in its name.
    if (unit === 'none') builder.textMode(BigValueTextMode.Name);
  }
  for (const [index, { expr, legend }] of queries.entries()) {
    const target = new DataqueryBuilder()
      .refId(String.fromCharCode(65 + index))
      .datasource(DATASOURCE)
      .expr(expr)
      .legendFormat(legend);
    builder.withTarget(target);
  }
  return builder;
}

const dashboard = new DashboardBuilder('qanto')
  .uid('qanto')
  .description('Nodes that mine a qanto DAG, and services that solve proofs of work')
  .tags(['qanto'])
  .refresh('15s')
  .time({ from: 'now-1h', to: 'now' })
  .timezone('browser')
  .tooltip(DashboardCursorSync.Crosshair)
  .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
  .withVariable(
    new QueryVariableBuilder('instance')
      .label('Node')
      .datasource(DATASOURCE)
      .query('label_values(qanto_info, instance)')
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .multi(true)
      .includeAll(true),
  );
for (const [title, panels] of Object.entries(rows)) {
  dashboard.withRow(new RowBuilder(title));
  for (const definition of panels) dashboard.withPanel(panel(definition));
}
const built = dashboard.build();
// The SDK leaves the ids to Grafana. Without ids in the file, each import would differ from it.
for (const [index, numbered] of built.panels.entries()) numbered.id = index + 1;
process.stdout.write(`${JSON.stringify(built, undefined, 2)}\n`);
