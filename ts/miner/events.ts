import type { CircuitState } from './circuit-breaker.ts';

/**
 * The state of a miner. stopped: it does not hash. mining: it builds or searches a template, or submits a
 * block. backing-off: it waits after a timeout or a failure. circuit-open: it waits because too many tries in a row
 * failed. paused: `pause()` was called, and it does not hash until `resume()`. stopping: `stop()` was called, and the last
 * search or submission is ending.
 */
export type MinerState = 'stopped' | 'mining' | 'backing-off' | 'circuit-open' | 'paused' | 'stopping';

/** The template of a search. */
export interface SearchedTemplate {
  /** The hash of the selected parent, which was the DAG's sink at that time. */
  readonly selectedParent: string;
  /** The hashes of all parents, in ascending order. */
  readonly parents: readonly string[];
  /** The compact bits (u32) that the DAG requires. */
  readonly bits: number;
  /** The extra nonce of the coinbase. The miner's extra nonces are below 2^32. */
  readonly extraNonce: bigint;
  /** The first nonce of the search (u32). The last one is 2^32 - 1. */
  readonly startNonce: number;
}

/** A search that has ended. */
export interface SearchReport {
  /** The template that was searched. */
  readonly template: SearchedTemplate;
  /** Hashes computed by all threads together. For an aborted search, the number in its last progress report. */
  readonly hashes: number;
  /** The duration of the search, in ms, without building the template and submitting the block. */
  readonly elapsedMs: number;
}

/** A mined block. The DAG has accepted it, and it is on disk. */
export interface MinedReport extends SearchReport {
  /** The hash of the block: 64 hex digits in displayed order. */
  readonly hash: string;
  /** The nonce in the header (u32). */
  readonly nonce: number;
  /** The variant of the version, from 0 to 15: the value of its rolling bits. */
  readonly variant: number;
}

/** The stage of a try in which it failed: building the template, searching it, or submitting the block. */
export type MinerStage = 'template' | 'solve' | 'submit';

/** A try that ended with an error. The miner continues after a backoff or a pause of the circuit. */
export interface FailureReport {
  /** The stage that failed. The stages before it succeeded. */
  readonly stage: MinerStage;
  /**
   * The error as it was thrown. If the DAG did not accept the block, its code is that of the rule that the
   * block breaks, or `ERR_QANTO_NOT_ACCEPTED`.
   */
  readonly error: unknown;
}

/** A wait after a timeout or a failure. */
export interface BackoffReport {
  /** The length of the wait, in ms. `stop()` ends it early. */
  readonly delayMs: number;
  /** The number of consecutive tries without a block, including this one. */
  readonly failedTries: number;
}

/** A sequence of tries that ended without a block. */
export interface GaveUpReport {
  /** The number of tries: `backoff.maxTries`. */
  readonly tries: number;
}

/** A change of state, which has just happened. */
export interface Transition<State> {
  /** The previous state. It is never equal to `to`. */
  readonly from: State;
  /** The new state, which `miner.status()` already returns when the event is emitted. */
  readonly to: State;
}

/** The numbers of tries by their outcome. Each try has exactly one outcome. */
export interface MinerCounts {
  /** A block was found and accepted. */
  readonly mined: number;
  /** The DAG changed, so the search ended in favour of a template on the new tips. */
  readonly stale: number;
  /** The search found no hit within `solveTimeoutMs`. */
  readonly timedOut: number;
  /** The nonce space contained no hit, so the next try has another extra nonce. */
  readonly exhausted: number;
  /** The miner was stopped or paused during the search, or its number of threads was changed. */
  readonly cancelled: number;
  /** The template, the search or the submission failed with an error. */
  readonly failed: number;
}

/**
 * The events of a miner. Each try emits `template` at its start and exactly one of `mined`, `stale`,
 * `timed-out`, `exhausted`, `cancelled` and `failed` at its end. A try whose template cannot be built emits
 * only `failed`. A listener that throws does not stop mining; its error becomes an uncaught exception. Events are
 * emitted in the async context of the call of `start()`. The only exception is the `state` event for `stopping`, which is
 * emitted in the async context of the call of `stop()`.
 */
export interface MinerEvents {
  /** A new template was built, and its search is about to start. */
  template: [SearchedTemplate];
  /** A block was mined. The DAG has accepted it, and it is on disk. */
  mined: [MinedReport];
  /** The DAG changed during the search. A template on the new tips follows at once. */
  stale: [SearchReport];
  /** The search found no hit within `solveTimeoutMs`. A new template follows after a backoff. */
  'timed-out': [SearchReport];
  /**
   * No nonce from the start nonce to 2^32 - 1 is a hit. A template with another extra nonce follows at once.
   */
  exhausted: [SearchReport];
  /** `stop()`, `pause()` or `setThreads()` ended the search. */
  cancelled: [SearchReport];
  /** The template, the search or the submission failed. */
  failed: [FailureReport];
  /** A wait starts after a timeout or a failure. */
  backoff: [BackoffReport];
  /** A sequence of `backoff.maxTries` tries ended without a block. The miner continues with a new sequence. */
  'gave-up': [GaveUpReport];
  /** The circuit breaker has opened, half-opened or closed. */
  circuit: [Transition<CircuitState>];
  /** The state of the miner has changed. The change to `stopped` is emitted before `stop()` resolves. */
  state: [Transition<MinerState>];
}

/** A snapshot of a miner. */
export interface MinerStatus {
  /** What the miner is doing. */
  readonly state: MinerState;
  /** Maximum number of hashing threads, as it was last set. Undefined means `defaultThreads()`. */
  readonly threads: number | undefined;
  /**
   * The state of the circuit breaker. While it is `open`, the miner waits, because too many tries in a row failed.
   */
  readonly circuit: CircuitState;
  /** The outcomes of all tries of this miner. */
  readonly counts: MinerCounts;
  /**
   * Hashes computed by all searches of this miner. A running search counts with the hashes of its last progress
   * report.
   */
  readonly hashes: number;
  /**
   * Hash rate of all threads together over the last 10 s, including the time between two searches. It is 0 when
   * the miner is not mining, and undefined until the first measurement is complete.
   */
  readonly hashesPerSecond: number | undefined;
}
