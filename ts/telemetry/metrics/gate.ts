/** The metrics of the gates of the process. */
import { GATE_CHANNEL, type GateMessage } from '../../gate/channel.ts';
import type { MetricSet } from './metric-set.ts';

const { subscribe, unsubscribe } = process.getBuiltinModule('node:diagnostics_channel');

/** Updates the metrics of all gates. Returns a function that stops this. */
export function watchGates(metrics: MetricSet): () => void {
  const challenges = metrics.counter('qanto_gate_challenges_total');
  const requests = metrics.counter('qanto_gate_requests_total');
  const checks = metrics.histogram('qanto_gate_check_duration_seconds');
  const solves = metrics.histogram('qanto_gate_solve_duration_seconds');
  let price: number | undefined;
  metrics.sampled('qanto_gate_expected_tries', () => (price === undefined ? [] : [{ value: price }]));

  const onMessage = (published: unknown) => {
    const { outcome, reason = 'accepted', expectedTries, checkMs, solveMs } = published as GateMessage;
    if (outcome === 'issued') {
      challenges.inc();
      price = expectedTries;
      return;
    }
    requests.inc({ outcome: reason });
    if (checkMs !== undefined) checks.observe(checkMs / 1e3);
    if (solveMs !== undefined) solves.observe(solveMs / 1e3);
  };
  subscribe(GATE_CHANNEL, onMessage);
  return () => unsubscribe(GATE_CHANNEL, onMessage);
}
