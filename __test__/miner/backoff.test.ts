import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Backoff, DEFAULT_BACKOFF } from '../../ts/miner/backoff.ts';

function delays(backoff: Backoff, chance: number): number[] {
  const found: number[] = [];
  for (let delay = backoff.fail(chance); delay !== undefined; delay = backoff.fail(chance)) found.push(delay);
  return found;
}

describe('The default backoff', () => {
  test('doubles its delays from 100 ms to 5 s and ends with the tenth try', () => {
    const noJitter = new Backoff(DEFAULT_BACKOFF);
    expect(delays(noJitter, 0)).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
    expect(noJitter.failedTries).toBe(10);
  });

  test('starts again after a reset', () => {
    const backoff = new Backoff(DEFAULT_BACKOFF);
    backoff.fail(0);
    backoff.fail(0);
    backoff.reset();
    expect(backoff.failedTries).toBe(0);
    expect(backoff.fail(0)).toBe(100);
  });
});

test('Jitter shortens a delay by at most its fraction and never lengthens it', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (jitter, chance) => {
        const plain = delays(new Backoff({ ...DEFAULT_BACKOFF, jitter: 0 }), chance);
        const jittered = delays(new Backoff({ ...DEFAULT_BACKOFF, jitter }), chance);
        return jittered.every((delay, n) => delay <= plain[n]! && delay >= plain[n]! * (1 - jitter));
      },
    ),
  );
});

test('A sequence of one try has no delay', () => {
  expect(new Backoff({ ...DEFAULT_BACKOFF, maxTries: 1 }).fail(0)).toBeUndefined();
});

test.each([
  ['initialMs', { initialMs: 0 }],
  ['factor', { factor: 0.9 }],
  ['maxMs', { maxMs: 99 }],
  // Node's timers would fire immediately.
  ['maxMs', { maxMs: 2 ** 31 }],
  ['jitter', { jitter: 1.5 }],
  ['jitter', { jitter: Number.NaN }],
  ['maxTries', { maxTries: 0 }],
])('An invalid %s is rejected by name', (name, wrong) => {
  expect(() => new Backoff({ ...DEFAULT_BACKOFF, ...wrong })).toThrow(
    expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument: `backoff.${name}` }),
  );
});
