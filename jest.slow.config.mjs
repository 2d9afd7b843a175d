import { base } from './jest.config.mjs';

/** The slow suite: long runs, child processes, CPU-time measurements; one file at a time. */
export default {
  ...base,
  testMatch: ['**/*.slow.test.ts'],
  testTimeout: 300_000,
  maxWorkers: 1,
};
