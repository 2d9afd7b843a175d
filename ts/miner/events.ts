import type { CircuitState } from './circuit-breaker.ts';

/**
 * stopped: nothing is hashed. mining: a template is built, searched or submitted. backing-off: waiting after a
 * time-out or a failure. paused: the circuit is open. stopping: the last search or submission is being ended.
 */
export type MinerState = 'stopped' | 'mining' | 'backing-off' | 'paused' | 'stopping';

/** The template a search was about. */
export interface SearchedTemplate {
  readonly selectedParent: string;
  readonly parents: readonly string[];
  /** Compact target. */
  readonly bits: number;
  readonly extraNonce: bigint;
  readonly startNonce: number;
}

export interface SearchReport {
  readonly template: SearchedTemplate;
  /** Hashes computed, over all threads. Of an aborted search: as of its last progress report. */
  readonly hashes: number;
  readonly elapsedMs: number;
}

export interface MinedReport extends SearchReport {
  /** The block's id, in displayed order. */
  readonly hash: string;
  readonly nonce: number;
  /** Of the block's version: what it has in the rolling bits. */
  readonly variant: number;
}

/** What the miner was doing when it failed. */
export type MinerStage = 'template' | 'solve' | 'submit';

export interface FailureReport {
  readonly stage: MinerStage;
  readonly error: unknown;
}

export interface BackoffReport {
  readonly delayMs: number;
  /** Consecutive tries without a block, this one included. */
  readonly failedTries: number;
}

export interface GaveUpReport {
  readonly tries: number;
}

export interface Transition<State> {
  readonly from: State;
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

export interface MinerEvents {
  /** A fresh template is about to be searched. */
  template: [SearchedTemplate];
  mined: [MinedReport];
  stale: [SearchReport];
  'timed-out': [SearchReport];
  exhausted: [SearchReport];
  cancelled: [SearchReport];
  failed: [FailureReport];
  /** A wait begins, because of a time-out or a failure. */
  backoff: [BackoffReport];
  /** `backoff.maxTries` tries brought no block. The miner goes on with a new sequence of tries. */
  'gave-up': [GaveUpReport];
  circuit: [Transition<CircuitState>];
  state: [Transition<MinerState>];
}

export interface MinerStatus {
  readonly state: MinerState;
  readonly circuit: CircuitState;
  readonly counts: MinerCounts;
  /** Hashes computed since the miner was made. */
  readonly hashes: number;
  /** 0 when nothing is hashed; undefined while the first measurement is under way; else positive. */
  readonly hashesPerSecond: number | undefined;
}
