/** The metrics of the hashing threads and of searches. */
import { poolStatus, SOLVE_CHANNEL, type SolveMessage } from '../../pow/index.ts';
import type { MetricSet } from './metric-set.ts';
import type { Counter, Histogram } from './registry.ts';

const { subscribe, unsubscribe } = process.getBuiltinModule('node:diagnostics_channel');

interface Series {
  readonly solves: ReturnType<Counter['labels']>;
  readonly durations: ReturnType<Histogram['labels']>;
}

/** Updates the metrics of the solver. Returns a function that stops this. */
export function watchSolver(metrics: MetricSet): () => void {
  metrics.sampled('qanto_hashes_total', () =>
    poolStatus().hashes.map(({ algorithm, kernel, hashes }) => ({
      labels: { algorithm, kernel },
      value: hashes,
    })),
  );
  metrics.sampled('qanto_pool_jobs', () => {
    const { runningJobs, queuedJobs } = poolStatus();
    return [
      { labels: { state: 'running' }, value: runningJobs },
      { labels: { state: 'queued' }, value: queuedJobs },
    ];
  });
  metrics.sampled('qanto_pool_threads', () => [{ value: poolStatus().threads }]);

  const solves = metrics.counter('qanto_solves_total');
  const durations = metrics.histogram('qanto_solve_duration_seconds');
  const cancelLatencies = metrics.histogram('qanto_cancel_latency_seconds');
  // Looking up a series by its labels takes as long as a short search, so the series are cached. There are only a few.
  const known = new Map<string, Series>();
  const seriesOf = ({ algorithm, kernel, outcome }: SolveMessage): Series => {
    const key = `${algorithm} ${kernel} ${outcome}`;
    let series = known.get(key);
    if (!series) {
      series = {
        solves: solves.labels({ algorithm, kernel, outcome }),
        durations: durations.labels({ algorithm, outcome }),
      };
      known.set(key, series);
    }
    return series;
  };
  const onSolve = (published: unknown) => {
    const message = published as SolveMessage;
    const series = seriesOf(message);
    series.solves.inc();
    series.durations.observe(message.elapsedMs / 1e3);
    if (message.cancelLatencyMs !== undefined) cancelLatencies.observe(message.cancelLatencyMs / 1e3);
  };
  subscribe(SOLVE_CHANNEL, onSolve);
  return () => unsubscribe(SOLVE_CHANNEL, onSolve);
}
