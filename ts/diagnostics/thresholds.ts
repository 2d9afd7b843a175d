/** What is good, and what is not. One table, each row with its reason. */
import type { Verdict } from './check.ts';

export interface Threshold {
  /** Good up to here, or from here on where more is better. */
  readonly good: number;
  /** Beyond this it fails; between the two it is worth a warning. */
  readonly fail: number;
  readonly why: string;
}

export const THRESHOLDS = {
  scalingEfficiency: {
    good: 0.9,
    fail: 0.6,
    why: 'searches share nothing but a counter; what is lost is shared clocks and hyper-threads',
  },
  timeOutsideHashing: {
    good: 0.05,
    fail: 0.2,
    why: 'a miner that builds and stores a block a second needs a few ms of it',
  },
  cancelP99Ms: { good: 2, fail: 20, why: 'a batch takes 0.25 ms, and a thread polls after each' },
  eventLoopExtraMs: {
    good: 5,
    fail: 20,
    why: 'hashing never runs on the event loop; what it feels is the kernel sharing out the cores',
  },
  coresOverThreads: {
    good: 0.05,
    fail: 0.15,
    why: 'cores used beyond the threads that hash: the event loop takes a little',
  },
  threadsBusy: { good: 0.9, fail: 0.5, why: 'a thread with endless work should not wait' },
  cpuAfterCancel: {
    good: 0.02,
    fail: 0.1,
    why: 'a settled job uses none; the measuring itself wakes up a few times a second',
  },
  leakBytesPerJob: {
    good: 64,
    fail: 256,
    why: 'whatever a job could leave behind, a promise or an error, is larger',
  },
  flamegraphSamples: { good: 1000, fail: 100, why: 'a share is then known to about 3 %' },
  basicMiningHashing: { good: 0.8, fail: 0.5, why: 'mining is hashing' },
  buildSeconds: { good: 180, fail: 600, why: 'longer, and nobody builds before a commit' },
} as const satisfies Record<string, Threshold>;

/** Whether more is better is read off the order of the two limits. */
export function judge({ good, fail }: Threshold, value: number): Verdict {
  if (Number.isNaN(value)) return 'unknown';
  const sign = good <= fail ? 1 : -1;
  if (sign * value <= sign * good) return 'good';
  return sign * value <= sign * fail ? 'warn' : 'fail';
}
