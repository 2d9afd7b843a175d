import { describe, expect, it } from '@jest/globals';
import { checkRestoredAgainstOriginal } from './record-properties.ts';

describe('A restored engine', () => {
  it('gives the same results as the engine that was recorded, also if both are pruned (300 runs)', () => {
    const { restored, prunedBefore } = checkRestoredAgainstOriginal(300);
    expect(restored).toBeGreaterThan(1500);
    expect(prunedBefore).toBeGreaterThan(150);
  });
});
