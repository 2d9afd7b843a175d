/** How what stands in the documents is executed where it is not simply run as it is written, in an empty project. */

/** A command that is not run as it is written, in a project with qanto installed. */
export interface Execution {
  /** In a copy of this checkout. */
  readonly inCheckout?: true;
  /** This is run instead: the same program with less to do, or with another directory. */
  readonly as?: string;
  /** It goes on until it is stopped; that is done at the end of the document, after it has printed this. */
  readonly until?: RegExp;
  /** It is run by this file, which has this text in it. */
  readonly elsewhere?: readonly [file: string, text: string];
  /** Builds or measures for minutes, whatever it is given: of this program only the syntax is checked. */
  readonly tooLong?: string;
}

const byCi = (command: string): Execution => ({ elsewhere: ['.ci/run', ` ${command}\n`] });
const inCheckout = (as: string): Execution => ({ inCheckout: true, as });

export const COMMANDS: Readonly<Record<string, Execution>> = {
  // From a registry, which does not have this version yet: there the packed tarballs are installed.
  'npm install qanto': { elsewhere: ['__test__/package/installed.slow.test.ts', 'install([...tarballs'] },
  'npm install qanto qanto-node': {
    elsewhere: ['__test__/package/installed.slow.test.ts', 'install([...tarballs'],
  },
  'npm install prom-client': {
    elsewhere: ['__test__/package/alone.slow.test.ts', 'install it with "npm install '],
  },
  'npx qanto-node node --data-dir ./chain': { until: /mining, up/ },
  'npx qanto-node node': { as: 'npx qanto-node node --blocks 1' },
  'npx qanto-node mine': { as: 'npx qanto-node mine --blocks 1' },
  'npx qanto': { as: 'npx qanto --help' },
  'qanto node': { as: 'npx qanto-node node --blocks 1' },
  'QANTO_LOG=info qanto node': { as: 'QANTO_LOG=info npx qanto-node node --blocks 1' },
  'qanto node --help': { as: 'npx qanto-node node --help' },
  'qanto mine': { as: 'npx qanto-node mine --blocks 1' },
  'qanto config': { as: 'npx qanto-node config' },
  'qanto init': { as: 'npx qanto-node init --force' },
  'qanto completion bash': { as: 'npx qanto-node completion bash' },
  'npx qanto-node bench': { as: 'npx qanto-node bench --seconds 1' },
  'qanto bench': { as: 'npx qanto-node bench --seconds 1' },
  // A minute even in its quick form.
  'npx qanto-node diagnose': {
    elsewhere: ['__test__/cli/diagnose.mining.slow.test.ts', "run(['diagnose', '--quick'"],
  },
  'qanto diagnose': {
    elsewhere: ['__test__/cli/diagnose.mining.slow.test.ts', "run(['diagnose', '--quick'"],
  },

  // Builds, checks and suites: these are what CI is made of.
  'npm ci': byCi('npm ci'),
  'npm ci && npm start': byCi('npm ci'),
  'npm ci && npm test': byCi('npm test'),
  'npm test': byCi('npm test'),
  'npm run check': byCi('npm run check'),
  'npm run test:slow': byCi('npm run test:slow'),
  'npm run test:models': byCi('npm run test:models'),
  'npm run build': { elsewhere: ['package.json', '"pretest": "npm run --silent build"'] },
  '.ci/run': { elsewhere: ['.github/workflows/ci.yml', 'run: .ci/run\n'] },
  'npm run test:js -- NAME': inCheckout('npm run test:js -- units'),
  'npm run fix': { inCheckout: true },

  // Without the build that comes before: the checkout is built.
  'npm start': inCheckout('npm start --ignore-scripts -- --blocks 1'),
  'npm start -- --blocks 20 --data-dir ./my-dag': inCheckout(
    'npm start --ignore-scripts -- --blocks 20 --data-dir ./my-dag',
  ),
  'npm start -- --help': inCheckout('npm start --ignore-scripts -- --help'),

  'npm run matrix': { tooLong: 'scripts/matrix.mjs' },

  // Benchmarks, with a few samples.
  'npm run bench:import': inCheckout('node bench/import.mjs --rounds 1'),
  'npm run bench:kernels': inCheckout('node bench/kernels.mjs --seconds 1'),
  'npm run bench:solver': inCheckout('node bench/solver.mjs --aborts 20 --jobs 20 --rounds 1 --samples 0'),
  'npm run bench:dag': inCheckout('node bench/dag.mjs --blocks 30000 --rounds 1 --delay-ms 100'),
  'npm run bench:store': inCheckout('node bench/store-child.mjs . 2000 20'),
  'npm run campaign -- store': { tooLong: 'scripts/campaign.mjs' },
  'npm run soak': inCheckout('node --expose-gc bench/soak.mjs --jobs 2000'),

  'npm run bench:telemetry': { tooLong: 'bench/telemetry.mjs' },
  'npm run flamegraphs': { tooLong: 'scripts/flamegraphs.mjs' },
  'npm run flamegraphs -- basic_mining': { tooLong: 'scripts/flamegraphs.mjs' },
  'npm run performance': { tooLong: 'scripts/performance.mjs' },
  // Of its two parts the one that is not built first.
  'npm run fuzz': inCheckout('node fuzz/napi.mjs --seed 1 --executions 9000'),
  // Compiled with all other targets.
  'cargo bench -p qanto-pow': { elsewhere: ['package.json', 'cargo clippy --workspace --all-targets'] },

  // What writes files that are checked in: the tests that compare them run the programs.
  'npm run repository': {
    elsewhere: ['__test__/package/repository.test.ts', 'scripts/repository.mjs'],
  },
  'npm run notices': { elsewhere: ['__test__/package/notices.test.ts', 'scripts/notices.mjs'] },
  'npm run api': { elsewhere: ['__test__/api.slow.test.ts', 'scripts/api-report.mjs'] },
  'npm run docs': { elsewhere: ['__test__/api.slow.test.ts', 'node_modules/typedoc/bin/typedoc'] },
  'npm run ops:dashboard': { inCheckout: true },
  'npm run docs:config': { elsewhere: ['__test__/docs/operating.test.ts', 'scripts/config-reference.mjs'] },
  'npm run protocol:vectors': {
    elsewhere: ['__test__/dag/protocol/vectors.test.ts', 'scripts/protocol-vectors.mjs'],
  },
  'npm run pack:local': { elsewhere: ['__test__/package/install.ts', 'scripts/pack.mjs'] },

  'promtool test rules ops/prometheus/tests/*.yml': {
    elsewhere: ['__test__/ops/promtool.test.ts', "['test', 'rules', `ops/prometheus/tests/"],
  },
  'prometheus --config.file=ops/prometheus/prometheus.yml': {
    elsewhere: ['__test__/ops/prometheus.mining.slow.test.ts', '--config.file='],
  },
};

