import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ClockGuard,
  type ClockGuardParts,
  type ClockReport,
  type ClockState,
} from '../../ts/dag/clock-guard.ts';
import type { QantoDagEvents } from '../../ts/dag/index.ts';
import { seededEnvironment } from '../../ts/environment.ts';
import { DAY, FakeClock, HOUR, MINUTE, SECOND, START_MS } from './clock-support.ts';

const MAX_TIME_AHEAD_MS = 20 * SECOND;
const TOLERANCE_MS = MAX_TIME_AHEAD_MS / 2;
const MEDIAN_WINDOW = 27;

/** A guard with a simulated clock, and a DAG of which only the timestamps are simulated. */
class Rig {
  readonly clock: FakeClock;
  readonly timestamps: number[];
  readonly guard: ClockGuard;
  /** Resolves when the guard has compared the clock with the timestamps for the first time, and reported the result. */
  readonly started: Promise<void>;
  states: ClockState[] = [];
  /** The last report. */
  report: ClockReport | undefined;
  readonly #maxTimeAheadMs: number;

  constructor(parts: Partial<ClockGuardParts> & { timestamps?: number[]; clock?: FakeClock } = {}) {
    this.clock = parts.clock ?? new FakeClock();
    this.timestamps = parts.timestamps ?? [START_MS];
    this.#maxTimeAheadMs = parts.maxTimeAheadMs ?? MAX_TIME_AHEAD_MS;
    const events = new EventEmitter<QantoDagEvents>();
    this.guard = new ClockGuard(
      {
        maxTimeAheadMs: MAX_TIME_AHEAD_MS,
        trustClock: false,
        recent: () => ({
          pastMedianTimeMs: this.pastMedianTimeMs,
          sinkTimestampMs: this.timestamps.at(-1)!,
          isSinkGenesis: this.timestamps.length === 1,
        }),
        ...parts,
        clock: this.clock,
      },
      events,
    );
    events.on('clock-changed', (report) => {
      this.report = report;
      this.states.push(report.state);
    });
    this.started = this.guard.start();
  }

  get pastMedianTimeMs(): number {
    const window = this.timestamps.slice(-MEDIAN_WINDOW).sort((a, b) => a - b);
    return window[Math.floor(window.length / 2)]!;
  }

  /** Mines a block with the timestamp of the guard, and requires that the DAG accepts it. */
  mine(): number {
    const timestampMs = this.guard.timestampMs();
    // Plain comparisons, because the properties mine hundreds of thousands of blocks.
    if (!Number.isSafeInteger(timestampMs)) throw new Error(`${timestampMs} is not an integer`);
    if (!this.accept(timestampMs)) throw new Error(`${timestampMs} is refused`);
    return timestampMs;
  }

  /** Offers a block with this timestamp. Returns whether the DAG accepts it. */
  accept(timestampMs: number): boolean {
    const isAccepted =
      timestampMs > this.pastMedianTimeMs && timestampMs <= this.guard.latestMs() + this.#maxTimeAheadMs;
    if (isAccepted) this.timestamps.push(timestampMs);
    return isAccepted;
  }

  /** Lets real time pass, and mines a block after each interval. */
  mineFor(ms: number, intervalMs = SECOND): void {
    for (let passedMs = 0; passedMs < ms; passedMs += intervalMs) {
      this.clock.pass(intervalMs);
      this.mine();
    }
  }

  takeStates(): ClockState[] {
    return this.states.splice(0);
  }
}

let rig: Rig;

beforeEach(() => {
  rig = new Rig();
  rig.mineFor(MINUTE);
});

