import {
  type Fields,
  refuseUnknown,
  requireFunction,
  requireMethods,
  requireObject,
} from '../check-arguments.ts';
import type { QantoDag } from '../dag/index.ts';
import { checkEnvironment, type Environment } from '../environment.ts';
import { checkLogger, type Logger, labelled, silentLogger } from '../logger.ts';
import { onceAborted } from '../pow/abort.ts';
import { defaultThreads, solvePow } from '../pow/index.ts';
import { rethrowLater } from '../rethrow.ts';
import { type ActiveSpan, type TracePlace, tracePlace, withSpan } from '../tracing/index.ts';
import { Backoff } from './backoff.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { clockWaitMs } from './clock-behind.ts';
import {
  type CheckedMinerConfig,
  checkMinerConfig,
  checkThreads,
  MINER_CONFIG_FIELDS,
  type MinerConfig,
} from './config.ts';
import { NotAcceptedError } from './errors.ts';
import type {
  FailureReport,
  MinedReport,
  MinerEvents,
  MinerStage,
  MinerState,
  MinerStatus,
  SearchedTemplate,
  SearchReport,
} from './events.ts';
import { HashRateMeter } from './hash-rate.ts';
import { searchTemplate } from './search.ts';
import { systemTimers, type Timers } from './timers.ts';

const { EventEmitter } = process.getBuiltinModule('node:events');

const UINT32_RANGE = 2 ** 32;

/** The members of a QantoDag that a miner uses. */
export type MinableDag = Pick<
  QantoDag,
  'addBlock' | 'buildTemplate' | 'environment' | 'network' | 'off' | 'on' | 'sink'
>;

const DAG_METHODS = ['addBlock', 'buildTemplate', 'off', 'on', 'sink'] as const;

/** The options of a {@link Miner}: its configuration, and the objects that it uses. */
export interface MinerOptions extends MinerConfig {
  /** The source of start nonces, extra nonces and jitter. Default: the environment of the DAG. */
  readonly environment?: Environment;
  /**
   * Called for each template. It returns the payloads of the next block, no two of which may be equal. They are
   * copied. If it throws, the try fails. Default: no payloads.
   */
  readonly payloads?: () => readonly Uint8Array[];
  /** The logger. Each line has the field `module: 'miner'`. Default: none. */
  readonly logger?: Logger;
  /** The search function. A replacement must resolve and reject as `solvePow` does. Default: `solvePow`. */
  readonly solve?: typeof solvePow;
  /** The clock for backoffs, pauses and the hash rate. Default: `performance.now()` and Node's timers. */
  readonly timers?: Timers;
}

const OPTION_FIELDS: Fields<MinerOptions> = {
  ...MINER_CONFIG_FIELDS,
  environment: true,
  payloads: true,
  logger: true,
  solve: true,
  timers: true,
};

/** The outcome of a try. */
type TryOutcome =
  | { readonly kind: 'mined'; readonly report: MinedReport }
  | { readonly kind: 'cancelled' | 'exhausted' | 'stale' | 'timed-out'; readonly report: SearchReport }
  | { readonly kind: 'failed'; readonly report: FailureReport };

/**
 * A miner. It builds a template on the DAG's tips, searches it, submits the block, and repeats. When the DAG
 * changes, the search ends at once, and the miner builds a new template. After a timeout, it builds a new
 * template after an exponential backoff. Repeated failures open a circuit breaker. The compact bits are always
 * those that the DAG requires.
 *
 * In a seeded environment, start nonces and extra nonces depend only on the seed, the sink, and the number of
 * searches on this sink that found no hit. A seeded run that is stopped and resumed therefore produces the same
 * DAG.
 */
export class Miner extends EventEmitter<MinerEvents> {
  readonly #dag: MinableDag;
  readonly #config: CheckedMinerConfig;
  readonly #environment: Environment;
  readonly #payloads: () => readonly Uint8Array[];
  readonly #logger: Logger;
  readonly #solve: typeof solvePow;
  readonly #timers: Timers;
  readonly #backoff: Backoff;
  readonly #circuit: CircuitBreaker;
  readonly #meter = new HashRateMeter();
  readonly #counts = { mined: 0, stale: 0, timedOut: 0, exhausted: 0, cancelled: 0, failed: 0 };
  #state: MinerState = 'stopped';
  #threads: number | undefined;
  #isPaused = false;
  /** Ends the current search or wait, so that the miner looks at what has changed. */
  #interrupt = new AbortController();
  /** Called when the miner has paused or stopped, or is no longer going to pause. */
  readonly #onPaused = new Set<() => void>();
  #run: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;
  #searchedSink = '';
  #searchesWithoutHit = 0;
  /** Whether the last try failed because the clock is behind. */
  #waitsForClock = false;

