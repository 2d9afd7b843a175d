import { expect, it } from '@jest/globals';
import { checkPrunedAgainstWhole } from './pruning-properties.ts';

const RUNS = 500;

it('on five hundred random DAGs a pruned engine says the same of all it keeps as one that keeps everything', () => {
  const { prunings } = checkPrunedAgainstWhole(RUNS);
  // One that never pruned would have shown nothing.
  expect(prunings).toBeGreaterThan(2 * RUNS);
});
