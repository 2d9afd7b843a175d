import { describe, it } from '@jest/globals';
import {
  checkAncestryAgainstPasts,
  checkArrivalOrderIsIrrelevant,
  checkConsensusAgainstOracle,
  checkEventsReplay,
  checkOrderAgainstOracle,
} from './consensus-properties.ts';

const RUNS = 2000;

describe('on two thousand random DAGs', () => {
  it('every consensus value of every block is what the literal rules give', () => {
    checkConsensusAgainstOracle(RUNS);
  });

  it('ancestry of every pair is what the parent links say', () => {
    checkAncestryAgainstPasts(RUNS);
  });

  it('the total order and the virtual block are those of a block on the virtual parents', () => {
    checkOrderAgainstOracle(RUNS);
  });

  it('a replica that follows the events holds the same order at every step, wherever it started', () => {
    checkEventsReplay(RUNS);
  });

  it('colours, order, tips and virtual block do not depend on the order of arrival', () => {
    checkArrivalOrderIsIrrelevant(RUNS);
  });
});