describe('A wall clock that agrees with the continued time', () => {
  test('is used as it is', () => {
    expect(rig.mine()).toBe(rig.clock.now());
    expect(rig.guard.latestMs()).toBe(rig.clock.now());
    expect(rig.guard.offsetMs).toBe(0);
  });

  test.each([1.0005, 0.9995, 1.08, 0.92])(
    'is not taken for a clock that was set if it runs at %f times the speed of real time',
    (rate) => {
      for (let passedMs = 0; passedMs < 3 * DAY; passedMs += 5 * SECOND) {
        rig.clock.pass(5 * SECOND, rate);
        rig.guard.latestMs();
      }
      expect(rig.mine()).toBe(rig.clock.now());
      expect(rig.states).toEqual([]);
    },
  );

  test('may drift for a week in which the guard does not read it', () => {
    rig.clock.pass(7 * DAY, 1.0002);
    expect(rig.mine()).toBe(rig.clock.now());
    rig.clock.pass(7 * DAY, 0.9998);
    expect(rig.mine()).toBe(rig.clock.now());
    expect(rig.states).toEqual([]);
  });

  test('may be set by up to half of the time that a block may be ahead', () => {
    for (const stepMs of [TOLERANCE_MS, -TOLERANCE_MS, 3 * SECOND, -3 * SECOND]) {
      rig.clock.step(stepMs);
      rig.mine();
      rig.mineFor(MINUTE);
      expect(rig.mine()).toBe(rig.clock.now());
    }
    expect(rig.states).toEqual([]);
  });

  test.each([
    ['forward', TOLERANCE_MS, 'ahead'],
    ['back', -TOLERANCE_MS, 'behind'],
  ] as const)('is noticed if it is set %s by more than that', (_, stepMs, state) => {
    // The median of the last blocks is the present, so that a clock that is set back is behind it.
    for (let n = 0; n < MEDIAN_WINDOW; n += 1) rig.timestamps.push(rig.clock.now());
    rig.clock.step(stepMs);
    rig.mine();
    expect(rig.states).toEqual([]);
    rig.clock.step(Math.sign(stepMs) * 20);
    rig.mine();
    expect(rig.states).toEqual([state]);
  });

  test('may be set by up to a second if no block may be ahead', () => {
    rig = new Rig({ maxTimeAheadMs: 0 });
    rig.mineFor(MINUTE);
    rig.clock.step(SECOND);
    expect(rig.mine()).toBe(rig.clock.now());
    expect(rig.states).toEqual([]);
  });

  test('is read without the time of suspension', () => {
    rig.clock.suspendedMs = () => {
      throw new Error('the time of suspension was read');
    };
    rig.clock.pass(SECOND);
    expect(rig.guard.latestMs()).toBe(rig.clock.now());
  });
});

describe('A wall clock that is set a day forward', () => {
  beforeEach(() => {
    rig.clock.step(DAY);
  });

  test('is not used for ten minutes, and then used without confirmation', () => {
    const before = rig.clock.now() - DAY;
    expect(rig.mine()).toBe(before);
    expect(rig.takeStates()).toEqual(['ahead']);
    rig.mineFor(10 * MINUTE - SECOND);
    expect(rig.guard.offsetMs).toBe(-DAY);
    expect(rig.states).toEqual([]);
    rig.mineFor(2 * SECOND);
    expect(rig.takeStates()).toEqual(['accepted']);
    expect(rig.mine()).toBe(rig.clock.now());
  });

  test('leads to no block that is ahead if it is corrected after five minutes', () => {
    rig.mineFor(5 * MINUTE);
    rig.clock.step(-DAY);
    rig.mineFor(5 * SECOND);
    expect(rig.states).toEqual(['ahead', 'agrees']);
    expect(Math.max(...rig.timestamps)).toBe(rig.clock.now());
  });

  test('does not stop mining if it is corrected after an hour', () => {
    rig.mineFor(HOUR);
    expect(rig.takeStates()).toEqual(['ahead', 'accepted']);
    rig.clock.step(-DAY);
    const first = rig.mine();
    expect(rig.takeStates()).toEqual(['behind']);
    expect(first).toBe(rig.clock.now() + DAY);
    rig.mineFor(HOUR);
    // The timestamps advance at 95 % of the rate of real time, so that the difficulty hardly changes.
    expect(rig.mine() - first).toBeCloseTo(0.95 * HOUR, -2);
  });

  test('has caught up 20 days after such a correction', () => {
    rig.mineFor(HOUR);
    rig.clock.step(-DAY);
    rig.mineFor(19 * DAY, 5 * MINUTE);
    expect(rig.takeStates()).toEqual(['ahead', 'accepted', 'behind']);
    rig.mineFor(DAY, 5 * MINUTE);
    expect(rig.takeStates()).toEqual(['agrees']);
    expect(rig.mine()).toBe(rig.clock.now());
  });

  test('is used at once after such a correction if the DAG changes to blocks that are earlier than the clock', () => {
    rig.mineFor(HOUR);
    rig.clock.step(-DAY);
    rig.mineFor(MINUTE);
    rig.timestamps.splice(
      0,
      Number.POSITIVE_INFINITY,
      ...Array(MEDIAN_WINDOW).fill(rig.clock.now() - SECOND),
    );
    rig.clock.pass(SECOND);
    expect(rig.mine()).toBe(rig.clock.now());
    expect(rig.states).toEqual(['ahead', 'accepted', 'behind', 'agrees']);
  });

  test('is used as soon as most of the recent blocks confirm it', () => {
    for (let n = 0; n < MEDIAN_WINDOW; n += 1) {
      rig.clock.pass(SECOND);
      expect(rig.accept(rig.clock.now())).toBe(true);
    }
    expect(rig.mine()).toBe(rig.clock.now());
    expect(rig.states).toEqual(['ahead', 'confirmed']);
  });

  test('is not confirmed by blocks that are closer to the continued time', () => {
    for (let n = 0; n < MEDIAN_WINDOW; n += 1) {
      rig.clock.pass(SECOND);
      expect(rig.accept(rig.clock.now() - DAY + HOUR)).toBe(true);
    }
    rig.clock.pass(SECOND);
    rig.mine();
    expect(rig.states).toEqual(['ahead']);
  });

  test('must be ahead by the same time for ten minutes before it is used without confirmation', () => {
    for (let n = 0; n < 4; n += 1) {
      rig.mineFor(9 * MINUTE);
      rig.clock.step(HOUR);
    }
    expect(rig.states).toEqual(['ahead']);
    rig.mineFor(11 * MINUTE);
    expect(rig.states).toEqual(['ahead', 'accepted']);
  });
});

