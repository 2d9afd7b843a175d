import { uptime } from 'node:os';
import { expect, test } from '@jest/globals';
import { processEnvironment } from '../ts/environment.ts';

test('The clock of the process has a monotonic time that does not follow the wall clock', () => {
  const { clock } = processEnvironment({});
  const before = performance.now();
  const monotonicMs = clock.monotonicMs!();
  expect(monotonicMs).toBeGreaterThanOrEqual(before);
  expect(monotonicMs).toBeLessThanOrEqual(performance.now());
});

test('On Linux, the clock of the process counts the time for which the machine was suspended', () => {
  const { clock } = processEnvironment({});
  if (process.platform !== 'linux') {
    expect(clock.suspendedMs).toBeUndefined();
    return;
  }
  // The uptime has a resolution of 10 ms.
  const [earliestMs, sinceStartMs] = [uptime() * 1000 - 20, performance.now()];
  const uptimeMs = clock.suspendedMs!() + clock.monotonicMs!();
  expect(uptimeMs).toBeGreaterThanOrEqual(earliestMs);
  expect(uptimeMs).toBeLessThanOrEqual(uptime() * 1000 + (performance.now() - sinceStartMs) + 20);
});

test('A seeded clock has neither monotonicMs nor suspendedMs, so that it is used as it is', () => {
  const { clock } = processEnvironment({ QANTO_TEST_MINING_SEED: '1' });
  expect(clock.monotonicMs).toBeUndefined();
  expect(clock.suspendedMs).toBeUndefined();
});