  /**
   * Throws `ERR_QANTO_INVALID_ARGUMENT` if an argument is invalid, and `ERR_QANTO_UNSUPPORTED` if `useGpu` or
   * `zkEnabled` is true. Call {@link Miner.start} to start mining.
   */
  constructor(dag: MinableDag, options: MinerOptions) {
    super();
    requireMethods('dag', dag, DAG_METHODS);
    requireObject('options', options);
    refuseUnknown('options', options, OPTION_FIELDS);
    const { environment = dag.environment, payloads = () => [], logger = silentLogger } = options;
    checkEnvironment('options.environment', environment);
    checkLogger('options.logger', logger);
    requireFunction('options.payloads', payloads);
    this.#dag = dag;
    this.#environment = environment;
    this.#config = newConfig(options, dag, environment);
    this.#threads = this.#config.threads;
    this.#payloads = payloads;
    this.#logger = labelled(logger, 'miner');
    this.#solve = options.solve ?? solvePow;
    this.#timers = options.timers ?? systemTimers;
    this.#backoff = new Backoff(this.#config.backoff);
    this.#circuit = new CircuitBreaker(
      this.#config.circuit,
      () => this.#timers.now(),
      (from, to) => {
        this.#logger[to === 'open' ? 'warn' : 'info'](`circuit ${to}`, { from });
        this.#notify('circuit', { from, to });
      },
    );
  }

  /** The current state. The event `state` reports every change. */
  get state(): MinerState {
    return this.#state;
  }

  /** Whether the miner has been paused, and not resumed. It may still be ending its last search. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Returns a snapshot of the miner. */
  status(): MinerStatus {
    return {
      state: this.#state,
      threads: this.#threads,
      circuit: this.#circuit.state,
      counts: { ...this.#counts },
      hashes: this.#meter.total,
      hashesPerSecond: this.#state === 'mining' ? this.#meter.hashesPerSecond : 0,
    };
  }

  /**
   * Starts mining. It has no effect if the miner is mining already. During a `stop()`, mining resumes after the
   * stop.
   */
  start(): void {
    if (this.#run && !this.#run.stop.signal.aborted) return;
    const stop = new AbortController();
    const before = this.#run?.ended ?? Promise.resolve();
    const startedAt = tracePlace();
    const ended = before.then(() => this.#mine(stop.signal, startedAt));
    this.#run = { stop, ended };
  }

  /**
   * Stops mining. Resolves when hashing has stopped and a block that was being submitted is on disk. Further
   * calls have no effect and resolve at the same time.
   */
  async stop(): Promise<void> {
    if (!this.#run) return;
    const { stop, ended } = this.#run;
    if (!stop.signal.aborted && this.#state !== 'stopped') this.#moveTo('stopping');
    stop.abort();
    this.#interrupt.abort();
    await ended;
  }

  /**
   * Pauses mining until {@link Miner.resume} is called. A search or a wait ends at once; a block that is being submitted is
   * still added. Resolves when hashing has stopped, or when the miner is resumed or stopped before. A miner that is paused
   * and then started waits for `resume()`.
   */
  async pause(): Promise<void> {
    if (!this.#isPaused) {
      this.#isPaused = true;
      this.#logger.info('mining is paused');
      this.#interrupt.abort();
    }
    if (this.#state === 'paused' || !this.#isRunning()) return;
    await new Promise<void>((resolve) => this.#onPaused.add(resolve));
  }

  /** Continues after {@link Miner.pause}. It has no effect if the miner is not paused. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#logger.info('mining continues after a pause');
    this.#interrupt.abort();
    this.#settlePauses();
  }

  /**
   * Changes the maximum number of hashing threads, from 1 to 256. Undefined means `defaultThreads()`. A running search ends,
   * and another one begins with this number. Throws `ERR_QANTO_INVALID_ARGUMENT`.
   */
  setThreads(threads: number | undefined): void {
    checkThreads(threads);
    if (threads === this.#threads) return;
    this.#threads = threads;
    this.#logger.info('the number of threads has changed', { threads: threads ?? 'default' });
    if (this.#state === 'mining') this.#interrupt.abort();
  }

  /** Calls {@link stop}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #mine(stop: AbortSignal, startedAt: TracePlace): Promise<void> {
    while (!stop.aborted) {
      this.#interrupt = new AbortController();
      const { signal: end } = this.#interrupt;
      if (this.#isPaused) {
        await this.#rest('paused', new Promise<void>((resume) => onceAborted(end, resume)));
        continue;
      }
      const waitMs = this.#circuit.waitMs();
      if (waitMs > 0) {
        await this.#rest('circuit-open', this.#timers.sleep(waitMs, end));
        continue;
      }
      this.#moveTo('mining');
      const delayMs = await this.#mineBlock(end, startedAt);
      if (delayMs > 0 && !end.aborted) await this.#rest('backing-off', this.#timers.sleep(delayMs, end));
    }
    this.#meter.stop();
    this.#moveTo('stopped');
  }

  /**
   * Makes one try and returns the time to wait before the next, in ms. A try is its own trace, because mining
   * continues long after the span in which the miner was started has ended.
   */
  #mineBlock(end: AbortSignal, startedAt: TracePlace): Promise<number> {
    const work = async (span: ActiveSpan): Promise<number> => {
      const outcome = await this.#try(end);
      span.setAttribute('outcome', outcome.kind);
      if (outcome.kind === 'mined') span.setAttribute('block_id', outcome.report.hash);
      this.#record(outcome);
      return this.#delayAfter(outcome);
    };
    return withSpan('mine_block', {}, work, { root: true, links: [startedAt] });
  }

  async #try(end: AbortSignal): Promise<TryOutcome> {
    let stage: MinerStage = 'template';
    try {
      const { entropy } = this.#environment;
      const sink = this.#dag.sink();
      if (sink !== this.#searchedSink) {
        this.#searchedSink = sink;
        this.#searchesWithoutHit = 0;
      }
      const extraNonce = BigInt(entropy.uint32('extra-nonce', sink, this.#searchesWithoutHit));
      const startNonce = entropy.uint32('start-nonce', sink, this.#searchesWithoutHit);
      const template = withSpan('build_template', {}, () =>
        this.#dag.buildTemplate({ address: this.#config.address, extraNonce, payloads: this.#payloads() }),
      );

      const searched: SearchedTemplate = {
        selectedParent: template.selectedParent,
        parents: template.context.parents,
        bits: template.bits,
        extraNonce,
        startNonce,
      };
      this.#notify('template', searched);

      stage = 'solve';
      const startedAtMs = this.#timers.now();
      let hashes = 0;
      this.#meter.begin(startedAtMs);
      const outcome = await searchTemplate(template, startNonce, {
        dag: this.#dag,
        solve: this.#solve,
        end,
        threads: this.#threads,
        timeoutMs: this.#config.solveTimeoutMs,
        onProgress: (done) => {
          hashes = done;
          this.#meter.progress(done, this.#timers.now());
        },
      });
      const report: SearchReport = {
        template: searched,
        hashes,
        elapsedMs: this.#timers.now() - startedAtMs,
      };
      if (outcome.kind !== 'found') return { kind: outcome.kind, report };

      stage = 'submit';
      const { variant } = outcome.solution;
      const nonce = Number(outcome.solution.nonce);
      const { hash, status } = await withSpan('submit', {}, () =>
        this.#dag.addBlock(template.withNonce(nonce, variant)),
      );
      if (status !== 'accepted') {
        throw new NotAcceptedError(hash, status);
      }
      return { kind: 'mined', report: { ...report, hash, nonce, variant } };
    } catch (error) {
      return { kind: 'failed', report: { stage, error } };
    }
  }

  #record(outcome: TryOutcome): void {
    this.#counts[outcome.kind === 'timed-out' ? 'timedOut' : outcome.kind] += 1;
    const waitedForClock = this.#waitsForClock;
    this.#waitsForClock = false;
    if (waitedForClock && outcome.kind !== 'failed') {
      this.#logger.info('the clock has caught up with the recent blocks');
    }
    switch (outcome.kind) {
      case 'mined': {
        const { hash, hashes, elapsedMs } = outcome.report;
        this.#logger.debug('mined a block', { hash, hashes, elapsedMs });
        this.#notify('mined', outcome.report);
        this.#circuit.succeed();
        break;
      }
      case 'timed-out': {
        const { solveTimeoutMs } = this.#config;
        this.#searchesWithoutHit += 1;
        this.#logger.warn('no block was found within the solve timeout', {
          solveTimeoutMs,
          hashes: outcome.report.hashes,
        });
        this.#notify('timed-out', outcome.report);
        break;
      }
      case 'exhausted':
        this.#searchesWithoutHit += 1;
        this.#logger.debug('the nonce space is exhausted; trying another extra nonce');
        this.#notify('exhausted', outcome.report);
        break;
      case 'failed': {
        const { stage, error } = outcome.report;
        const isClockBehind = clockWaitMs(error) !== undefined;
        // A wait for the clock can take hours, in which every try fails in the same way.
        const level = isClockBehind && waitedForClock ? 'debug' : 'warn';
        this.#logger[level](`mining failed in the ${stage} stage`, { error });
        this.#waitsForClock = isClockBehind;
        this.#notify('failed', outcome.report);
        // If the circuit opened, its pause could continue long after the clock was corrected.
        if (!isClockBehind) this.#circuit.fail();
        break;
      }
      default:
        this.#notify(outcome.kind, outcome.report);
    }
  }

  /**
   * The time to wait before the next try, in ms. It is 0 if the circuit opens, because the pause replaces the
   * backoff.
   */
  #delayAfter(outcome: TryOutcome): number {
    const { kind } = outcome;
    if (kind === 'mined' || kind === 'stale') this.#backoff.reset();
    if (kind !== 'timed-out' && kind !== 'failed') return 0;
    const failedTries = this.#backoff.failedTries + 1;
    const clockMs = kind === 'failed' ? clockWaitMs(outcome.report.error) : undefined;
    if (clockMs !== undefined) {
      const { initialMs, maxMs } = this.#config.backoff;
      const delayMs = Math.min(Math.max(clockMs, initialMs), maxMs);
      this.#notify('backoff', { delayMs, failedTries });
      return delayMs;
    }
    const chance =
      this.#environment.entropy.uint32('backoff-jitter', this.#searchedSink, failedTries) / UINT32_RANGE;
    let delayMs = this.#backoff.fail(chance);
    if (delayMs === undefined) {
      this.#backoff.reset();
      delayMs = this.#config.backoff.maxMs;
      this.#logger.warn('a sequence of tries ended without a block; starting another', {
        tries: failedTries,
      });
      this.#notify('gave-up', { tries: failedTries });
      if (kind === 'timed-out') this.#circuit.fail();
    }
    if (this.#circuit.state === 'open') {
      this.#backoff.reset();
      return 0;
    }
    this.#notify('backoff', { delayMs, failedTries });
    return delayMs;
  }

  async #rest(state: 'backing-off' | 'circuit-open' | 'paused', end: Promise<void>): Promise<void> {
    this.#meter.stop();
    this.#moveTo(state);
    await end;
  }

  /** Whether the miner has been started, and has not stopped. */
  #isRunning(): boolean {
    return this.#run !== undefined && !(this.#run.stop.signal.aborted && this.#state === 'stopped');
  }

  #settlePauses(): void {
    for (const resolve of this.#onPaused) resolve();
    this.#onPaused.clear();
  }

  #moveTo(to: MinerState): void {
    const from = this.#state;
    if (from === to) return;
    this.#state = to;
    if (to === 'paused' || to === 'stopped') this.#settlePauses();
    this.#notify('state', { from, to });
  }

  #notify<Name extends keyof MinerEvents>(name: Name, ...values: MinerEvents[Name]): void {
    rethrowLater(() => super.emit(name, ...(values as never)));
  }
}

function newConfig(config: MinerConfig, dag: MinableDag, { seed }: Environment): CheckedMinerConfig {
  const { address, threads, useGpu = false, zkEnabled = false } = config;
  const attributes = { address: String(address), use_gpu: useGpu, zk_enabled: zkEnabled };
  const { targetTimePerBlockMs: networkTargetBlockTimeMs } = dag.network;
  return withSpan('miner_new', attributes, (span) => {
    // The default number of threads needs the addon, which a miner with its own search function may not need.
    if (span.isRecording()) span.setAttribute('threads', threads ?? defaultThreads());
    return checkMinerConfig(config, { networkTargetBlockTimeMs, seeded: seed !== undefined });
  });
}
