/** How the node works: its rates, its hashing threads and their jobs, its workers, and the searches that have ended. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { poolStatus, SOLVE_CHANNEL, type SolveMessage } from 'qanto';
import type { QantoDag } from 'qanto/dag';
import { native } from 'qanto/internal';
import type { Miner } from 'qanto/miner';
import type { StratumServer } from 'qanto/stratum';
import type { Metrics } from 'qanto/telemetry';
import type { Job, LiveWorker, WorkEvent, WorkPoint } from '../../view/messages.ts';

/** An hour of points of ten seconds. */
const MAX_POINTS = 360;
const SECONDS_PER_POINT = 10;
const MAX_JOBS = 100;
const MAX_JOBS_PER_EVENT = 20;
const MAX_LATENCIES = 1000;
const HOUR_MS = 3_600_000;
const MAX_LIVE_JOBS = 40;
const MAX_WORKERS = 20;

export interface WorkSources {
  readonly dag: QantoDag;
  readonly miner: Miner;
  readonly metrics: Metrics;
  readonly stratum?: StratumServer | undefined;
}

/** Call {@link Work.tick} once a second. Everything is kept in memory. */
export class Work {
  readonly #sources: WorkSources;
  readonly #points: WorkPoint[] = [];
  readonly #jobs: Job[] = [];
  /** The latencies of the last cancelled searches, and when they were cancelled. */
  readonly #latencies: { readonly timeMs: number; readonly latencyMs: number }[] = [];
  /** The number of blocks at the end of each of the last ten seconds. */
  readonly #counts: { readonly atMs: number; readonly blocks: number }[] = [];
  readonly #onSolve = (message: unknown) => this.#ended(message as SolveMessage);
  #ticks = 0;
  #unsent = 0;

  constructor(sources: WorkSources) {
    this.#sources = sources;
    this.#counts.push({ atMs: performance.now(), blocks: sources.dag.info().blockCount });
    subscribe(SOLVE_CHANNEL, this.#onSolve);
  }

  get points(): readonly WorkPoint[] {
    return this.#points;
  }

  /** The last searches, the oldest first. */
  get jobs(): readonly Job[] {
    return this.#jobs;
  }

  tick(viewers: number): WorkEvent {
    const now = this.#now();
    const isKept = ++this.#ticks % SECONDS_PER_POINT === 0;
    if (isKept) {
      this.#points.push(now);
      if (this.#points.length > MAX_POINTS) this.#points.shift();
    }
    const jobs = this.#jobs.slice(this.#jobs.length - Math.min(this.#unsent, MAX_JOBS_PER_EVENT));
    this.#unsent = 0;
    const { threads, runningJobs, queuedJobs, queueLimit } = poolStatus();
    const { miner, stratum } = this.#sources;
    const { state, circuit, counts } = miner.status();
    return {
      ...{ now, jobs, viewers },
      ...(isKept && { kept: now }),
      pool: {
        threads,
        running: runningJobs,
        queued: queuedJobs,
        queueLimit,
        ...(viewers > 0 ? liveJobs() : { jobs: [] }),
      },
      ...(stratum !== undefined && viewers > 0 && { workers: liveWorkers(stratum) }),
      miner: { state, circuit, counts: { ...counts } },
    };
  }

  close(): void {
    unsubscribe(SOLVE_CHANNEL, this.#onSolve);
  }

  #now(): WorkPoint {
    const { dag, metrics } = this.#sources;
    const { blockCount, tipCount } = dag.info();
    const atMs = performance.now();
    const first = this.#counts[0]!;
    this.#counts.push({ atMs, blocks: blockCount });
    if (this.#counts.length > SECONDS_PER_POINT) this.#counts.shift();
    const hashesPerSecond = metrics.value('qanto_miner_hashes_per_second');
    const ordered = (colour: string) => metrics.value('qanto_dag_ordered_blocks', { colour }) ?? 0;
    const delayMs = (statistic: string) =>
      1000 * (metrics.value('qanto_event_loop_delay_seconds', { statistic }) ?? 0);
    return {
      timeMs: Date.now(),
      ...(hashesPerSecond !== undefined && { hashesPerSecond }),
      blocksPerSecond: ((blockCount - first.blocks) * 1000) / Math.max(atMs - first.atMs, 1),
      ...{ blues: ordered('blue'), reds: ordered('red'), tips: tipCount },
      ...this.#cancelLatencies(),
      ...{ eventLoopP50Ms: delayMs('p50'), eventLoopP99Ms: delayMs('p99') },
    };
  }

  #cancelLatencies(): Pick<WorkPoint, 'cancelP50Ms' | 'cancelP99Ms'> {
    const since = Date.now() - HOUR_MS;
    while (this.#latencies.length > 0 && this.#latencies[0]!.timeMs < since) this.#latencies.shift();
    if (this.#latencies.length === 0) return {};
    const sorted = this.#latencies.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
    const at = (fraction: number) =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))]!;
    return { cancelP50Ms: at(0.5), cancelP99Ms: at(0.99) };
  }

  #ended(message: SolveMessage): void {
    const timeMs = Date.now();
    this.#jobs.push({ timeMs, ...message });
    if (this.#jobs.length > MAX_JOBS) this.#jobs.shift();
    this.#unsent++;
    const latencyMs = message.cancelLatencyMs;
    if (latencyMs === undefined) return;
    this.#latencies.push({ timeMs, latencyMs });
    if (this.#latencies.length > MAX_LATENCIES) this.#latencies.shift();
  }
}

/** What the hashing threads of the process are doing now. */
function liveJobs(): Pick<WorkEvent['pool'], 'jobs' | 'waits'> {
  const { jobs, waitsMs } = native().poolJobs(MAX_LIVE_JOBS);
  const count = waitsMs.length;
  const waits = { count, p50Ms: waitsMs[count >> 1]!, worstMs: waitsMs[count - 1]! };
  return { jobs, ...(count > 0 && { waits }) };
}

/** Those that have had a share. The rest are counted together, and have no row. */
function liveWorkers(stratum: StratumServer): LiveWorker[] {
  return stratum
    .workerSeries()
    .filter(({ worker }) => worker !== 'other')
    .map(({ worker, accepted, refused, hashesPerSecond, lastShareAgeMs }) => ({
      name: worker,
      accepted,
      refused: Object.values(refused).reduce((sum, count) => sum + count, 0),
      hashesPerSecond: hashesPerSecond.fiveMinutes,
      ...(lastShareAgeMs !== undefined && { lastShareAgeMs }),
    }))
    .sort((a, b) => b.hashesPerSecond - a.hashesPerSecond)
    .slice(0, MAX_WORKERS);
}
