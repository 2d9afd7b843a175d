/** The metrics of a DAG and its store. */
import {
  type BlockAdded,
  type BlockAnswer,
  type BlockRejectedError,
  DagClosedError,
  type DagInfo,
  type QantoDag,
  REJECTION_CODES,
  type StoreCommit,
  type StoreUsage,
  type VirtualChange,
} from '../../dag/index.ts';
import type { MetricSet, Sample } from './metric-set.ts';

/** The members of a QantoDag that {@link Metrics} uses. */
export type WatchedDag = Pick<QantoDag, 'getView' | 'info' | 'network' | 'off' | 'on' | 'storeUsage'>;

/** Updates the metrics of the DAG. Returns a function that stops this. */
export function watchDag(metrics: MetricSet, dag: WatchedDag): () => void {
  sampleInfo(metrics, dag);
  sampleStore(metrics, dag);

  // The age is measured here, because the clock of the machine may be wrong.
  let lastBlockAtMs = performance.now();
  metrics.sampled('qanto_dag_last_block_age_seconds', () => [
    { value: (performance.now() - lastBlockAtMs) / 1e3 },
  ]);
  metrics.sampled('qanto_dag_target_block_time_seconds', () => [
    { value: dag.network.targetTimePerBlockMs / 1e3 },
  ]);
  const answers = metrics.counter('qanto_dag_answers_total');
  for (const status of ['accepted', 'orphan', 'duplicate', 'rejected']) answers.inc({ status }, 0);
  const rejections = metrics.counter('qanto_dag_rejections_total');
  for (const code of REJECTION_CODES) rejections.inc({ code }, 0);
  const droppedOrphans = metrics.counter('qanto_dag_orphans_dropped_total');
  const mergeSets = metrics.histogram('qanto_dag_merge_set_blocks');
  const reorganisations = metrics.histogram('qanto_dag_reorganisation_depth_blocks');
  const commitDurations = metrics.histogram('qanto_store_commit_duration_seconds');
  const commitSizes = metrics.histogram('qanto_store_commit_size_bytes');

  const rejected = (code: string) => {
    answers.inc({ status: 'rejected' });
    rejections.inc({ code });
  };
  const listeners = {
    'block-added': ({ hash }: BlockAdded) => {
      lastBlockAtMs = performance.now();
      answers.inc({ status: 'accepted' });
      const view = viewOf(dag, hash);
      // The first blue block is the selected parent, which is not merged.
      if (view) mergeSets.observe(view.mergeSetBlues.length - 1 + view.mergeSetReds.length);
    },
    'block-answered': (answer: BlockAnswer) => {
      if (answer.status === 'rejected') rejected(answer.code);
      // Accepted blocks, including former orphans, are counted at 'block-added'.
      else if (answer.status !== 'accepted') answers.inc({ status: answer.status });
    },
    'orphan-rejected': ({ code }: BlockRejectedError) => rejected(code),
    'orphan-dropped': () => droppedOrphans.inc(),
    'virtual-changed': ({ removed }: VirtualChange) => {
      if (removed.length > 0) reorganisations.observe(removed.length);
    },
    'store-commit': ({ bytes, elapsedMs }: StoreCommit) => {
      commitDurations.observe(elapsedMs / 1e3);
      commitSizes.observe(bytes);
    },
  };
  const names = Object.keys(listeners) as (keyof typeof listeners)[];
  for (const name of names) dag.on(name, listeners[name] as () => void);
  return () => {
    for (const name of names) dag.off(name, listeners[name] as () => void);
  };
}

function sampleInfo(metrics: MetricSet, dag: WatchedDag): void {
  const sampled = (name: Parameters<MetricSet['sampled']>[0], read: (info: DagInfo) => Sample[]) =>
    metrics.sampled(name, () => {
      const info = infoOf(dag);
      return info ? read(info) : [];
    });
  sampled('qanto_dag_blocks', ({ blockCount: value }) => [{ value }]);
  sampled('qanto_dag_orphans', ({ orphanCount: value }) => [{ value }]);
  sampled('qanto_dag_tips', ({ tipCount: value }) => [{ value }]);
  sampled('qanto_dag_blue_score', ({ blueScore: value }) => [{ value }]);
  sampled('qanto_dag_daa_score', ({ daaScore: value }) => [{ value }]);
  sampled('qanto_dag_difficulty', ({ difficulty: value }) => [{ value }]);
  sampled('qanto_dag_clock_offset_seconds', ({ clockOffsetMs }) => [{ value: clockOffsetMs / 1e3 }]);
  sampled('qanto_dag_ordered_blocks', ({ blueScore, daaScore }) => [
    { labels: { colour: 'blue' }, value: blueScore },
    // The DAA score counts the merged blocks of both colours, except genesis.
    { labels: { colour: 'red' }, value: Math.max(daaScore + 1 - blueScore, 0) },
  ]);
}

function sampleStore(metrics: MetricSet, dag: WatchedDag): void {
  const fields = {
    qanto_store_size_bytes: 'sizeBytes',
    qanto_store_file_system_size_bytes: 'fileSystemBytes',
    qanto_store_file_system_available_bytes: 'availableBytes',
  } as const satisfies Record<string, keyof StoreUsage>;
  for (const name of Object.keys(fields) as (keyof typeof fields)[]) {
    metrics.sampledLater(name, async () => {
      // A closed DAG or a file system that does not respond must not affect the other metrics.
      const usage = await dag.storeUsage().catch(() => undefined);
      return usage ? [{ value: usage[fields[name]] }] : [];
    });
  }
}

/** Returns undefined if the DAG is closed, because a scrape must succeed then too. */
function infoOf(dag: WatchedDag): DagInfo | undefined {
  try {
    return dag.info();
  } catch (error) {
    if (error instanceof DagClosedError) return undefined;
    throw error;
  }
}

/** Undefined if the DAG was closed while the block was being written. */
function viewOf(dag: WatchedDag, hash: string): ReturnType<QantoDag['getView']> {
  try {
    return dag.getView(hash);
  } catch (error) {
    if (error instanceof DagClosedError) return undefined;
    throw error;
  }
}