describe('A wall clock that is set back', () => {
  test('is used at once if it is still later than the recent blocks', () => {
    rig.clock.pass(2 * HOUR);
    rig.clock.step(-HOUR);
    expect(rig.mine()).toBe(rig.clock.now());
    expect(rig.states).toEqual([]);
  });

  test('is not used before it is later than the recent blocks', () => {
    rig.clock.step(-HOUR);
    expect(rig.mine()).toBe(rig.clock.now() + HOUR);
    expect(rig.states).toEqual(['behind']);
  });

  test('is used as soon as it is corrected, although the continued time has lost three minutes', () => {
    rig.clock.step(-DAY);
    rig.mineFor(HOUR);
    rig.clock.step(DAY);
    rig.mineFor(2 * SECOND);
    expect(rig.mine()).toBe(rig.clock.now());
    expect(rig.states).toEqual(['behind', 'agrees']);
  });

  test('is not used if it is later than the time before, once that is continued without a loss', () => {
    rig.clock.step(-DAY);
    rig.mineFor(HOUR);
    rig.clock.step(DAY + MINUTE);
    rig.mineFor(2 * SECOND);
    expect(rig.states).toEqual(['behind', 'ahead']);
  });

  test('does not stop mining if each step is too small to be noticed', () => {
    rig = new Rig({ maxTimeAheadMs: 132 * SECOND });
    rig.mineFor(MINUTE);
    for (let n = 0; n < 100; n += 1) {
      rig.mineFor(11 * SECOND);
      rig.clock.step(-60 * SECOND);
    }
    expect(rig.states).toContain('behind');
  });
});

describe('A suspended machine', () => {
  test('uses the wall clock at once when it resumes', () => {
    rig.clock.suspend(8 * HOUR);
    expect(rig.mine()).toBe(rig.clock.now());
    expect(rig.states).toEqual([]);
  });

  test('is not confused with a clock that is set forward after many short suspensions', () => {
    for (let n = 0; n < 100; n += 1) {
      rig.clock.suspend(5 * SECOND);
      rig.mineFor(15 * SECOND);
    }
    rig.clock.step(8 * MINUTE);
    expect(rig.mine()).toBe(rig.clock.now() - 8 * MINUTE);
    expect(rig.states).toEqual(['ahead']);
  });

  test('uses the wall clock at once if its monotonic clock counts the suspension', () => {
    rig.clock.pass(8 * HOUR);
    expect(rig.mine()).toBe(rig.clock.now());
  });

  test('continues its time if its clock was set forward during the suspension', () => {
    rig.clock.suspend(8 * HOUR);
    rig.clock.step(DAY);
    expect(rig.mine()).toBe(rig.clock.now() - DAY);
    expect(rig.states).toEqual(['ahead']);
  });
});

