import slow from './jest.slow.config.mjs';

/** The slow tests that hash on every core or measure CPU time: one file at a time, for two would measure one another. */
export default {
  ...slow,
  testMatch: ['**/*.mining.slow.test.ts'],
  testPathIgnorePatterns: [],
  maxWorkers: 1,
};
