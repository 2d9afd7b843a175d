import { type Fields, refuseUnknown, requireMethods, requireObject } from '../check-arguments.ts';
import type { QantoDag } from '../dag/index.ts';
import { checkEnvironment, type Environment } from '../environment.ts';
import { mustBe } from '../errors.ts';
import { checkLogger, type Logger, labelled, silentLogger } from '../logger.ts';
import { defaultThreads, solvePow } from '../pow/index.ts';
import { type ActiveSpan, type TracePlace, tracePlace, withSpan } from '../tracing/index.ts';
import { Backoff } from './backoff.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import {
  type CheckedMinerConfig,
  checkMinerConfig,
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

/** What the miner needs of a DAG: a QantoDag is one. */
export type MinableDag = Pick<
  QantoDag,
  'addBlock' | 'buildTemplate' | 'environment' | 'network' | 'off' | 'on' | 'sink'
>;

const DAG_METHODS = ['addBlock', 'buildTemplate', 'off', 'on', 'sink'] as const;

/** What a miner is made with: its configuration, and what it works with. */
export interface MinerOptions extends MinerConfig {
  /** Where start nonces, extra nonces and jitter come from. Default: the DAG's own. */
  readonly environment?: Environment;
  /**
   * Called for each template: the payloads of the next block, no two of them equal. They are copied. Default: none.
   * What it throws makes the try fail.
   */
  readonly payloads?: () => readonly Uint8Array[];
  /** Where log lines go, with the field `module: 'miner'`. Default: nowhere. */
  readonly logger?: Logger;
  /** The search; default `solvePow`. For tests and for searches elsewhere: its outcomes must be those of `solvePow`. */
  readonly solve?: typeof solvePow;
  /** What backoffs, pauses and the hash rate are timed by. Default: `performance.now()` and Node's own timers. */
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

/** How one try ended. */
type TryOutcome =
  | { readonly kind: 'mined'; readonly report: MinedReport }
  | { readonly kind: 'cancelled' | 'exhausted' | 'stale' | 'timed-out'; readonly report: SearchReport }
  | { readonly kind: 'failed'; readonly report: FailureReport };

/**
 * Mines: builds a template on the DAG's tips, searches it, submits the block, and again. A change of the DAG ends
 * the search at once and a fresh template takes its place. A time-out refreshes the template after an exponential
 * backoff; failures that go on open a circuit breaker. Bits are what the DAG asks for, always.
 *
 * Under a seeded environment start nonces and extra nonces are a function of the seed, the sink and how often the
 * sink was searched in vain, so that a run that is stopped and resumed makes the same DAG.
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
  #run: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;
  #searchedSink = '';
  #searchesInVain = 0;

  /** Throws `ERR_QANTO_INVALID_ARGUMENT` or `ERR_QANTO_UNSUPPORTED` for an option that is wrong. */
  constructor(dag: MinableDag, options: MinerOptions) {
    super();
    requireMethods('dag', dag, DAG_METHODS);
    requireObject('options', options);
    refuseUnknown('options', options, OPTION_FIELDS);
    const { environment = dag.environment, payloads = () => [], logger = silentLogger } = options;
    checkEnvironment('options.environment', environment);
    checkLogger('options.logger', logger);
    if (typeof payloads !== 'function') {
      throw mustBe('options.payloads', payloads, 'a function');
    }
    this.#dag = dag;
    this.#environment = environment;
    this.#config = newConfig(options, dag, environment);
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

  /** What it is doing now; the event `state` tells of every change. */
  get state(): MinerState {
    return this.#state;
  }

  /** A snapshot: asking again gives another. */
  status(): MinerStatus {
    return {
      state: this.#state,
      circuit: this.#circuit.state,
      counts: { ...this.#counts },
      hashes: this.#meter.total,
      hashesPerSecond: this.#state === 'mining' ? this.#meter.hashesPerSecond : 0,
    };
  }

  /** Begins to mine. Does nothing when it mines already; after a `stop()` that is under way, mines on from there. */
  start(): void {
    if (this.#run && !this.#run.stop.signal.aborted) return;
    const stop = new AbortController();
    const before = this.#run?.ended ?? Promise.resolve();
    const startedAt = tracePlace();
    const ended = before.then(() => this.#mine(stop.signal, startedAt));
    this.#run = { stop, ended };
  }

  /**
   * Stops mining. Resolves once no thread hashes for this miner and a block that was being submitted is durable.
   * Does nothing more when called again.
   */
  async stop(): Promise<void> {
    if (!this.#run) return;
    const { stop, ended } = this.#run;
    if (!stop.signal.aborted && this.#state !== 'stopped') this.#moveTo('stopping');
    stop.abort();
    await ended;
  }

  /** Stops mining, as {@link stop} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #mine(stop: AbortSignal, startedAt: TracePlace): Promise<void> {
    while (!stop.aborted) {
      const pauseMs = this.#circuit.pauseMs();
      if (pauseMs > 0) {
        await this.#rest('paused', pauseMs, stop);
        continue;
      }
      this.#moveTo('mining');
      const delayMs = await this.#mineBlock(stop, startedAt);
      if (delayMs > 0 && !stop.aborted) await this.#rest('backing-off', delayMs, stop);
    }
    this.#meter.stop();
    this.#moveTo('stopped');
  }

  /**
   * One try; returns how long to wait before the next. It is a trace of its own: mining goes on long after whoever started
   * it has done what he did.
   */
  #mineBlock(stop: AbortSignal, startedAt: TracePlace): Promise<number> {
    const work = async (span: ActiveSpan): Promise<number> => {
      const outcome = await this.#try(stop);
      span.setAttribute('outcome', outcome.kind);
      if (outcome.kind === 'mined') span.setAttribute('block_id', outcome.report.hash);
      this.#record(outcome);
      return this.#delayAfter(outcome);
    };
    return withSpan('mine_block', {}, work, { root: true, links: [startedAt] });
  }

  async #try(stop: AbortSignal): Promise<TryOutcome> {
    let stage: MinerStage = 'template';
    try {
      const { entropy } = this.#environment;
      const sink = this.#dag.sink();
      if (sink !== this.#searchedSink) {
        this.#searchedSink = sink;
        this.#searchesInVain = 0;
      }
      const extraNonce = BigInt(entropy.uint32('extra-nonce', sink, this.#searchesInVain));
      const startNonce = entropy.uint32('start-nonce', sink, this.#searchesInVain);
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
        stop,
        threads: this.#config.threads,
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
        this.#searchesInVain += 1;
        this.#logger.warn('no block within the solve timeout', {
          solveTimeoutMs,
          hashes: outcome.report.hashes,
        });
        this.#notify('timed-out', outcome.report);
        break;
      }
      case 'exhausted':
        this.#searchesInVain += 1;
        this.#logger.debug('nonce space exhausted, rolling the extra nonce');
        this.#notify('exhausted', outcome.report);
        break;
      case 'failed': {
        const { stage, error } = outcome.report;
        this.#logger.warn(`mining failed at its ${stage} stage`, { error });
        this.#notify('failed', outcome.report);
        this.#circuit.fail();
        break;
      }
      default:
        this.#notify(outcome.kind, outcome.report);
    }
  }

  /** How long to wait before the next try, in ms. A pause of the circuit takes the place of a backoff. */
  #delayAfter({ kind }: TryOutcome): number {
    if (kind === 'mined' || kind === 'stale') this.#backoff.reset();
    if (kind !== 'timed-out' && kind !== 'failed') return 0;
    const failedTries = this.#backoff.failedTries + 1;
    const chance =
      this.#environment.entropy.uint32('backoff-jitter', this.#searchedSink, failedTries) / UINT32_RANGE;
    let delayMs = this.#backoff.fail(chance);
    if (delayMs === undefined) {
      this.#backoff.reset();
      delayMs = this.#config.backoff.maxMs;
      this.#logger.warn('gave up a sequence of tries, beginning another', { tries: failedTries });
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

  async #rest(state: 'backing-off' | 'paused', delayMs: number, stop: AbortSignal): Promise<void> {
    this.#meter.stop();
    this.#moveTo(state);
    await this.#timers.sleep(delayMs, stop);
  }

  #moveTo(to: MinerState): void {
    const from = this.#state;
    if (from === to) return;
    this.#state = to;
    this.#notify('state', { from, to });
  }

  /** A listener that throws is the listener's bug: it surfaces as such, and mining goes on. */
  #notify<Name extends keyof MinerEvents>(name: Name, ...values: MinerEvents[Name]): void {
    try {
      super.emit(name, ...(values as never));
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

function newConfig(config: MinerConfig, dag: MinableDag, { seed }: Environment): CheckedMinerConfig {
  const { address, threads, useGpu = false, zkEnabled = false } = config;
  const attributes = { address: String(address), use_gpu: useGpu, zk_enabled: zkEnabled };
  const { targetTimePerBlockMs: networkTargetBlockTimeMs } = dag.network;
  return withSpan('miner_new', attributes, (span) => {
    // Asking for the default loads the addon, which a miner with a search of its own may do without.
    if (span.isRecording()) span.setAttribute('threads', threads ?? defaultThreads());
    return checkMinerConfig(config, { networkTargetBlockTimeMs, seeded: seed !== undefined });
  });
}
