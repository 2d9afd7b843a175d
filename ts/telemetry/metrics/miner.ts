/** The metrics of a miner. */
import type { BackoffReport, CircuitState, Miner, MinerState, Transition } from '../../miner/index.ts';
import { type MetricSet, oneHot } from './metric-set.ts';

/** The members of a Miner that {@link Metrics} uses. */
export type WatchedMiner = Pick<Miner, 'off' | 'on' | 'status'>;

const STATES: readonly MinerState[] = [
  'stopped',
  'mining',
  'backing-off',
  'circuit-open',
  'paused',
  'stopping',
];
const CIRCUIT_STATES: readonly CircuitState[] = ['closed', 'open', 'half-open'];

/** Updates the metrics of the miner. Returns a function that stops this. */
export function watchMiner(metrics: MetricSet, miner: WatchedMiner): () => void {
  metrics.sampled('qanto_miner_hashes_total', () => [{ value: miner.status().hashes }]);
  metrics.sampled('qanto_miner_hashes_per_second', () => {
    const { hashesPerSecond: value } = miner.status();
    return value === undefined ? [] : [{ value }];
  });
  metrics.sampled('qanto_miner_tries_total', () => {
    const { timedOut, ...counts } = miner.status().counts;
    return Object.entries({ ...counts, 'timed-out': timedOut }).map(([outcome, value]) => ({
      labels: { outcome },
      value,
    }));
  });
  metrics.sampled('qanto_miner_state', () => oneHot('state', STATES, miner.status().state));
  metrics.sampled('qanto_miner_circuit_state', () => oneHot('state', CIRCUIT_STATES, miner.status().circuit));

  const templates = metrics.counter('qanto_miner_templates_total');
  const backoffs = metrics.histogram('qanto_miner_backoff_delay_seconds');
  const gaveUp = metrics.counter('qanto_miner_gave_up_total');
  const transitions = metrics.counter('qanto_miner_circuit_transitions_total');
  for (const to of CIRCUIT_STATES) transitions.inc({ to }, 0);

  const onTemplate = () => templates.inc();
  const onBackoff = ({ delayMs }: BackoffReport) => backoffs.observe(delayMs / 1e3);
  const onGaveUp = () => gaveUp.inc();
  const onCircuit = ({ to }: Transition<CircuitState>) => transitions.inc({ to });
  miner.on('template', onTemplate).on('backoff', onBackoff).on('gave-up', onGaveUp).on('circuit', onCircuit);
  return () => {
    miner
      .off('template', onTemplate)
      .off('backoff', onBackoff)
      .off('gave-up', onGaveUp)
      .off('circuit', onCircuit);
  };
}
