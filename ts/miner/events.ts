import type { CircuitState } from './circuit-breaker.ts';

/**
 * stopped: nothing is hashed. mining: a template is built, searched or submitted. backing-off: waiting after a
 * time-out or a failure. paused: the circuit is open. stopping: the last search or submission is being ended.
 */
export type MinerState = 'stopped' | 'mining' | 'backing-off' | 'paused' | 'stopping';

/** The template a search was about. */
export interface SearchedTemplate {
  /** Hash of the heaviest parent, the DAG's sink at that time. */
  readonly selectedParent: string;
  /** Hashes of all parents, ascending. */
  readonly parents: readonly string[];
  /** Compact target (u32), as the DAG asks for. */
  readonly bits: number;
  /** Of the coinbase; the miner's are below 2^32. */
  readonly extraNonce: bigint;
  /** Where the search of the header's nonce began (u32); it ends at 2^32 - 1. */
  readonly startNonce: number;
}

/** A search that has ended. */
export interface SearchReport {
  /** What was searched. */
  readonly template: SearchedTemplate;
  /** Hashes computed, over all threads. Of an aborted search: as of its last progress report. */
  readonly hashes: number;
  /** Of the search alone, in ms: not of building the template or submitting the block. */
  readonly elapsedMs: number;
}

/** A block that was mined: it is accepted and on disk. */
export interface MinedReport extends SearchReport {
  /** The block's id: 64 hex digits in displayed order. */
  readonly hash: string;
  /** Of the header (u32). */
  readonly nonce: number;
  /** Of the block's version, 0 to 15: what it has in the rolling bits. */
  readonly variant: number;
}

/** What the miner was doing when it failed: building a template, searching it, or submitting the block. */
export type MinerStage = 'template' | 'solve' | 'submit';

/** A try that ended in an error. The miner goes on, after a backoff or a pause of the circuit. */
export interface FailureReport {
  /** Where in the try it happened; the stages before it were done. */
  readonly stage: MinerStage;
  /** As it was thrown. A block that is not accepted has the code `ERR_QANTO_NOT_ACCEPTED`, or that of the rule it breaks. */
  readonly error: unknown;
}

/** A wait after a time-out or a failure. */
export interface BackoffReport {
  /** How long it is, in ms; `stop()` ends it early. */
  readonly delayMs: number;
  /** Consecutive tries without a block, this one included. */
  readonly failedTries: number;
}

/** A sequence of tries that brought no block. */
export interface GaveUpReport {
  /** How many there were: `backoff.maxTries`. */
  readonly tries: number;
}

/** A change of state that has just happened. */
export interface Transition<State> {
  /** The state before; never the same as `to`. */
  readonly from: State;
  /** The state now, as a listener that asks finds it. */
  readonly to: State;
}

/** How many tries ended in which way. A try ends in exactly one. */
export interface MinerCounts {
  /** A block was found and accepted. */
  readonly mined: number;
  /** The DAG changed: the search was given up for a template on the new tips. */
  readonly stale: number;
  /** `solveTimeoutMs` passed. */
  readonly timedOut: number;
  /** The nonce space held no hit: the extra nonce was rolled. */
  readonly exhausted: number;
  /** The miner was stopped while it searched. */
  readonly cancelled: number;
  /** Template, search or submission ended in an error. */
  readonly failed: number;
}

/**
 * What a miner tells, by event. Each try begins with `template` and ends with exactly one of `mined`, `stale`,
 * `timed-out`, `exhausted`, `cancelled` and `failed`; one whose template cannot be built is `failed` alone. A
 * listener that throws does not stop the mining: its error surfaces as uncaught.
 */
export interface MinerEvents {
  /** A fresh template is about to be searched. */
  template: [SearchedTemplate];
  /** A block was found, accepted and is on disk. */
  mined: [MinedReport];
  /** The DAG changed during the search; a template on the new tips follows at once. */
  stale: [SearchReport];
  /** `solveTimeoutMs` passed; a fresh template follows after a backoff. */
  'timed-out': [SearchReport];
  /** No nonce from the start nonce on was a hit; a template with another extra nonce follows at once. */
  exhausted: [SearchReport];
  /** `stop()` ended the search. */
  cancelled: [SearchReport];
  /** Template, search or submission threw. */
  failed: [FailureReport];
  /** A wait begins, because of a time-out or a failure. */
  backoff: [BackoffReport];
  /** `backoff.maxTries` tries brought no block. The miner goes on with a new sequence of tries. */
  'gave-up': [GaveUpReport];
  /** The circuit breaker opened, half-opened or closed. */
  circuit: [Transition<CircuitState>];
  /** What the miner is doing changed. `stopped` is told before `stop()` resolves. */
  state: [Transition<MinerState>];
}

/** What a miner is doing and has done, at one instant. */
export interface MinerStatus {
  /** Whether it mines, and if not, why not. */
  readonly state: MinerState;
  /** `open` while it pauses after too many failures in a row. */
  readonly circuit: CircuitState;
  /** How its tries ended, since it was made. */
  readonly counts: MinerCounts;
  /** Hashes computed since the miner was made; of a search under way, as of its last progress report. */
  readonly hashes: number;
  /**
   * Over the last 10 s, all threads together, the time between two searches included. 0 when it does not mine;
   * undefined while the first measurement is under way; else positive.
   */
  readonly hashesPerSecond: number | undefined;
}
