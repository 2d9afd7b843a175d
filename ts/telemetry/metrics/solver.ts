/** What the hashing threads do, and how searches end. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { poolStatus, SOLVE_CHANNEL, type SolveMessage } from '../../pow/index.ts';
import type { MetricSet } from './metric-set.ts';

/** Returns the function that stops watching. */
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
  const onSolve = (message: unknown) => {
    const { algorithm, kernel, outcome, elapsedMs, cancelLatencyMs } = message as SolveMessage;
    solves.inc({ algorithm, kernel, outcome });
    durations.observe({ algorithm, outcome }, elapsedMs / 1e3);
    if (cancelLatencyMs !== undefined) cancelLatencies.observe(cancelLatencyMs / 1e3);
  };
  subscribe(SOLVE_CHANNEL, onSolve);
  return () => unsubscribe(SOLVE_CHANNEL, onSolve);
}
