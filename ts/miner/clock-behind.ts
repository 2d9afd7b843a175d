import type { ClockBehindError } from '../dag/index.ts';
import { QantoError } from '../errors.ts';

/**
 * The time in ms after which the clock has caught up with the recent blocks by itself. Undefined if the error was not
 * caused by a clock that is behind.
 */
export function clockWaitMs(error: unknown): number | undefined {
  const isBehind = error instanceof QantoError && error.code === 'ERR_QANTO_CLOCK_BEHIND';
  return isBehind ? (error as ClockBehindError).waitMs : undefined;
}
