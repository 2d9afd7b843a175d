#!/usr/bin/env node
/**
 * Measures what a block costs if a fork grows on an abandoned branch, or if branches reorganise 1,000 deep, compared with a
 * chain and with a DAG of width 3: for reachability alone, and for the engine in full. Run by `npm run bench:reachability`.
 *
 *   node bench/reachability.mjs [--lengths 1000,10000,100000,1000000] [--blocks 10000] [--rounds 5] [--alone] [--json]
 *
 * A length is that of the abandoned branch, or of the chain below the forks. Each round adds `--blocks` blocks to the same
 * DAG. The times are CPU time of the whole process: the median over the rounds, and the range. With `--alone`, only
 * reachability is measured.
 */
import { parseArgs } from 'node:util';
import { DagEngine } from '../dist/dag/engine/engine.js';
import { Reachability } from '../dist/dag/engine/reachability.js';
import { median } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { FORKING, NORMAL } from './forking-dags.mjs';
import { report } from './report.mjs';
import { timed } from './timed.mjs';

const { values: options } = parseArgs({
  options: {
    lengths: { type: 'string', default: '1000,10000,100000,1000000' },
    blocks: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    alone: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const lengths = options.lengths.split(',').map(Number);
const blocksPerRound = Number(options.blocks);
const rounds = Number(options.rounds);

const hashOf = (block) => block.toString(16).padStart(64, '0');

/** Only the reachability of an engine. The first parent of a block is its selected parent, and it merges the others. */
class ReachabilityAlone {
  static title = 'reachability';
  #reachability = new Reachability();
  /** The greatest number of labels that one block changed, and how long that block took in ms of wall time. */
  longest = { labels: 0, ms: 0 };

  get blocks() {
    return this.#reachability.size;
  }

  get labels() {
    return this.#reachability.changedLabels;
  }

  add(parents) {
    const before = this.labels;
    const start = performance.now();
    const block = this.#reachability.add(parents[0], parents.slice(1));
    const labels = this.labels - before;
    if (labels > this.longest.labels) this.longest = { labels, ms: performance.now() - start };
    return block;
  }
}

class WholeEngine {
  static title = 'engine';
  #engine = new DagEngine(
    {
      ghostdagK: 18,
      maxParents: 16,
      mergeSetLimit: 180,
      targetTimePerBlockMs: 1000,
      difficultyWindow: 661,
      difficultySampleRate: 4,
      minDifficultyWindow: 150,
      pastMedianTimeWindow: 27,
      pastMedianTimeSampleRate: 10,
    },
    { hash: hashOf(0), parents: [], bits: 0x1e7fffff, timestampMs: 0 },
  );

  add(parents) {
    const block = this.#engine.size;
    const hashes = parents.map(hashOf);
    const due = this.#engine.preview(hashes);
    const node = { hash: hashOf(block), parents: hashes, bits: due.expectedBits, timestampMs: 1000 * block };
    this.#engine.add(node, due);
    return block;
  }
}

function measure(Dag, build, length) {
  const dag = new Dag();
  const add = build(dag, length);
  const us = Array.from({ length: rounds }, () => {
    const { cpuUs } = timed(() => {
      for (let i = 0; i < blocksPerRound; i++) add();
    });
    return cpuUs / blocksPerRound;
  });
  return { us, labelsPerBlock: dag.labels / dag.blocks, longest: dag.longest };
}

function row(title, { us, labelsPerBlock, longest }, normalUs) {
  const [typical, least, most] = [median(us), Math.min(...us), Math.max(...us)];
  const parts = [`${typical.toFixed(2)} µs [${least.toFixed(2)}, ${most.toFixed(2)}]`];
  if (normalUs !== undefined) parts.push(`${(typical / normalUs).toFixed(2)} times normal`);
  if (longest !== undefined) {
    parts.push(`${labelsPerBlock.toFixed(2)} labels changed per block`);
    parts.push(`${longest.labels} at most, which took ${longest.ms.toFixed(1)} ms`);
  }
  return {
    measure: title,
    value: parts.join(', '),
    labelsPerBlock,
    ...(normalUs === undefined ? {} : { goal: 'at most 3 times normal' }),
  };
}

const rows = [];
for (const Dag of options.alone ? [ReachabilityAlone] : [ReachabilityAlone, WholeEngine]) {
  for (const length of lengths) {
    const title = (name) => `${Dag.title}, ${length}: ${name}`;
    let normalUs = 0;
    for (const [name, build] of Object.entries(NORMAL)) {
      const result = measure(Dag, build, length);
      rows.push(row(title(name), result));
      normalUs = Math.max(normalUs, median(result.us));
    }
    for (const [name, build] of Object.entries(FORKING)) {
      rows.push(row(title(name), measure(Dag, build, length), normalUs));
    }
  }
}
report('bench:reachability', rows);
