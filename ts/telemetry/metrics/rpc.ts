/** The metrics of a server for JSON-RPC. */
import type { MetricSet } from './metric-set.ts';

/** What {@link Metrics} reads of a server for JSON-RPC. */
export interface WatchedRpc {
  /** The number of answers for each method and outcome. */
  readonly counts: readonly {
    /** The name of the method, or `unknown` for all that do not exist. */
    readonly method: string;
    /** Whether the answer was an error. */
    readonly outcome: 'error' | 'ok';
    /** The number of such answers. */
    readonly count: number;
  }[];
  /** The number of requests that wait for a change of the DAG. */
  readonly longPolls: number;
}

/** Adds the metrics of a server. */
export function watchRpc(metrics: MetricSet, rpc: WatchedRpc): void {
  metrics.sampled('qanto_rpc_requests_total', () =>
    rpc.counts.map(({ method, outcome, count }) => ({ labels: { method, outcome }, value: count })),
  );
  metrics.sampled('qanto_rpc_long_polls', () => [{ value: rpc.longPolls }]);
}
