import { describe, it } from '@jest/globals';
import {
  checkAncestryAgainstPasts,
  checkArrivalOrderIsIrrelevant,
  checkConsensusAgainstOracle,
  checkEventsReplay,
  checkOrderAgainstOracle,
} from './consensus-properties.ts';

const RUNS = 2000;

describe('Each of 2000 random DAGs', () => {
  it('has the consensus data of a literal implementation of the rules', () => {
    checkConsensusAgainstOracle(RUNS);
  });

  it('has the ancestry that follows from its parent links', () => {
    checkAncestryAgainstPasts(RUNS);
  });

  it('has the total order and the virtual block of a block on the virtual parents', () => {
    checkOrderAgainstOracle(RUNS);
  });

  it('has the same total order as a replica that applies the changes from any point on', () => {
    checkEventsReplay(RUNS);
  });

  it('has the same colours, order, tips and virtual block in any order of arrival', () => {
    checkArrivalOrderIsIrrelevant(RUNS);
  });
});
