/**
 * Threads that derive keys. The pool of libuv is not used, because files and names of hosts would then wait for minutes. The
 * threads are started when they are needed, and those that are idle do not keep the process alive.
 */
import type { Worker } from 'node:worker_threads';
import { AbortError, QantoError, QueueFullError } from '../../errors.ts';
import { onceAborted } from '../../pow/abort.ts';
import {
  END,
  HIT,
  LIMIT,
  NEXT,
  PLACES,
  RUNNING,
  STOP,
  TRIES,
  WORKER_SOURCE,
  YIELD,
} from './worker-source.ts';

const { Worker: NodeWorker } = process.getBuiltinModule('node:worker_threads');
const { setInterval, clearInterval, setTimeout, clearTimeout } = process.getBuiltinModule('node:timers');

/** The default of the maximum number of threads that derive keys at once. */
export const DEFAULT_CONCURRENCY = 2;
/** The maximum number of runs that are not settled. */
const MAX_RUNS = 10_000;
/** A run that others wait for gives its thread up after this time, in ms. */
const SLICE_MS = 100;
const NO_HIT = 2n ** 63n - 1n;

/** `ERR_QANTO_KEY_DERIVATION_FAILED`: a key could not be derived, or the thread that derived it has ended. */
export class KeyDerivationError extends QantoError {
  /** `problem` is the message of the error in the thread. */
  constructor(problem: string, options?: ErrorOptions) {
    super('ERR_QANTO_KEY_DERIVATION_FAILED', `the key could not be derived: ${problem}`, options);
  }
}

/** What a key is derived from, and the hex digits with which it must begin. */
export interface KeyParameters {
  readonly algorithm: string;
  readonly cost: number;
  readonly memoryCost?: number;
  readonly parallelism?: number;
  readonly keyLength: number;
  /** The nonce and the salt, in hex. */
  readonly nonce: string;
  readonly salt: string;
  readonly keyPrefix: string;
  /** Whether the counter is text. */
  readonly isText: boolean;
  /** The file of `@node-rs/argon2`, if it is needed. */
  readonly argon2?: string;
}

/** The counters that are tried, and what limits a run. */
export interface RunOptions {
  readonly first: bigint;
  /** One more than the last counter. */
  readonly limit: bigint;
  /** The maximum number of threads. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly onProgress?:
    | ((progress: { hashes: number; elapsedMs: number; hashesPerSecond: number }) => void)
    | undefined;
}

/** How a run has ended. */
export interface RunResult {
  readonly found: { readonly counter: bigint; readonly key: string } | undefined;
  readonly isTimedOut: boolean;
  readonly hashes: number;
  readonly elapsedMs: number;
}

interface Thread {
  readonly worker: Worker;
  run: Run | undefined;
}

/** Threads, and the runs that share them. */
export class KeyThreads {
  readonly #source: string;
  readonly #threads = new Set<Thread>();
  /** The runs that can use another thread. Those that have waited longest come first. */
  readonly #waiting: Run[] = [];
  #runs = 0;

  constructor(source = WORKER_SOURCE) {
    this.#source = source;
  }

  /** Returns the number of threads. */
  get size(): number {
    return this.#threads.size;
  }

  /**
   * Tries counters in ascending order until a key begins with the prefix. Rejects with `ABORT_ERR` after the last thread has left
   * the run, with `ERR_QANTO_KEY_DERIVATION_FAILED` or `ERR_QANTO_QUEUE_FULL`, or with the error that `onProgress` throws.
   */
  async derive(parameters: KeyParameters, options: RunOptions): Promise<RunResult> {
    const { signal } = options;
    if (signal?.aborted) throw new AbortError(signal.reason);
    if (this.#runs >= MAX_RUNS) throw new QueueFullError(MAX_RUNS);
    this.#runs++;
    const run = new Run(parameters, options);
    const stopListening = signal && onceAborted(signal, () => this.#stop(run, new AbortError(signal.reason)));
    const timers = this.#startTimers(run, options);
    try {
      this.#waiting.push(run);
      this.#assign();
      await run.settled;
    } finally {
      this.#runs--;
      stopListening?.();
      clearTimeout(timers.timeout);
      clearInterval(timers.progress);
    }
    return run.result();
  }

  #startTimers(run: Run, { timeoutMs, onProgress }: RunOptions) {
    const end = () => {
      run.isTimedOut = true;
      this.#stop(run);
    };
    const report = () => {
      try {
        const progress = run.progress();
        if (progress !== undefined) onProgress?.(progress);
      } catch (error) {
        this.#stop(run, error);
      }
    };
    return {
      timeout: timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs),
      progress: onProgress && setInterval(report, 100),
    };
  }

  #stop(run: Run, error?: unknown): void {
    run.stop(error);
    this.#remove(run);
    run.settleIfLeft();
  }

