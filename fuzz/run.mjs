#!/usr/bin/env node
// Runs the fuzz harnesses in Rust, and then fuzzes the addon's entry points. Prints the number of executions, as a table or as
// JSON with `--json`. Exits with code 1 if it finds a failure.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { requireRust } from '../scripts/rust.mjs';
import { fuzzAddon } from './napi.mjs';

/** Executions of a normal run: of all harnesses together, and of the calls to the addon. */
const HARNESSES = 10_800_000;
const CALLS = 300_000;

const { values: flags } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 48)) },
    /** Factor on the number of executions; 0.1 is a tenth of a normal run. */
    scale: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const seed = Number(flags.seed);
const scale = Number(flags.scale);

function fuzzHarnesses(executions) {
  const driver = ['--seed', seed, '--executions', executions, '--json'].map(String);
  const { status, stdout } = spawnSync(
    'cargo',
    ['run', '--release', '--locked', '--quiet', '-p', 'qanto-fuzz', '--bin', 'qanto-fuzz', '--', ...driver],
    { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' },
  );
  if (status !== 0) process.exit(1);
  return JSON.parse(stdout).targets;
}

requireRust();
const rows = fuzzHarnesses(Math.round(HARNESSES * scale));
let addonSeconds = 0;
try {
  const { counts, seconds } = await fuzzAddon({ seed, executions: Math.round(CALLS * scale) });
  const calls = Object.entries(counts).sort(([, one], [, other]) => other - one);
  for (const [name, executions] of calls) rows.push({ target: `addon: ${name}`, executions });
  addonSeconds = seconds;
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

const executions = rows.reduce((sum, row) => sum + row.executions, 0);
if (flags.json) {
  console.log(JSON.stringify({ seed, executions, addonSeconds, targets: rows }, null, 2));
} else {
  console.log(`seed ${seed}`);
  for (const row of rows) {
    const seconds = row.seconds === undefined ? '' : `${row.seconds.toFixed(1)} s`;
    console.log(`  ${row.target.padEnd(24)}${String(row.executions).padStart(12)}${seconds.padStart(10)}`);
  }
  console.log(`  all calls to the addon${`${addonSeconds.toFixed(1)} s`.padStart(24)}`);
  console.log(`  ${'executions'.padEnd(24)}${String(executions).padStart(12)}`);
}
