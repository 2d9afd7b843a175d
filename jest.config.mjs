/** Packages that are ES modules, or import one while they run: jest requires all that tests import, so it compiles these. */
const ES_MODULES = [
  '@noble/hashes',
  '@opentelemetry/otlp-exporter-base',
  'log-update',
  'strip-json-comments',
];

/** The fast suite: everything but the slow files. */
export const base = {
  testEnvironment: 'node',
  transform: {
    '^.+\\.[jt]s$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // A package may have one of them in a folder node_modules of its own.
  transformIgnorePatterns: [`/node_modules/(?!(.+/node_modules/)?(${ES_MODULES.join('|')})/)`],
  // Tests run on the sources: there is one copy of each module, whichever entry leads to it.
  moduleNameMapper: {
    '^qanto$': '<rootDir>/ts/index.ts',
    '^qanto/(dag|formats|gate|miner|proofs|stratum|telemetry)$': '<rootDir>/ts/$1/index.ts',
    '^qanto/(internal|testing)$': '<rootDir>/ts/$1.ts',
  },
  roots: ['<rootDir>/__test__'],
  setupFiles: ['<rootDir>/__test__/environment.ts'],
  // This only ends a test that hangs. The longest asynchronous tests take 10 s on a machine with five times as many busy
  // processes as cores.
  testTimeout: 120_000,
};

export default {
  ...base,
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['\\.slow\\.test\\.ts$'],
  // A file on each core. By default jest leaves one core to itself, which is half of the machine if there are two.
  maxWorkers: '100%',
};
