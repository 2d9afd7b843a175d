import { afterEach, expect, jest, test } from '@jest/globals';
import { TraceClock } from '../../ts/tracing/clock.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

/** Creates a clock that reads these times since the time origin: before `Date.now()`, from it, and after it. */
function clockThatReads(beforeMs: number, wallMs: number, afterMs: number): TraceClock {
  const now = jest.spyOn(performance, 'now').mockReturnValueOnce(beforeMs).mockReturnValueOnce(afterMs);
  jest.spyOn(Date, 'now').mockReturnValueOnce(Math.floor(performance.timeOrigin + wallMs));
  const clock = new TraceClock(undefined);
  now.mockRestore();
  return clock;
}

/** The time of the clock at 1000 ms since the time origin, as the difference from what `performance` gives. */
const errorOf = (clock: TraceClock) => clock.epochMs(1000) - (performance.timeOrigin + 1000);

test('A trace clock that begins a trace has the time of the system', () => {
  expect(errorOf(clockThatReads(1000, 1000.01, 1000.02))).toBeCloseTo(0);
});

test('A trace clock is not ahead if the thread was interrupted while it was created', () => {
  expect(errorOf(clockThatReads(1000, 1010, 1010))).toBeCloseTo(0);
  expect(errorOf(clockThatReads(1000, 1000, 1010))).toBeCloseTo(0);
});

test('A trace clock follows the clock of the system if that was set', () => {
  const wallMs = Math.floor(performance.timeOrigin + 61_000);
  expect(clockThatReads(1000, 61_000, 1000).epochMs(1000)).toBeCloseTo(wallMs);
});
