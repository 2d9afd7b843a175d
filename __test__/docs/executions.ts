/** Lists the commands and programs of the documents that are not executed as they are written, in an empty project. */

/** How a command is run that is not run as it is written in a project with qanto installed. */
export interface Execution {
  /** It runs in a copy of this checkout. */
  readonly inCheckout?: true;
  /** This command runs instead: the same program with less work, or in another directory. */
  readonly as?: string;
  /** It runs until it is stopped. The test stops it at the end of the document, after it has printed this. */
  readonly until?: RegExp;
  /** This file runs it, and contains this text. */
  readonly elsewhere?: readonly [file: string, text: string];
  /** It always builds or measures for minutes, so only the syntax of this program is checked. */
  readonly tooLong?: string;
}

const byCi = (command: string): Execution => ({ elsewhere: ['.ci/run', ` ${command}\n`] });
const inCheckout = (as: string): Execution => ({ inCheckout: true, as });

export const COMMANDS: Readonly<Record<string, Execution>> = {
  // The registry does not have this version yet. The tests of these files install the packed tarballs.
  'npm install qanto': { elsewhere: ['__test__/package/installed.slow.test.ts', 'install([...tarballs'] },
  'npm install qanto qanto-node': {
    elsewhere: ['__test__/package/installed.slow.test.ts', 'install([...tarballs'],
  },
  'npm install @node-rs/argon2': {
    elsewhere: ['__test__/package/alone.slow.test.ts', 'install it with "npm install @node-rs/argon2"'],
  },
  'npm install prom-client': {
    elsewhere: ['__test__/package/alone.slow.test.ts', 'install it with "npm install '],
  },
  'npm install --no-save @cap.js/wasm nanocurrency': {
    elsewhere: ['bench/formats.mjs', 'npm install --no-save @cap.js/wasm nanocurrency'],
  },
  'npx qanto-node node --data-dir ./chain': { until: /mining, up/ },
  'npx qanto-node node --data-dir ./chain --stratum': { until: /mining, up/ },
  'npx qanto-node node --network regtest --data-dir ./chain --rpc': { until: /mining, up/ },
  'npx qanto-node node': { as: 'npx qanto-node node --blocks 1' },
  'npx qanto-node mine': { as: 'npx qanto-node mine --blocks 1' },
  'npx qanto': { as: 'npx qanto --help' },
  'qanto node': { as: 'npx qanto-node node --blocks 1' },
  'QANTO_LOG=info qanto node': { as: 'QANTO_LOG=info npx qanto-node node --blocks 1' },
  'qanto node --help': { as: 'npx qanto-node node --help' },
  'qanto mine': { as: 'npx qanto-node mine --blocks 1' },
  'qanto formats': { as: 'npx qanto-node formats' },
  'qanto config': { as: 'npx qanto-node config' },
  'qanto init': { as: 'npx qanto-node init --force' },
  'qanto completion bash': { as: 'npx qanto-node completion bash' },
  'npx qanto-node bench': { as: 'npx qanto-node bench --seconds 1' },
  'qanto bench': { as: 'npx qanto-node bench --seconds 1' },
  // This takes a minute even in its quick form.
  'npx qanto-node diagnose': {
    elsewhere: ['__test__/cli/diagnose.mining.slow.test.ts', "run(['diagnose', '--quick'"],
  },
  'qanto diagnose': {
    elsewhere: ['__test__/cli/diagnose.mining.slow.test.ts', "run(['diagnose', '--quick'"],
  },

  // These commands need a data directory.
  'qanto pause': { elsewhere: ['__test__/cli/store-commands.slow.test.ts', "json('pause')"] },
  'qanto resume': { elsewhere: ['__test__/cli/store-commands.slow.test.ts', "start('resume')"] },
  'qanto threads': { elsewhere: ['__test__/cli/store-commands.slow.test.ts', "json('threads')"] },
  'qanto mine --connect': {
    elsewhere: ['__test__/cli/mine-connect.test.ts', "runUntil(isCredited, 'mine', '--connect'"],
  },
  'qanto workers': { elsewhere: ['__test__/cli/workers.test.ts', "runHere('workers'"] },
  'qanto inspect': {
    elsewhere: ['__test__/cli/store-commands.slow.test.ts', "start('inspect')"],
  },
  'npx qanto-node view --data-dir ./chain': {
    elsewhere: ['__test__/cli/view.slow.test.ts', "run(['view'"],
  },
  'qanto view': { elsewhere: ['__test__/cli/view.slow.test.ts', "run(['view'"] },
  'qanto backup': {
    elsewhere: ['__test__/cli/store-commands.slow.test.ts', "json('backup', 'copy')"],
  },
  'qanto restore': {
    elsewhere: ['__test__/cli/store-commands.slow.test.ts', "'restore', 'copy'"],
  },
  'qanto check': { elsewhere: ['__test__/cli/store-commands.slow.test.ts', "json('check')"] },
  'qanto export': { elsewhere: ['__test__/cli/store-commands.slow.test.ts', 'export --network'] },
  'qanto import': { elsewhere: ['__test__/cli/store-commands.slow.test.ts', 'import --network'] },

  // These builds, checks and test suites are the steps of CI.
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

  // The build before the start is skipped, because the checkout is already built.
  'npm start': inCheckout('npm start --ignore-scripts -- --blocks 1'),
  'npm start -- --blocks 20 --data-dir ./my-dag': inCheckout(
    'npm start --ignore-scripts -- --blocks 20 --data-dir ./my-dag',
  ),
  'npm start -- --help': inCheckout('npm start --ignore-scripts -- --help'),

  'npm run matrix': { tooLong: 'scripts/matrix.mjs' },

  // Benchmarks run with a few samples.
  'npm run bench:import': inCheckout('node bench/import.mjs --rounds 1'),
  'npm run bench:kernels': inCheckout('node bench/kernels.mjs --seconds 1'),
  'npm run bench:solver': inCheckout('node bench/solver.mjs --aborts 20 --jobs 20 --rounds 1 --samples 0'),
  'npm run bench:verify': inCheckout('node bench/verify.mjs --rounds 1 --calls 64'),
  'npm run bench:formats': inCheckout('node bench/formats.mjs --rounds 1 --tries 65536'),
  'npm run bench:gate': inCheckout('node --expose-gc bench/gate.mjs --rounds 1 --proofs 256 --forged 100'),
  'npm run bench:view': inCheckout('node bench/view.mjs --seconds 1 --rounds 1'),
  'npm run docs:screenshots': { tooLong: 'scripts/screenshots.mjs' },
  'npm run bench:dag': inCheckout('node bench/dag.mjs --blocks 30000 --rounds 1 --delay-ms 100'),
  'npm run bench:commitments': inCheckout('node bench/commitments.mjs --blocks 1000 --rounds 2'),
  'npm run bench:stratum': inCheckout('node bench/stratum.mjs --connections 20 --jobs 2 --shares 500'),
  'npm run bench:proofs': inCheckout('node bench/proofs.mjs --blocks 3000 --chain 1000 --samples 50'),
  'npm run bench:reachability': inCheckout(
    'node bench/reachability.mjs --lengths 1000 --blocks 100 --rounds 2',
  ),
  'npm run bench:timestamps': inCheckout('node bench/timestamps.mjs --sets 60/132000 --seeds 1 --blocks 200'),
  'npm run bench:timestamps -- --start-up': inCheckout(
    'node bench/timestamps.mjs --start-up --sets 150/10000 --seeds 1',
  ),
  'npm run bench:hostile': inCheckout('node bench/hostile-blocks.mjs --rounds 1'),
  'npm run bench:flood': inCheckout('node --expose-gc bench/hostile-flood.mjs --seconds 1 --only nothing'),
  'npm run bench:monitoring': inCheckout('node bench/monitoring.mjs --seconds 1 --attack none'),
  'npm run bench:open': inCheckout('node bench/open.mjs --blocks 5000 --rounds 1'),
  'npm run bench:store': inCheckout('node bench/store-child.mjs . 2000 20'),
  'npm run campaign -- store': { tooLong: 'scripts/campaign.mjs' },
  'npm run campaign -- proofs': { tooLong: 'scripts/campaign.mjs' },
  'npm run campaign -- gate': { tooLong: 'scripts/campaign.mjs' },
  'npm run campaign -- stratum': { tooLong: 'scripts/campaign.mjs' },
  'npm run soak': inCheckout('node --expose-gc bench/soak.mjs --jobs 2000'),

  'npm run bench:telemetry': { tooLong: 'bench/telemetry.mjs' },
  'npm run flamegraphs': { tooLong: 'scripts/flamegraphs.mjs' },
  'npm run flamegraphs -- basic_mining': { tooLong: 'scripts/flamegraphs.mjs' },
  'npm run performance': { tooLong: 'scripts/performance.mjs' },
  // Only the part that needs no build runs.
  'npm run fuzz': inCheckout('node fuzz/napi.mjs --seed 1 --executions 9000'),
  // The benchmarks are compiled with all other targets.
  'cargo bench -p qanto-pow': { elsewhere: ['package.json', 'cargo clippy --workspace --all-targets'] },

  // These commands write files that are checked in. The tests that compare the files run the programs.
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
 * Modules that run before a program and define the names that the program takes from the text around it. The key is the
 * document and the number of the program in it, from 1. All other programs are complete.
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

/** The declarations of these names, with which a program is compiled. */
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

/** Programs that run until they are stopped, with the output that shows that they work. */
export const ENDLESS: Readonly<Record<string, RegExp>> = {
  'docs/embedding.md 2': /applied 1/,
};

/** Programs that a command of the document starts. */
export const STARTED_BY_NAME = new Set(['first.mjs', 'ask.mjs', 'mine-one.mjs']);
