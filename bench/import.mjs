#!/usr/bin/env node
// Measures how long programs take to load qanto and to get a first result, compared with similar packages. The figures are
// the wall time of new processes minus the wall time of an empty Node.js program in the same round.
//   node bench/import.mjs [--against CHECKOUT] [--rounds 21] [--json]
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { median, quantile } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { report } from './report.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const FOLDER = join(ROOT, 'target', 'bench-import');
const OTHERS = { '@node-rs/argon2': '2.2.1', 'hash-wasm': '4.13.0', piscina: '5.3.2' };

const { values: flags } = parseArgs({
  options: {
    against: { type: 'string' },
    rounds: { type: 'string', default: '21' },
    json: { type: 'boolean', default: false },
  },
});

const TRIVIAL = `{ algorithm: 'sha256d', preimage: new Uint8Array(28), nonce: { offset: 20, encoding: 'u64le' }, target: 2n ** 255n }`;
const solve = (from) => `import { solvePow } from '${from}'; await solvePow(${TRIVIAL});`;

/** Each program is an ES module. The number is the maximum time in ms, above that of an empty program. */
const PROGRAMS = [
  ["import 'qanto'", `import 'qanto';`, 40],
  ["import 'qanto', first solution", solve('qanto'), 70],
  ["import 'qanto/dag'", `import 'qanto/dag';`, 60],
  ["import 'qanto/formats'", `import 'qanto/formats';`],
  ["import 'qanto/gate'", `import 'qanto/gate';`],
  ["import 'qanto/miner'", `import 'qanto/miner';`],
  ["import 'qanto/proofs'", `import 'qanto/proofs';`],
  ["import 'qanto/stratum'", `import 'qanto/stratum';`],
  ["import 'qanto/telemetry'", `import 'qanto/telemetry';`],
  ["import 'qanto-node'", `import 'qanto-node';`],
  ["import '@node-rs/argon2'", `import '@node-rs/argon2';`],
  [
    "import '@node-rs/argon2', first hash",
    `import { hash } from '@node-rs/argon2'; await hash('x', { memoryCost: 8, timeCost: 1 });`,
  ],
  ["import 'hash-wasm'", `import 'hash-wasm';`],
  ["import 'hash-wasm', first hash", `import { sha256 } from 'hash-wasm'; await sha256('x');`],
  ["import 'piscina'", `import 'piscina';`],
  [
    "import 'piscina', first task",
    `import { Piscina } from 'piscina';
const pool = new Piscina({ filename: new URL('./task.mjs', import.meta.url).href, maxThreads: 1 });
await pool.run(1);
await pool.close();`,
  ],
  ...(flags.against === undefined ? [] : before(resolve(flags.against))),
];

function before(checkout) {
  const entry = pathToFileURL(join(checkout, 'dist', 'index.js')).href;
  return [
    [`import of ${flags.against}`, `import '${entry}';`],
    [`import of ${flags.against}, first solution`, solve(entry)],
  ];
}

prepare();
const bare = file('bare', '');
const subjects = [
  ...PROGRAMS.map(([name, text, goal], index) => ({ name, goal, args: [file(`program-${index}`, text)] })),
  { name: 'qanto --version', goal: 120, args: [join(ROOT, 'npm/qanto-node/bin/qanto.js'), '--version'] },
];
const above = subjects.map(() => []);
// The first round warms the file cache.
for (let round = 0; round <= Number(flags.rounds); round++) {
  const bareMs = milliseconds([bare]);
  for (const [index, { args }] of subjects.entries()) {
    const tookMs = milliseconds(args) - bareMs;
    if (round > 0) above[index].push(tookMs);
  }
  if (process.stderr.isTTY) process.stderr.write(`\rround ${round} of ${flags.rounds}`);
}
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');

report(
  `bench:import, ms of wall time above an empty program, ${flags.rounds} alternating rounds, median [p10, p90]`,
  subjects.map(({ name, goal }, index) => {
    const sorted = above[index].sort((a, b) => a - b);
    const [low, high] = [quantile(sorted, 0.1), quantile(sorted, 0.9)].map((ms) => ms.toFixed(0));
    return {
      measure: name,
      value: `${median(sorted).toFixed(0)} [${low}, ${high}]`,
      ...(goal !== undefined && { goal: `at most ${goal}` }),
    };
  }),
);

function milliseconds(args) {
  const beganAt = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: FOLDER, encoding: 'utf8' });
  const tookMs = Number(process.hrtime.bigint() - beganAt) / 1e6;
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return tookMs;
}

function file(name, text) {
  const path = join(FOLDER, `${name}.mjs`);
  writeFileSync(path, text);
  return path;
}

/** Prepares a folder in which `qanto` resolves to this clone, and in which the other packages are installed. */
function prepare() {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'package.json'), JSON.stringify({ private: true, dependencies: OTHERS }));
  writeFileSync(join(FOLDER, 'task.mjs'), 'export default (value) => value;\n');
  if (Object.keys(OTHERS).every((name) => existsSync(join(FOLDER, 'node_modules', name)))) return;
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock'];
  execFileSync('npm', args, { cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit'] });
}
