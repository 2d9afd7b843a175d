import { base } from './jest.config.mjs';

/** The slow suite but what mines: long runs and child processes, a file on each core. */
export default {
  ...base,
  testMatch: ['**/*.slow.test.ts'],
  testPathIgnorePatterns: ['\\.mining\\.slow\\.test\\.ts$'],
  testTimeout: 300_000,
  maxWorkers: '100%',
};
