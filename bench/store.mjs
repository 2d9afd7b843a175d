#!/usr/bin/env node
// Measures the embedded store: CPU time, latency, disk space and memory. It measures the store through the binding, without
// Node.js, and in another built checkout, in alternating runs, each in a new process.
//   node bench/store.mjs [--against CHECKOUT] [--rounds 5] [--blocks 100000] [--singles 5000] [--json]
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine } from '../npm/qanto-node/dist/diagnostics/machine.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const { values: flags } = parseArgs({
  options: {
    against: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    blocks: { type: 'string', default: '100000' },
    singles: { type: 'string', default: '5000' },
    json: { type: 'boolean', default: false },
  },
});
const { blocks, singles } = flags;

const FIGURES = [
  ['groupsCpuSeconds', `${blocks} blocks in groups of 256: CPU s`],
  ['groupsSeconds', 'the same: wall time, s'],
  ['singlesCpuSeconds', `${singles} blocks, one per transaction: CPU s`],
  ['singlesP50Ms', 'the same: median latency, ms'],
  ['backupSeconds', 'a backup while blocks are appended one by one: s'],
  ['besideP50Ms', 'a block beside the backup: median latency, ms'],
  ['besideP99Ms', 'the same: 99 % are below, ms'],
  ['besideMostMs', 'the same: greatest, ms'],
  ['openSeconds', 'open and read all heads: s'],
  ['fileMegabytes', 'files after the groups: MB'],
  ['peakRssMegabytes', 'peak RSS: MB'],
  ['anonymousMegabytes', 'anonymous memory at the end: MB'],
];

const child = (checkout) => () =>
  JSON.parse(
    execFileSync(process.execPath, [`${ROOT}bench/store-child.mjs`, checkout, blocks, singles], {
      encoding: 'utf8',
    }),
  );

function withoutNode() {
  const args = ['bench', '--quiet', '-p', 'qanto-store', '--bench', 'store', '--'];
  const output = execFileSync('cargo', [...args, '--groups', blocks, '--singles', singles], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { bytes, ...figures } = JSON.parse(output.trim().split('\n').at(-1));
  return { ...figures, fileMegabytes: bytes / 1e6 };
}

const subjects = [
  ['through the binding', child(ROOT)],
  ['without Node', withoutNode],
  ...(flags.against === undefined ? [] : [[`binding of ${flags.against}`, child(flags.against)]]),
];

const runs = subjects.map(() => []);
for (let round = 0; round < Number(flags.rounds); round++) {
  for (const [index, [, measure]] of subjects.entries()) runs[index].push(measure());
  if (process.stderr.isTTY) process.stderr.write(`\rround ${round + 1} of ${flags.rounds}`);
}
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');

const figuresOf = (index, name) => runs[index].map((run) => run[name]).filter(Number.isFinite);
const sorted = (values) => values.toSorted((a, b) => a - b);
const summary = (values) =>
  values.length === 0
    ? undefined
    : {
        median: sorted(values)[Math.floor(values.length / 2)],
        min: Math.min(...values),
        max: Math.max(...values),
      };

if (flags.json) {
  const results = subjects.map(([name], index) => ({
    name,
    ...Object.fromEntries(FIGURES.map(([figure]) => [figure, summary(figuresOf(index, figure))])),
  }));
  console.log(JSON.stringify({ machine: machine(), rounds: Number(flags.rounds), results }));
} else {
  const { cpu, cores, node } = machine();
  console.log(
    `The store on ${cpu}, ${cores} cores, Node ${node}: medians of ${flags.rounds} alternating runs [min, max].\n`,
  );
  console.log(`| | ${subjects.map(([name]) => name).join(' | ')} |`);
  console.log(`|---|${'--:|'.repeat(subjects.length)}`);
  for (const [figure, label] of FIGURES) {
    const cells = subjects.map((_, index) => {
      const found = summary(figuresOf(index, figure));
      return found ? `${found.median.toFixed(2)} [${found.min.toFixed(2)}, ${found.max.toFixed(2)}]` : '';
    });
    console.log(`| ${label} | ${cells.join(' | ')} |`);
  }
  for (const figure of ['groupsCpuSeconds', 'singlesCpuSeconds']) {
    const [binding, alone] = [0, 1].map((index) => summary(figuresOf(index, figure))?.median ?? 0);
    if (binding === 0) continue;
    const share = ((100 * (binding - alone)) / binding).toFixed(0);
    console.log(`\nThe share of JavaScript and the binding in ${figure}: ${share} %.`);
  }
}