const TEMPLATE = `{
      algorithm: 'sha256d', preimage: new Uint8Array(80), nonce: { offset: 76, encoding: 'u32le' }, target: 2n ** 240n,
    }`;

/**
 * Names that programs in the documents take from the text around them, as modules to run before. By document and the
 * number of the program in it, from 1; all others stand for themselves.
 */
export const AROUND: Readonly<Record<string, string>> = {
  'docs/embedding.md 1': `
    globalThis.request = new Request('http://localhost');
    globalThis.template = ${TEMPLATE};`,
  'docs/embedding.md 2': `
    globalThis.pending = [Buffer.from('an entry')];
    globalThis.undo = () => {};
    globalThis.fail = (error) => { throw error; };
    globalThis.apply = (payloads) => console.log('applied', payloads.length);`,
  'docs/embedding.md 4': `
    const { regtest } = await import('qanto/dag');
    const of = (digit) => digit.repeat(64);
    globalThis.params = regtest;
    globalThis.genesis = { hash: of('0'), parents: [], bits: regtest.genesisBits, timestampMs: 0 };
    Object.assign(globalThis, { hash: of('1'), parents: [of('0')], bits: regtest.genesisBits, timestampMs: 1 });
    Object.assign(globalThis, { a: of('0'), b: of('1') });`,
  'docs/metrics.md 1': `
    const { Miner } = await import('qanto/miner');
    globalThis.dag = await (await import('qanto/testing')).openTestDag();
    globalThis.miner = new Miner(dag, { address: 'ab'.repeat(32) });`,
  'docs/security.md 1': `
    globalThis.solvePow = (await import('qanto')).solvePow;
    globalThis.template = ${TEMPLATE};
    globalThis.signal = new AbortController().signal;`,
};

/** The types of those names, and of nothing else that a program uses: what it is compiled with. */
export const DECLARED: Readonly<Record<string, string>> = {
  'docs/embedding.md 1': `
    declare const request: Request;
    declare const template: import('qanto').Template;`,
  'docs/embedding.md 2': `
    declare const pending: Uint8Array[];
    declare function undo(hash: string): void;
    declare function apply(payloads: readonly Uint8Array[]): void;
    declare function fail(error: Error): never;`,
  'docs/embedding.md 4': `
    declare const params: import('qanto/dag').DagParams;
    declare const genesis: import('qanto/dag').DagNode;
    declare const hash: string, parents: string[], bits: number, timestampMs: number, a: string, b: string;`,
  'docs/metrics.md 1': `
    declare const dag: import('qanto/dag').QantoDag;
    declare const miner: import('qanto/miner').Miner;`,
  'docs/security.md 1': `
    declare const solvePow: typeof import('qanto').solvePow;
    declare const template: import('qanto').Template;
    declare const signal: AbortSignal;`,
};

/** Programs that go on until they are stopped: what they print once they do what they are for. */
export const ENDLESS: Readonly<Record<string, RegExp>> = {
  'README.md 2': /^[0-9a-f]{64}: -0 \+1$/m,
  'docs/embedding.md 2': /applied 1/,
};

/** Programs that are started by a command of the document. */
export const STARTED_BY_NAME = new Set(['first.mjs', 'check-backup.mjs']);
