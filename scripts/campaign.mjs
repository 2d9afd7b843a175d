#!/usr/bin/env node
// Runs the long form of a topic's tests, in steps that may be interrupted. The progress is kept in target/campaign, and the
// next call continues from there. Prints the seed of every step.
//   node scripts/campaign.mjs store|proofs|gate|stratum [--seed 42] [--fraction 0.01] [--again]
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const { values: flags, positionals } = parseArgs({
  options: {
    seed: { type: 'string', default: '42' },
    fraction: { type: 'string', default: '1' },
    again: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

const jest = (config, path) => [
  process.execPath,
  '--experimental-vm-modules',
  'node_modules/jest/bin/jest.js',
  '--config',
  config,
  path,
];
const rust = (test, filter) => [
  'cargo',
  'test',
  '--quiet',
  '-p',
  'qanto-store',
  '--test',
  test,
  '--',
  '--nocapture',
  filter,
];

/** Each step runs `total` rounds, `chunk` at a time. A step without a total runs once, in full. */
const TOPICS = {
  store: [
    {
      name: 'power cuts',
      total: 700,
      chunk: 100,
      variable: 'QANTO_STORE_POWER_CUTS',
      command: rust('power_cut', ''),
    },
    {
      name: 'flipped bits',
      total: 2000,
      chunk: 250,
      variable: 'QANTO_STORE_FLIPS',
      command: rust('damage', 'flipped'),
    },
    {
      name: 'truncations',
      total: 300,
      chunk: 100,
      variable: 'QANTO_STORE_TRUNCATIONS',
      command: rust('damage', 'truncated'),
    },
    {
      name: 'zeroed pages',
      total: 300,
      chunk: 100,
      variable: 'QANTO_STORE_ZEROED_PAGES',
      command: rust('damage', 'zeroed'),
    },
    {
      name: 'errors at every call site',
      env: { QANTO_STORE_IO_ERRORS: 'all' },
      command: rust('io_errors', ''),
    },
    {
      name: 'kills',
      total: 1000,
      chunk: 100,
      variable: 'QANTO_CRASH_ROUNDS',
      command: jest('jest.slow.config.mjs', '__test__/dag/crash'),
    },
    { name: 'full disks', env: {}, command: jest('jest.slow.config.mjs', '__test__/dag/store/full-disk') },
  ],
  proofs: [
    {
      name: 'changed proofs',
      total: 300,
      chunk: 10,
      variable: 'QANTO_PROOFS_ROUNDS',
      command: jest('jest.slow.config.mjs', '__test__/proofs/fuzz'),
    },
  ],
  gate: [
    {
      name: 'forged tokens, 1,000 a round',
      total: 1000,
      chunk: 250,
      variable: 'QANTO_GATE_FORGED',
      command: jest('jest.slow.config.mjs', '__test__/gate/forged'),
    },
    {
      name: 'changed proofs, 1,000 a round',
      total: 600,
      chunk: 100,
      variable: 'QANTO_GATE_CHANGED',
      command: jest('jest.slow.config.mjs', '__test__/gate/changed'),
    },
    {
      name: 'sequences of requests',
      total: 2000,
      chunk: 250,
      variable: 'QANTO_GATE_SEQUENCES',
      command: jest('jest.slow.config.mjs', '__test__/gate/single-use'),
    },
  ],
  stratum: [
    {
      name: 'kills of nodes and miners',
      total: 1000,
      chunk: 100,
      variable: 'QANTO_STRATUM_KILLS',
      command: jest('jest.slow.config.mjs', '__test__/stratum/kill'),
    },
  ],
};

const [topic] = positionals;
const steps = TOPICS[topic];
if (steps === undefined || positionals.length !== 1) {
  console.error(`give one topic: ${Object.keys(TOPICS).join(', ')}`);
  process.exit(2);
}
const fraction = Number(flags.fraction);
if (!(fraction > 0 && fraction <= 1)) {
  console.error(`--fraction must be greater than 0 and at most 1; got ${flags.fraction}`);
  process.exit(2);
}

const folder = 'target/campaign';
const file = `${folder}/${topic}-${flags.seed}-${flags.fraction}.json`;
mkdirSync(folder, { recursive: true });
const done = flags.again ? {} : readDone();

for (const { name, total, chunk, variable, env = {}, command } of steps) {
  const rounds = total === undefined ? 1 : Math.max(1, Math.ceil(total * fraction));
  for (let first = done[name] ?? 0; first < rounds; first = done[name]) {
    const count = Math.min(chunk ?? 1, rounds - first);
    console.log(`== ${name}: rounds ${first} to ${first + count - 1} of ${rounds}, seed ${flags.seed}`);
    const [program, ...args] = command;
    const { status, error } = spawnSync(program, args, {
      stdio: 'inherit',
      env: {
        ...process.env,
        ...env,
        [`QANTO_${topic.toUpperCase()}_SEED`]: flags.seed,
        [`QANTO_${topic.toUpperCase()}_FIRST`]: String(first),
        ...(variable && { [variable]: String(count) }),
      },
    });
    if (error) throw error;
    if (status !== 0) {
      console.error(`${name} failed in rounds ${first} to ${first + count - 1} with seed ${flags.seed}`);
      process.exit(1);
    }
    done[name] = first + count;
    writeFileSync(file, JSON.stringify(done));
  }
}
console.log(`${topic}: all rounds passed: ${JSON.stringify(done)}`);

function readDone() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}
