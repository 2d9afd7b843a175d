/** The thresholds of all verdicts, each with its reason. */
import type { Verdict } from './check.ts';

export interface Threshold {
  /** Values up to this one are good, or from this one on if more is better. */
  readonly good: number;
  /** Values beyond this one fail. Values between the two limits are a warning. */
  readonly fail: number;
  readonly why: string;
}

export const THRESHOLDS = {
  scalingEfficiency: {
    good: 0.9,
    fail: 0.6,
    why: 'searches share only a counter; losses come from a shared clock rate and hyper-threads',
  },
  timeOutsideHashing: {
    good: 0.05,
    fail: 0.2,
    why: 'building and storing one block per second takes a few ms',
  },
  cancelP99Ms: {
    good: 2,
    fail: 20,
    why: 'a batch takes 0.25 ms, and threads check for a cancellation after each batch',
  },
  eventLoopExtraMs: {
    good: 5,
    fail: 20,
    why: 'hashing never runs on the event loop; delays come from the scheduling of the cores',
  },
  coresOverThreads: {
    good: 0.05,
    fail: 0.15,
    why: 'the event loop needs little CPU time in addition to the hashing threads',
  },
  threadsBusy: { good: 0.9, fail: 0.5, why: 'a thread with an endless job should not wait' },
  cpuAfterCancel: {
    good: 0.02,
    fail: 0.1,
    why: 'a settled job uses no CPU time; the measurement itself wakes up a few times per second',
  },
  leakBytesPerJob: {
    good: 64,
    fail: 256,
    why: 'anything that a job could leak, such as a promise or an error, is larger',
  },
  flamegraphSamples: { good: 1000, fail: 100, why: 'a share is then accurate to about 3 %' },
  basicMiningHashing: { good: 0.8, fail: 0.5, why: 'mining should spend its time hashing' },
  buildSeconds: { good: 180, fail: 600, why: 'a longer build is not run before each commit' },
} as const satisfies Record<string, Threshold>;

/** Judges a value. More is better if the limit `good` is above the limit `fail`. */
export function judge({ good, fail }: Threshold, value: number): Verdict {
  if (Number.isNaN(value)) return 'unknown';
  const sign = good <= fail ? 1 : -1;
  if (sign * value <= sign * good) return 'good';
  return sign * value <= sign * fail ? 'warn' : 'fail';
}
