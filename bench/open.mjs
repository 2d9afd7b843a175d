#!/usr/bin/env node
// Measures how long it takes to open a store, how much memory the process then has, and for how long the event loop is held:
// from a checkpoint, and from all blocks while a checkpoint is written. Each measurement runs in a new process. The blocks
// have the shape of ten blocks per second with a delay of one second, and are made first.
//   node bench/open.mjs [--blocks 100000,1000000] [--rounds 3] [--directory DIRECTORY] [--json]
// With --directory, the stores are kept there for the next run.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { report } from './report.mjs';

const { values: flags } = parseArgs({
  options: {
    blocks: { type: 'string', default: '100000,1000000' },
    rounds: { type: 'string', default: '3' },
    directory: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const child = (...args) =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [fileURLToPath(new URL('open-child.mjs', import.meta.url)), ...args.map(String)],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
    ),
  );

const GOALS = {
  100000: { seconds: 0.5 },
  1000000: { seconds: 3, megabytes: 700 },
};
const LONGEST_TURN_MS = 20;

/** JSON has null for what the system does not tell. */
const fixed = (value, digits) => value?.toFixed(digits) ?? 'unknown';

const spread = (values, digits) => {
  if (values.includes(null)) return 'unknown';
  const shown = (value) => fixed(value, digits);
  return `${shown(median(values))} [${shown(Math.min(...values))}, ${shown(Math.max(...values))}]`;
};

function rowsFor(name, runs, goals) {
  const of = (figure) => runs.map((run) => run[figure]);
  const goal = (value, unit) => (value === undefined ? {} : { goal: `at most ${value} ${unit}` });
  return [
    { measure: `${name}: time`, value: `${spread(of('seconds'), 2)} s`, ...goal(goals.seconds, 's') },
    { measure: '  CPU time', value: `${spread(of('cpuSeconds'), 2)} s` },
    {
      measure: '  peak memory (RSS)',
      value: `${spread(of('peakMegabytes'), 0)} MB`,
      ...goal(goals.megabytes, 'MB'),
    },
    {
      measure: '  longest turn of the event loop: CPU time of the main thread',
      value: `${spread(of('longestTurnCpuMs'), 1)} ms`,
      ...goal(LONGEST_TURN_MS, 'ms'),
    },
    { measure: '  longest turn of the event loop: wall time', value: `${spread(of('longestTurnMs'), 1)} ms` },
  ];
}

const root = flags.directory ?? mkdtempSync(join(process.env.QANTO_BENCH_DIR ?? tmpdir(), 'qanto-bench-'));
mkdirSync(root, { recursive: true });
const rows = [];
for (const blocks of flags.blocks.split(',').map(Number)) {
  const directory = join(root, String(blocks));
  if (!existsSync(join(directory, 'blocks.db'))) child('make', directory, blocks);
  const { parents, databaseMegabytes } = child('describe', directory);
  const checkpoint = join(directory, 'engine.checkpoint');
  rmSync(checkpoint, { force: true });
  const fromBlocks = child('open', directory, blocks);
  const fromCheckpoint = [];
  for (let round = 0; round < Number(flags.rounds); round++) {
    fromCheckpoint.push(child('open', directory, blocks));
  }
  const [{ checkpointMegabytes, columnBytes }] = fromCheckpoint;
  rows.push(
    {
      measure: `${blocks} blocks`,
      value: `${parents.toFixed(1)} parents per block, ${databaseMegabytes.toFixed(0)} MB of blocks`,
    },
    {
      measure: '  checkpoint',
      value: `${checkpointMegabytes.toFixed(0)} MB, ${((checkpointMegabytes * 1e6) / blocks).toFixed(0)} bytes per block`,
    },
    {
      measure: '  array buffers (columns)',
      value: `${(columnBytes / blocks).toFixed(0)} bytes per block`,
      goal: 'at most 400 bytes per block',
    },
    ...rowsFor('  from the checkpoint', fromCheckpoint, GOALS[blocks] ?? {}),
    ...rowsFor('  from all blocks', [fromBlocks], {}),
    {
      measure: '  writing the whole checkpoint: longest turn, CPU time of the main thread',
      value: `${fixed(fromBlocks.writing.longestTurnCpuMs, 1)} ms (wall time: ${fromBlocks.writing.longestTurnMs.toFixed(1)} ms), in ${fromBlocks.writing.seconds.toFixed(1)} s`,
      goal: `at most ${LONGEST_TURN_MS} ms`,
    },
  );
}
if (flags.directory === undefined) rmSync(root, { recursive: true });
report('bench:open', rows);