  #remove(run: Run): void {
    const place = this.#waiting.indexOf(run);
    if (place >= 0) this.#waiting.splice(place, 1);
  }

  /** Gives threads to the runs that wait, and asks running ones to make room for others. */
  #assign(): void {
    for (;;) {
      const busy = [...this.#threads].filter(({ run }) => run !== undefined);
      const run = this.#waiting.find((one) => busy.length < one.concurrency && !one.isYielding());
      if (run === undefined) {
        if (this.#waiting.some(({ threads }) => threads === 0)) for (const { run } of busy) run?.yieldSoon();
        return;
      }
      this.#remove(run);
      let thread: Thread | undefined;
      try {
        thread = [...this.#threads].find((one) => one.run === undefined) ?? this.#start();
      } catch (error) {
        this.#stop(run, new KeyDerivationError('the thread cannot be started', { cause: error }));
        continue;
      }
      thread.run = run;
      thread.worker.ref();
      thread.worker.postMessage(run.enter());
      if (run.threads < run.concurrency) this.#waiting.push(run);
    }
  }

  #start(): Thread {
    const worker = new NodeWorker(this.#source, { eval: true, execArgv: [], env: {} });
    const thread: Thread = { worker, run: undefined };
    worker.on('message', (answer: Answer) => this.#leave(thread, answer));
    const lose = (error: unknown) => {
      if (!this.#threads.delete(thread)) return;
      const reason = error instanceof Error ? error.message : `the thread ended with code ${error}`;
      this.#leave(thread, { error: reason });
    };
    worker.on('error', lose);
    worker.on('exit', lose);
    worker.unref();
    this.#threads.add(thread);
    return thread;
  }

  #leave(thread: Thread, { found, error }: Answer): void {
    const { run } = thread;
    if (run === undefined) return;
    thread.run = undefined;
    thread.worker.unref();
    run.leave(found);
    if (error !== undefined) run.stop(new KeyDerivationError(error));
    this.#remove(run);
    if (run.isOver()) run.settleIfLeft();
    else this.#waiting.push(run);
    this.#assign();
  }
}

interface Answer {
  readonly found?: { readonly counter: bigint; readonly key: string };
  readonly error?: string;
}

/** A search for a counter. */
class Run {
  readonly concurrency: number;
  readonly settled: Promise<void>;
  /** The number of threads that work on it. */
  threads = 0;
  isTimedOut = false;
  readonly #state = new BigInt64Array(new SharedArrayBuffer(8 * PLACES));
  readonly #parameters: KeyParameters;
  readonly #began = performance.now();
  #reported = { hashes: 0, atMs: 0 };
  #found: Answer['found'];
  #error: { readonly thrown: unknown } | undefined;
  #yieldTimer: NodeJS.Timeout | undefined;
  #settle!: () => void;

  constructor(parameters: KeyParameters, { first, limit, concurrency }: RunOptions) {
    this.#parameters = parameters;
    this.concurrency = concurrency;
    this.#state[NEXT] = first;
    this.#state[HIT] = NO_HIT;
    this.#state[LIMIT] = limit;
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Adds a thread, and returns what it is told. */
  enter(): object {
    // The threads that have been asked to yield have left, or will soon.
    if (this.threads++ === 0) Atomics.compareExchange(this.#state, END, YIELD, RUNNING);
    return { parameters: this.#parameters, state: this.#state.buffer };
  }

  leave(found: Answer['found']): void {
    this.threads--;
    if (found !== undefined && (this.#found === undefined || found.counter < this.#found.counter)) {
      this.#found = found;
    }
    if (this.threads > 0) return;
    clearTimeout(this.#yieldTimer);
    this.#yieldTimer = undefined;
  }

  /** Asks the threads to leave within {@link SLICE_MS}, and the try that they are in then. */
  yieldSoon(): void {
    this.#yieldTimer ??= setTimeout(() => {
      Atomics.compareExchange(this.#state, END, RUNNING, YIELD);
    }, SLICE_MS);
  }

  /** Returns whether threads have been asked to leave, and have not left. */
  isYielding(): boolean {
    return this.threads > 0 && Atomics.load(this.#state, END) === YIELD;
  }

  /** Ends the run. Only the first error counts. */
  stop(thrown?: unknown): void {
    if (thrown !== undefined) this.#error ??= { thrown };
    Atomics.store(this.#state, END, STOP);
  }

  /** Returns whether no more counters are to be tried. */
  isOver(): boolean {
    const next = Atomics.load(this.#state, NEXT);
    const isDone = next >= Atomics.load(this.#state, HIT) || next >= Atomics.load(this.#state, LIMIT);
    return isDone || Atomics.load(this.#state, END) === STOP;
  }

  settleIfLeft(): void {
    if (this.threads === 0) this.#settle();
  }

  progress(): { hashes: number; elapsedMs: number; hashesPerSecond: number } | undefined {
    const hashes = this.#hashes();
    const elapsedMs = performance.now() - this.#began;
    const { hashes: before, atMs } = this.#reported;
    if (hashes === before) return undefined;
    this.#reported = { hashes, atMs: elapsedMs };
    return { hashes, elapsedMs, hashesPerSecond: (1000 * (hashes - before)) / (elapsedMs - atMs) };
  }

  result(): RunResult {
    if (this.#error !== undefined) throw this.#error.thrown;
    return {
      found: this.#found,
      isTimedOut: this.isTimedOut,
      hashes: this.#hashes(),
      elapsedMs: performance.now() - this.#began,
    };
  }

  #hashes(): number {
    return Number(Atomics.load(this.#state, TRIES));
  }
}

/** The threads of this JavaScript environment. */
export const keyThreads = new KeyThreads();