describe('When a DAG is opened, a wall clock', () => {
  const timestamps = Array.from({ length: 40 }, (_, n) => START_MS + n * SECOND);
  const sinkMs = timestamps.at(-1)!;
  const opened = (wallMs: number, parts: Partial<ClockGuardParts> = {}) =>
    new Rig({ ...parts, timestamps: [...timestamps], clock: new FakeClock(wallMs) });

  test('that shows the year 1970 is not used, and the time of the DAG continues', async () => {
    rig = opened(5000);
    await rig.started;
    expect(rig.states).toEqual(['behind']);
    expect(rig.report).toEqual({
      ...{ state: 'behind', wallMs: 5000, usedMs: sinkMs, sinkTimestampMs: sinkMs },
    });
    expect(rig.mine()).toBe(sinkMs);
    rig.mineFor(HOUR);
    expect(rig.mine()).toBeCloseTo(sinkMs + 0.95 * HOUR, -2);
  });

  test('that shows the year 1970 is used once it is set to the time of the DAG', () => {
    rig = opened(5000);
    rig.mineFor(MINUTE);
    rig.clock.wallMs = sinkMs + MINUTE;
    rig.mineFor(5 * SECOND);
    expect(rig.mine()).toBe(rig.clock.now());
  });

  test('of the year 1970 is used as soon as it is set, however long the node was off', async () => {
    rig = opened(5000);
    await rig.started;
    rig.mineFor(MINUTE);
    rig.clock.wallMs = sinkMs + 8 * HOUR;
    rig.mineFor(2 * SECOND);
    expect(rig.mine()).toBe(rig.clock.now());
    expect(rig.takeStates()).toEqual(['behind', 'agrees']);
    rig.clock.step(DAY);
    rig.mine();
    expect(rig.states).toEqual(['ahead']);
  });

  test('of the year 1970 is used with a warning if it is set to more than a day after the sink', async () => {
    rig = opened(5000);
    await rig.started;
    rig.clock.wallMs = sinkMs + DAY + HOUR;
    rig.clock.pass(2 * SECOND);
    expect(rig.mine()).toBe(rig.clock.now());
    expect(rig.states).toEqual(['behind', 'day-ahead']);
  });

  test('that is a second behind the sink is used, with a warning', async () => {
    rig = opened(sinkMs - SECOND);
    await rig.started;
    expect(rig.states).toEqual(['behind']);
    expect(rig.mine()).toBe(rig.clock.now());
  });

  test('that is more than a day ahead of the sink is used, with a warning', async () => {
    rig = opened(sinkMs + DAY + 1);
    await rig.started;
    expect(rig.states).toEqual(['day-ahead']);
    expect(rig.mine()).toBe(rig.clock.now());
  });

  test('that is a day ahead of the sink is used without a warning', async () => {
    rig = opened(sinkMs + DAY);
    await rig.started;
    expect(rig.states).toEqual([]);
  });

  test('that is more than a day ahead of a DAG without blocks is used without a warning', async () => {
    rig = new Rig({ clock: new FakeClock(START_MS + 300 * DAY) });
    await rig.started;
    expect(rig.states).toEqual([]);
  });

  test('that is behind is used, with a warning, if it is trusted', async () => {
    rig = opened(sinkMs - DAY, { trustClock: true });
    await rig.started;
    expect(rig.states).toEqual(['behind']);
    expect(rig.guard.latestMs()).toBe(rig.clock.now());
    expect(() => rig.guard.timestampMs()).toThrow(
      expect.objectContaining({
        code: 'ERR_QANTO_CLOCK_BEHIND',
        nowMs: rig.clock.now(),
        earliestMs: rig.pastMedianTimeMs + 1,
        waitMs: rig.pastMedianTimeMs + 1 - MAX_TIME_AHEAD_MS - rig.clock.now(),
      }),
    );
  });
});

