/** The jobs of a server: one after the other, of which the latest ones are kept for a while. */
import type { QantoDag } from '../dag/index.ts';
import type { Logger } from '../logger.ts';
import { Job } from './job.ts';

/** A change of the DAG leads to a new job, but not sooner than this after the last one: a stock miner starts anew with each. */
const MIN_INTERVAL_MS = 250;
/**
 * A miner whose difficulty is far too low leads to a new job as well. All miners get it, since jobs for one alone would be too many to
 * keep. It comes not sooner than this after the last one.
 */
const RENEWAL_MS = 1000;
/** A job is replaced after this time, even if the DAG has not changed: miners reconnect when they hear nothing. */
const REFRESH_MS = 30_000;
/** Shares of a job are accepted for this time after another one has replaced it: the DAG still merges such a block. */
const KEPT_MS = 30_000;
const MAX_JOBS = 64;

export interface JobsContext {
  readonly dag: Pick<QantoDag, 'buildTemplate' | 'off' | 'on'>;
  readonly payloads: () => readonly Uint8Array[];
  readonly logger: Logger;
  /** A monotonic time in ms. */
  readonly now: () => number;
  /** Called with each new job. */
  readonly onJob: (job: Job) => void;
}

/** Replaced by the address of each connection. */
const ANY_ADDRESS = '0'.repeat(64);

export class Jobs {
  readonly #context: JobsContext;
  /** Oldest first. */
  readonly #jobs = new Map<string, { readonly job: Job; replacedAtMs: number }>();
  #latest: Job | undefined;
  #latestAtMs = -Infinity;
  #made = 0;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer makes the next job. */
  #dueAtMs = Infinity;
  #hasFailed = false;

  constructor(context: JobsContext) {
    this.#context = context;
  }

  start(): void {
    this.#context.dag.on('virtual-changed', this.#onChange);
    this.#make();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#context.dag.off('virtual-changed', this.#onChange);
  }

  /** The job to work on. Undefined until the DAG has given a template. */
  get latest(): Job | undefined {
    return this.#latest;
  }

  /** When the template of the latest job had been built. */
  get latestAtMs(): number {
    return this.#latestAtMs;
  }

  /** The number of jobs so far. */
  get made(): number {
    return this.#made;
  }

  /** A job whose shares are accepted. */
  get(id: string): Job | undefined {
    this.#forget();
    return this.#jobs.get(id)?.job;
  }

  /** Whether the shares of the job are accepted. */
  readonly isKnown = (id: string): boolean => this.#jobs.has(id);

  /** Makes a new job a second after the latest one, unless one is due before. */
  renew(): void {
    const nowMs = this.#context.now();
    const dueAtMs = Math.max(this.#latestAtMs + RENEWAL_MS, nowMs);
    if (!this.#hasFailed && dueAtMs < this.#dueAtMs) this.#schedule(dueAtMs - nowMs);
  }

  readonly #onChange = (): void => {
    const waitMs = this.#latestAtMs + MIN_INTERVAL_MS - this.#context.now();
    this.#schedule(Math.max(waitMs, 0));
  };

  #schedule(waitMs: number): void {
    clearTimeout(this.#timer);
    this.#dueAtMs = this.#context.now() + waitMs;
    this.#timer = setTimeout(() => this.#make(), waitMs).unref();
  }

  #make(): void {
    const { dag, payloads, logger, now, onJob } = this.#context;
    let job: Job | undefined;
    try {
      const before = this.#latest?.template.context;
      let template = dag.buildTemplate({ address: ANY_ADDRESS, payloads: payloads() });
      // Two jobs with the same content would have the same shares.
      if (before !== undefined && template.context.timestampMs <= before.timestampMs) {
        const timestampMs = Math.max(before.timestampMs + 1, template.context.timestampMs);
        template = dag.buildTemplate({ address: ANY_ADDRESS, payloads: payloads(), timestampMs });
      }
      this.#made += 1;
      job = new Job(this.#made.toString(16), template);
      this.#hasFailed = false;
    } catch (error) {
      // The reason may last, for example while the clock is behind. The miners go on with the job that they have.
      if (!this.#hasFailed) logger.warn('no job could be made; the miners keep the last one', { error });
      this.#hasFailed = true;
    }
    this.#schedule(this.#hasFailed ? MIN_INTERVAL_MS * 4 : REFRESH_MS);
    if (job === undefined) return;
    const nowMs = now();
    if (this.#latest !== undefined) this.#jobs.get(this.#latest.id)!.replacedAtMs = nowMs;
    this.#jobs.set(job.id, { job, replacedAtMs: Infinity });
    this.#latest = job;
    this.#latestAtMs = nowMs;
    this.#forget();
    onJob(job);
  }

  #forget(): void {
    const oldest = this.#context.now() - KEPT_MS;
    for (const [id, { replacedAtMs }] of this.#jobs) {
      if (replacedAtMs > oldest && this.#jobs.size <= MAX_JOBS) break;
      this.#jobs.delete(id);
    }
  }
}
