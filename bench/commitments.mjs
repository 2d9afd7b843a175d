#!/usr/bin/env node
/**
 * Measures the CPU time per block that the pruning point and the chain root cost, to which each block commits, at several
 * lengths of the selected chain. Every block is a chain block. Run by `npm run bench:commitments`.
 *
 *   node bench/commitments.mjs [--blocks 1000000] [--rounds 9] [--json]
 *
 * CPU time is that of the whole process. Medians are over rounds of 1,000 blocks.
 */
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ChainRanges } from '../dist/dag/engine/chain-ranges.js';
import { PruningSamples } from '../dist/dag/engine/pruning-samples.js';
import { devnet } from '../dist/dag/index.js';
import { median } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { report } from './report.mjs';
import { timed } from './timed.mjs';

const { values: options } = parseArgs({
  options: {
    blocks: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '9' },
    json: { type: 'boolean', default: false },
  },
});
const blocks = Number(options.blocks);
const rounds = Number(options.rounds);
const ROUND = 1000;

/** The columns that the ranges read, for a plain chain. */
const chain = {
  hashes: [],
  rawHashes: [],
  blueWork: { of: (block) => 2n ** 40n * BigInt(block) },
  timestampMs: [],
  index: { rawHashOf: (block) => chain.rawHashes[block] },
  chainParent: (block) => block - 1,
};
for (let block = 0; block <= blocks + rounds * ROUND; block++) {
  const digest = createHash('sha256').update(`${block}`).digest();
  chain.rawHashes.push(digest);
  chain.hashes.push(Buffer.from(digest).reverse().toString('hex'));
  chain.timestampMs.push(1_700_000_000_000 + 1000 * block);
}

const perBlock = (times) => {
  const sorted = times.map(({ cpuUs }) => cpuUs / ROUND).sort((a, b) => a - b);
  return `${median(sorted).toFixed(1)} µs [${sorted[0].toFixed(1)}, ${sorted.at(-1).toFixed(1)}]`;
};

const ranges = new ChainRanges(chain);
const samples = new PruningSamples(devnet.pruning);
samples.begin(0, chain.hashes[0]);
let next = 1;
const addSample = (block) => samples.add(block, chain.hashes[block], block, block - 1, block - 1);
const rows = [];
for (let length = 1000; length <= blocks; length *= 10) {
  for (; next < length; next++) {
    addSample(next);
    ranges.peaksOf(next);
  }
  const appends = [];
  const roots = [];
  const points = [];
  for (let round = 0; round < rounds; round++) {
    const from = next;
    next += ROUND;
    points.push(
      timed(() => {
        for (let block = from; block < next; block++) {
          addSample(block);
          samples.pruningPointOf(block - 1, block);
        }
      }),
    );
    appends.push(
      timed(() => {
        for (let block = from; block < next; block++) ranges.peaksOf(block);
      }),
    );
    roots.push(
      timed(() => {
        for (let block = from; block < next; block++) ranges.rootOf(block);
      }),
    );
  }
  rows.push(
    { measure: `pruning point, after ${length} chain blocks`, value: perBlock(points) },
    { measure: `appending to the range, after ${length} chain blocks`, value: perBlock(appends) },
    { measure: `chain root, after ${length} chain blocks`, value: perBlock(roots) },
  );
}
report('Commitments of a block', rows);
