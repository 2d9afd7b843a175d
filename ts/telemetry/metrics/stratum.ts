/** The metrics of a Stratum server. */
import { STRATUM_CHANNEL, type StratumMessage } from '../../stratum/channel.ts';
import type { StratumServer } from '../../stratum/index.ts';
import type { MetricSet, Sample } from './metric-set.ts';

const { subscribe, unsubscribe } = process.getBuiltinModule('node:diagnostics_channel');

/** The members of a StratumServer that {@link Metrics} uses. */
export type WatchedStratum = Pick<StratumServer, 'totals' | 'workerSeries'>;
type Series = ReturnType<WatchedStratum['workerSeries']>[number];

/** Updates the metrics of the server. Returns a function that stops this. */
export function watchStratum(metrics: MetricSet, stratum: WatchedStratum): () => void {
  metrics.sampled('qanto_stratum_connections', () => [{ value: stratum.totals().connections }]);
  metrics.sampled('qanto_stratum_sessions', () => byLabel('state', stratum.totals().sessions));
  metrics.sampled('qanto_stratum_jobs_total', () => [{ value: stratum.totals().jobs }]);
  metrics.sampled('qanto_stratum_sent_jobs_total', () => [{ value: stratum.totals().jobsSent }]);
  metrics.sampled('qanto_stratum_shares_total', () => {
    const { accepted, refused } = stratum.totals().shares;
    return byLabel('outcome', { accepted, ...refused });
  });
  metrics.sampled('qanto_stratum_found_total', () => byLabel('outcome', { ...stratum.totals().blocks }));
  metrics.sampled('qanto_stratum_bans_total', () => [{ value: stratum.totals().bans }]);

  /** One or more samples for each worker that has series. */
  const ofWorkers = (samples: (series: Series) => readonly Sample[]) => () =>
    stratum
      .workerSeries()
      .flatMap((series) =>
        samples(series).map(({ labels, value }) => ({ labels: { worker: series.worker, ...labels }, value })),
      );
  metrics.sampled(
    'qanto_stratum_worker_shares_total',
    ofWorkers(({ accepted, refused }) => byLabel('outcome', { accepted, ...refused })),
  );
  metrics.sampled(
    'qanto_stratum_worker_hashes_per_second',
    ofWorkers(({ hashesPerSecond: { minute, fiveMinutes, hour } }) =>
      byLabel('window', { '1m': minute, '5m': fiveMinutes, '1h': hour }),
    ),
  );
  metrics.sampled(
    'qanto_stratum_worker_last_share_age_seconds',
    ofWorkers(({ lastShareAgeMs: age }) => (age === undefined ? [] : [{ value: age / 1e3 }])),
  );
  metrics.sampled(
    'qanto_stratum_worker_best_share_difficulty',
    ofWorkers(({ bestShare: value }) => [{ value }]),
  );

  const sendings = metrics.histogram('qanto_stratum_job_sending_seconds');
  const onSent = (message: unknown) => sendings.observe((message as StratumMessage).elapsedMs / 1e3);
  subscribe(STRATUM_CHANNEL, onSent);
  return () => unsubscribe(STRATUM_CHANNEL, onSent);
}

function byLabel(label: string, counts: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value }));
}
