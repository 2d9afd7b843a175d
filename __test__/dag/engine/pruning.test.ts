import { describe, expect, it } from '@jest/globals';
import { checkPrunedAgainstWhole } from './pruning-properties.ts';

describe('A pruned engine', () => {
  it('gives the same results for the blocks that it keeps as an engine that keeps all blocks', () => {
    const { prunings, refusals } = checkPrunedAgainstWhole(25);
    expect(prunings).toBeGreaterThan(25);
    expect(refusals).not.toContain('ERR_QANTO_RETENTION');
  });
});
