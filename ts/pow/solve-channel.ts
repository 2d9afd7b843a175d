/**
 * Every search of this thread, told to whoever listens: `node:diagnostics_channel`, so that metrics and tracing need
 * nothing of the solver and the solver nothing of them. Without a listener it costs one comparison a job.
 */
import type { SolverEvent } from '../native.ts';
import type { Kernel } from './platform.ts';
import type { Algorithm } from './template.ts';

const { channel } = process.getBuiltinModule('node:diagnostics_channel');

/**
 * The channel of `node:diagnostics_channel` on which this thread's searches are told of; its messages are {@link
 * SolveMessage}.
 */
export const SOLVE_CHANNEL = 'qanto:solve';

/**
 * How a search ended: with a hit, or by abort, time-out, hash budget, the end of the nonce space or a panic. As
 * metrics and spans name it.
 */
export const SOLVE_OUTCOMES = [
  'found',
  'cancelled',
  'timed-out',
  'budget-spent',
  'exhausted',
  'panicked',
] as const;
/** One of {@link SOLVE_OUTCOMES}. */
export type SolveOutcome = (typeof SOLVE_OUTCOMES)[number];

/** Published when a job has settled, before its promise does. What is refused before any work is not a job. */
export interface SolveMessage {
  /** The template's hash function. */
  readonly algorithm: Algorithm;
  /** What scanned. */
  readonly kernel: Kernel;
  /** How the hashing ended; of a job that its callback's error stopped, `cancelled`. */
  readonly outcome: SolveOutcome;
  /** Hashes computed, over all threads. */
  readonly hashes: number;
  /** From submission until no thread was in the job, in ms. */
  readonly elapsedMs: number;
  /** Of a job that was cancelled: from `abort()` until JavaScript heard that it had ended, in ms. */
  readonly cancelLatencyMs?: number;
}

const solves = channel(SOLVE_CHANNEL);

/** `cancelledAtMs` is `performance.now()` of the cancellation, if there was one. */
export function publishSolve(
  algorithm: Algorithm,
  outcome: SolveOutcome,
  { kernel, hashes, elapsedMs }: SolverEvent,
  cancelledAtMs: number | undefined,
): void {
  if (!solves.hasSubscribers || kernel === undefined) return;
  const message: SolveMessage = {
    algorithm,
    kernel,
    outcome,
    hashes,
    elapsedMs,
    ...(outcome === 'cancelled' &&
      cancelledAtMs !== undefined && { cancelLatencyMs: performance.now() - cancelledAtMs }),
  };
  solves.publish(message);
}