describe('A wall clock that is trusted', () => {
  test('is used at once when it is set', () => {
    rig = new Rig({ trustClock: true });
    rig.mineFor(MINUTE);
    rig.clock.step(DAY);
    expect(rig.mine()).toBe(rig.clock.now());
    expect(rig.states).toEqual([]);
  });

  test('allows no template until it has caught up with the recent blocks', () => {
    rig = new Rig({ trustClock: true });
    rig.mineFor(MINUTE);
    rig.clock.step(-HOUR);
    expect(() => rig.guard.timestampMs()).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_CLOCK_BEHIND' }),
    );
    rig.clock.pass(HOUR);
    expect(rig.mine()).toBe(rig.clock.now());
  });
});

test('A logical clock is used as it is, and never compared', async () => {
  const { clock } = seededEnvironment(1);
  clock.observeBlock(START_MS, SECOND);
  const events = new EventEmitter<QantoDagEvents>();
  events.on('clock-changed', () => {
    throw new Error('the clock was compared');
  });
  const recent = () => ({ pastMedianTimeMs: START_MS, sinkTimestampMs: START_MS, isSinkGenesis: false });
  const parts = { clock, maxTimeAheadMs: MAX_TIME_AHEAD_MS, trustClock: false, recent };
  const guard = new ClockGuard(parts, events);
  await guard.start();
  for (const timestampMs of [START_MS + DAY, START_MS + 400 * DAY]) {
    guard.observeBlock(timestampMs, SECOND);
    expect(guard.timestampMs()).toBe(timestampMs + SECOND);
    expect(guard.latestMs()).toBe(timestampMs + SECOND);
  }
});

test('The event clock-changed is emitted in the async context in which the guard was created', () => {
  const caller = new AsyncLocalStorage<string>();
  const clock = new FakeClock();
  const events = new EventEmitter<QantoDagEvents>();
  const recent = () => ({ pastMedianTimeMs: START_MS, sinkTimestampMs: START_MS, isSinkGenesis: false });
  const parts = { clock, maxTimeAheadMs: MAX_TIME_AHEAD_MS, trustClock: false, recent };
  const guard = caller.run('opener', () => new ClockGuard(parts, events));
  const seen: unknown[] = [];
  events.on('clock-changed', ({ state }) => seen.push([state, caller.getStore()]));
  clock.wallMs += DAY;
  caller.run('reader', () => guard.timestampMs());
  expect(seen).toEqual([['ahead', 'opener']]);
});

describe('However the wall clock is set', () => {
  const move = fc.oneof(
    fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 30 * MINUTE }) }),
    fc.record({ kind: fc.constant('suspend' as const), ms: fc.integer({ min: 1, max: DAY }) }),
    fc.record({ kind: fc.constant('step' as const), ms: fc.integer({ min: -2 * DAY, max: 2 * DAY }) }),
    fc.record({
      kind: fc.constant('step' as const),
      ms: fc.integer({ min: -TOLERANCE_MS, max: TOLERANCE_MS }),
    }),
  );

  test('a block can be mined at every moment, and the DAG accepts it', () => {
    const walk = fc.property(
      fc.array(move, { maxLength: 60 }),
      fc.integer({ min: 1, max: 30 }),
      (moves, pace) => {
        rig = new Rig();
        for (const { kind, ms } of moves) {
          rig.clock[kind](ms);
          // The method mine() throws if the block has no valid timestamp, or is refused.
          rig.mine();
          rig.mineFor(20 * pace * SECOND, pace * SECOND);
        }
      },
    );
    fc.assert(walk, { numRuns: 100 });
  });

  test('the time of the templates passes at 95 % of the rate of real time or faster while the clock is not used', () => {
    const walk = fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      rig = new Rig();
      for (const { kind, ms } of moves) {
        rig.clock[kind](ms);
        rig.mine();
        const states = rig.states.length;
        const before = rig.guard.offsetMs + rig.clock.now();
        rig.mineFor(10 * SECOND);
        const passedMs = rig.guard.offsetMs + rig.clock.now() - before;
        if (rig.states.length === states) expect(passedMs).toBeGreaterThanOrEqual(9.5 * SECOND - 1);
      }
    });
    fc.assert(walk, { numRuns: 100 });
  });
});
