import { describe, expect, test } from '@jest/globals';
import { DIFFICULTY_1_TARGET, difficultyFromTarget, TARGET_LIMIT } from '../../ts/pow/targets.ts';
import { targetOfDifficulty } from '../../ts/stratum/difficulty.ts';
import { VariableDifficulty } from '../../ts/stratum/variable-difficulty.ts';

describe('The target of a difficulty', () => {
  test('is exact for powers of two and for integers', () => {
    expect(targetOfDifficulty(1)).toBe(DIFFICULTY_1_TARGET);
    expect(targetOfDifficulty(2 ** 40)).toBe(DIFFICULTY_1_TARGET >> 40n);
    expect(targetOfDifficulty(2 ** -20)).toBe(DIFFICULTY_1_TARGET << 20n);
    expect(targetOfDifficulty(3)).toBe(DIFFICULTY_1_TARGET / 3n);
    expect(targetOfDifficulty(0.5)).toBe(DIFFICULTY_1_TARGET * 2n);
  });

  test('is within 2^256 - 1 and 1 for any positive number', () => {
    expect(targetOfDifficulty(5e-324)).toBe(TARGET_LIMIT - 1n);
    expect(targetOfDifficulty(2 ** -32)).toBe(DIFFICULTY_1_TARGET << 32n);
    expect(targetOfDifficulty(2 ** -33)).toBe(TARGET_LIMIT - 1n);
    expect(targetOfDifficulty(Number.MAX_VALUE)).toBe(1n);
  });

  test('has this difficulty again', () => {
    for (const difficulty of [0.1, 669.868, 1e12, 3.14e-9]) {
      expect(difficultyFromTarget(targetOfDifficulty(difficulty)) / difficulty).toBeCloseTo(1, 12);
    }
  });
});

/** Shares of a miner with this hash rate (in difficulty 1 per minute) at regular intervals, until the difficulty stays as it is. */
function settled(variable: VariableDifficulty, perMinute: number): { changes: number; minutes: number } {
  let nowMs = 0;
  let changes = 0;
  for (let quiet = 0; quiet < 5; ) {
    const intervalMs = (variable.difficulty / perMinute) * 60_000;
    const shares = Math.min(Math.max(Math.ceil(30_000 / intervalMs), 1), 60);
    for (let n = 0; n < shares; n += 1) variable.accepted(variable.difficulty);
    nowMs += shares * intervalMs;
    const changed = variable.adjust(nowMs);
    changes += changed ? 1 : 0;
    quiet = changed ? 0 : quiet + 1;
  }
  return { changes, minutes: nowMs / 60_000 };
}

describe('A difficulty that adjusts itself', () => {
  const rule = { sharesPerMinute: 15, minDifficulty: 2 ** -16 };

  test.each([0.01, 1, 1000, 1e6])(
    'comes to 15 shares a minute for a miner of %p difficulties a minute',
    (perMinute) => {
      const variable = new VariableDifficulty(rule, 0.05, 0);
      const { changes } = settled(variable, perMinute);
      expect(perMinute / variable.difficulty).toBeGreaterThan(15 / 1.6);
      expect(perMinute / variable.difficulty).toBeLessThan(15 * 1.6);
      expect(changes).toBeLessThan(10);
    },
  );

  test('falls while no share arrives, down to its minimum', () => {
    const variable = new VariableDifficulty(rule, 1, 0);
    let nowMs = 0;
    const seen: number[] = [];
    while (variable.difficulty > rule.minDifficulty) {
      nowMs += 60_000;
      variable.adjust(nowMs);
      seen.push(variable.difficulty);
    }
    expect(seen.length).toBeLessThan(10);
    expect(variable.adjust(nowMs + 60_000)).toBe(false);
  });

  test('stays as it is after one share that came by luck', () => {
    const variable = new VariableDifficulty(rule, 1, 0);
    variable.accepted(1);
    expect(variable.adjust(10)).toBe(false);
    expect(variable.adjust(30_000)).toBe(false);
    expect(variable.difficulty).toBe(1);
  });

  test('should be raised at once only if far too many shares arrive', () => {
    // 15 shares a minute are 30 in two minutes.
    for (const [elapsedMs, isFlooded] of [
      [120_000, false],
      [16_000, false],
      [15_000, true],
      [0, true],
    ] as const) {
      const variable = new VariableDifficulty(rule, 1, 0);
      for (let n = 0; n < 29; n += 1) variable.accepted(1);
      expect(variable.isFlooded(elapsedMs)).toBe(false);
      variable.accepted(1);
      expect(variable.isFlooded(elapsedMs)).toBe(isFlooded);
    }
  });

  test('changes by a factor of at most 8 at a time', () => {
    const variable = new VariableDifficulty(rule, 1, 0);
    for (let n = 0; n < 1000; n += 1) variable.accepted(1);
    expect(variable.adjust(1)).toBe(true);
    expect(variable.difficulty).toBe(8);
  });
});
