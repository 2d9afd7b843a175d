/** The fast suite: everything but the slow files. */
export const base = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  roots: ['<rootDir>/__test__'],
  setupFiles: ['<rootDir>/__test__/environment.ts'],
  // A guard against a test that hangs, not a measure: a busy machine may take its time.
  testTimeout: 30_000,
};

export default {
  ...base,
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['\\.slow\\.test\\.ts$'],
};
