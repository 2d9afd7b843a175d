import { expect, it } from '@jest/globals';
import { checkPrunedAgainstWhole } from './pruning-properties.ts';

const RUNS = 500;

it('A pruned engine gives the same results as an engine that keeps all blocks, on 500 random DAGs', () => {
  const { prunings } = checkPrunedAgainstWhole(RUNS);
  // Without prunings the test would be meaningless.
  expect(prunings).toBeGreaterThan(2 * RUNS);
});
