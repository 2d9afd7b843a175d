/** A clock whose wall time, elapsed time and suspended time are controlled by the test. */
import { regtest } from '../../ts/dag/index.ts';
import { type Clock, type Environment, seededEnvironment } from '../../ts/environment.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The time at which the clocks of the tests begin: half a year after the genesis block of regtest. */
export const START_MS = regtest.genesisTimestampMs + 180 * DAY;

export class FakeClock implements Clock {
  wallMs: number;
  /** The value differs from the wall time, as that of a real monotonic clock does. */
  #monotonicMs = 12_345.5;
  #suspendedMs = 777;

  constructor(wallMs = START_MS) {
    this.wallMs = wallMs;
  }

  now(): number {
    return Math.floor(this.wallMs);
  }

  observeBlock(): void {}

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  suspendedMs(): number {
    return this.#suspendedMs;
  }

  /** Lets real time pass. The wall clock runs at `rate` times the speed of real time. */
  pass(ms: number, rate = 1): void {
    this.#monotonicMs += ms;
    this.wallMs += ms * rate;
  }

  /** Suspends the machine. The monotonic clock stops meanwhile. */
  suspend(ms: number): void {
    this.#suspendedMs += ms;
    this.wallMs += ms;
  }

  /** Sets the wall clock forward, or back if `ms` is negative. */
  step(ms: number): void {
    this.wallMs += ms;
  }
}

/** An environment with this clock and random numbers that depend on a seed. */
export function environmentOf(clock: Clock): Environment {
  return { ...seededEnvironment(1), clock, seed: undefined };
}
