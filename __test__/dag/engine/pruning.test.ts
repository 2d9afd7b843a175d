import { describe, expect, it } from '@jest/globals';
import { checkPrunedAgainstWhole } from './pruning-properties.ts';

describe('a pruned engine', () => {
  it('says the same of all it keeps as one that keeps everything', () => {
    const { prunings, refusals } = checkPrunedAgainstWhole(25);
    expect(prunings).toBeGreaterThan(25);
    expect(refusals).not.toContain('ERR_QANTO_RETENTION');
  });
});
