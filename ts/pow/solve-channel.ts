/**
 * Publishes every settled search of this thread on a channel of `node:diagnostics_channel`, so that metrics and
 * the solver do not depend on each other. Without a subscriber, this costs one comparison per job.
 */
import type { JobEvent } from './packed.ts';
import type { Kernel } from './platform.ts';
import type { Algorithm } from './template.ts';

const { channel } = process.getBuiltinModule('node:diagnostics_channel');

/**
 * The name of the channel of `node:diagnostics_channel` on which the settled searches of this thread are
 * published. Its messages are objects of type {@link SolveMessage}.
 */
export const SOLVE_CHANNEL = 'qanto:solve';

/**
 * How a search ended, as metrics and spans name it: a hit, an abort, a timeout, a spent hash budget, an exhausted nonce
 * space, or a panic.
 */
export type SolveOutcome = 'found' | 'cancelled' | 'timed-out' | 'budget-spent' | 'exhausted' | 'panicked';

/**
 * One settled search. It is published just before the promise settles, in the async context of the call of
 * `solvePow` or `solveMany`. A search that is refused before any work starts is not published.
 */
export interface SolveMessage {
  /** The template's hash function. */
  readonly algorithm: Algorithm;
  /** The kernel that scanned the nonces. */
  readonly kernel: Kernel;
  /** How the search ended. It is `cancelled` if an error in `onProgress` stopped the search. */
  readonly outcome: SolveOutcome;
  /** Hashes computed by all threads together. */
  readonly hashes: number;
  /** Time from submission until the last thread left the job, in ms. */
  readonly elapsedMs: number;
  /** For a cancelled job, the time from `abort()` until its end was reported to JavaScript, in ms. */
  readonly cancelLatencyMs?: number;
}

const solves = channel(SOLVE_CHANNEL);

/** `cancelledAtMs` is the value of `performance.now()` at the cancellation. */
export function publishSolve(
  algorithm: Algorithm,
  outcome: SolveOutcome,
  { kernel, hashes, elapsedMs }: JobEvent,
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
