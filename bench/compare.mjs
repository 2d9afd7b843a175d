#!/usr/bin/env node
// Compares the hash rates of two built checkouts, sampled in turn in one process, and prints a table in Markdown.
//   node bench/compare.mjs BASE HEAD [--seconds 120]
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { measureHashRates } from '../npm/qanto-node/dist/diagnostics/hash-rates.js';
import { machine } from '../npm/qanto-node/dist/diagnostics/machine.js';
import { median, medianInterval } from '../npm/qanto-node/dist/diagnostics/statistics.js';

const { values: flags, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '120' } },
  allowPositionals: true,
});
if (positionals.length !== 2) throw new Error('give two checkouts: node bench/compare.mjs BASE HEAD');

const HASHES = [
  { algorithm: 'sha256d', versions: 1 },
  { algorithm: 'sha256d', versions: 16 },
  { algorithm: 'sha256', versions: 1 },
  { algorithm: 'blake3', versions: 1 },
];

/** Each build has its own addon and its own pool of threads. */
async function buildIn(checkout) {
  const load = (module) =>
    import(pathToFileURL(resolve(checkout, 'npm/qanto-node/dist/diagnostics', module)).href);
  const [{ kernelSubject }, there] = await Promise.all([load('kernel-subjects.js'), load('machine.js')]);
  return { kernelSubject, kernels: there.machine().kernels };
}

const builds = await Promise.all(positionals.map(buildIn));
const kernels = builds[0].kernels.filter((kernel) => builds[1].kernels.includes(kernel));
const rows = HASHES.flatMap((hash) => kernels.map((kernel) => ({ ...hash, kernel }))).filter(
  // The SHA instructions do not support BLAKE3.
  ({ algorithm, kernel }) => algorithm !== 'blake3' || !kernel.startsWith('sha-ni'),
);
const series = await measureHashRates(
  rows.flatMap((row) => builds.map(({ kernelSubject }) => kernelSubject(row))),
  { seconds: Number(flags.seconds), signal: new AbortController().signal },
);

const rates = ({ samples }) => samples.map(({ hashesPerCpuSecond }) => hashesPerCpuSecond);
const mega = (values) => (median(values) / 1e6).toFixed(2);

const { cpu, cores, node } = machine();
console.log(`Hash rates on ${cpu}, ${cores} cores, Node ${node}: millions of hashes per second of CPU time, medians.
The ratio is the median over rounds in which base and head took turns, with its 99 % interval. It is bold if the interval does not contain 1.

| algorithm | kernel | base | head | head / base | rounds |
| --- | --- | --: | --: | --: | --: |`);
for (const [index, { algorithm, versions, kernel }] of rows.entries()) {
  const [base, head] = [rates(series[2 * index]), rates(series[2 * index + 1])];
  const ratios = head.map((rate, round) => rate / base[round]);
  const { low, high } = medianInterval(ratios);
  const text = `${median(ratios).toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
  const ratio = low > 1 || high < 1 ? `**${text}**` : text;
  const name = versions > 1 ? `${algorithm}, ${versions} versions` : algorithm;
  console.log(`| ${name} | ${kernel} | ${mega(base)} | ${mega(head)} | ${ratio} | ${ratios.length} |`);
}
