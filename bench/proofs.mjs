#!/usr/bin/env node
/**
 * Measures proofs of inclusion on a synthetic DAG: their sizes by the age of the block, on the selected chain and off it, and the
 * CPU time of making and verifying them. The age is the number of blocks of the total order after the block. Blocks have the parents, headers and contexts of a network with ten blocks per second, and no
 * payloads; the bytes of a payload's branch are computed for the greatest number of payloads. Run by `npm run bench:proofs`.
 *
 *   node bench/proofs.mjs [--blocks 100000] [--delay-ms 1000] [--chain 1000000] [--samples 1000] [--json]
 *
 * `--chain` is the length of a second DAG, a plain chain, for the sizes at that height; 0 leaves it out.
 */
import { parseArgs } from 'node:util';
import { encodeContext, hashContext } from '../dist/dag/context.js';
import { DagEngine } from '../dist/dag/engine/engine.js';
import { encodeHeader, hashHeader } from '../dist/dag/header.js';
import { siblingCount } from '../dist/proofs/content-branch.js';
import { encodeProof, verifyInclusion } from '../dist/proofs/index.js';
import { quantile } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { report } from './report.mjs';
import { seededRandom } from './seeded-random.mjs';
import { SyntheticParents } from './synthetic-parents.mjs';
import { timed } from './timed.mjs';

const { values: options } = parseArgs({
  options: {
    blocks: { type: 'string', default: '100000' },
    'delay-ms': { type: 'string', default: '1000' },
    chain: { type: 'string', default: '1000000' },
    samples: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
  },
});
const samples = Number(options.samples);
const GOAL_BYTES = 4096;
const PARAMS = {
  ghostdagK: 124,
  maxParents: 16,
  mergeSetLimit: 248,
  targetTimePerBlockMs: 100,
  difficultyWindow: 2,
  difficultySampleRate: 40,
  // The difficulty is constant, so that no time is spent on windows.
  minDifficultyWindow: 3,
  pastMedianTimeWindow: 1,
  pastMedianTimeSampleRate: 100,
};
const BITS = 0x1e7fffff;

/** The bytes that the payload with the longest branch adds, without its own: 10,000 payloads are the limit of devnet. */
const LONGEST_PAYLOAD_PART = 4 + 1 + 32 * siblingCount(10_000, 14) + 40 + 4;

/** A DAG of headers without proof of work, of which only the commitments are right. */
class HeadedDag {
  #heads = new Map();
  #count = 0;
  #isKept;

  /** Only the heads of blocks whose number is kept can be in a proof. */
  constructor(isKept = () => true) {
    this.#isKept = isKept;
    const head = this.#head({ parents: [], timestampMs: 0, daaScore: 0, blueScore: 0, blueWork: 0n });
    this.engine = new DagEngine(PARAMS, { hash: head.hash, parents: [], bits: BITS, timestampMs: 0 });
  }

  add(parents, timestampMs) {
    const due = this.engine.preview([...parents].sort());
    const { daaScore, blueScore, blueWork, chainRoot } = due;
    const { hash } = this.#head({ parents, timestampMs, daaScore, blueScore, blueWork, chainRoot });
    this.engine.add({ hash, parents: [...parents].sort(), bits: BITS, timestampMs }, due);
    return hash;
  }

  prove(hash, sink) {
    const { range, path } = this.engine.queries.inclusionPath(hash, sink);
    const block = (of) => this.#heads.get(of);
    return { sink: block(sink), ...(range && { range }), path: path.map(block) };
  }

  #head(fields) {
    const zeros = '0'.repeat(64);
    const context = encodeContext({
      pruningPoint: zeros,
      chainRoot: zeros,
      ...fields,
      parents: [...fields.parents].sort(),
    });
    const header = encodeHeader({
      version: 0x20000000,
      contextHash: hashContext(context),
      contentRoot: zeros,
      time: Math.floor(fields.timestampMs / 1000),
      bits: BITS,
      nonce: this.#count,
    });
    const hash = hashHeader(header);
    if (this.#isKept(this.#count)) this.#heads.set(hash, { header, context });
    this.#count += 1;
    return { hash };
  }
}

/** The sizes of the proofs of some blocks, and the times of making and verifying them, in µs. */
function measured(dag, hashes) {
  const sink = dag.engine.sink();
  const proofs = [];
  const making = timed(() => {
    for (const hash of hashes) proofs.push(encodeProof(dag.prove(hash, sink)));
  });
  const steps = [];
  const verifying = timed(() => {
    for (const proof of proofs) steps.push(verifyInclusion(proof, sink).steps);
  });
  const sizes = proofs.map(({ length }) => length).sort((a, b) => a - b);
  return {
    sizes,
    steps: steps.sort((a, b) => a - b),
    makingUs: making.cpuUs / hashes.length,
    verifyingUs: verifying.cpuUs / hashes.length,
  };
}

const spread = (sorted) =>
  [0, 0.5, 0.9, 0.99, 1].map((share) => Math.round(quantile(sorted, share))).join(' / ');

function rowsOf(what, { sizes, steps, makingUs, verifyingUs }, extra = 0) {
  return [
    {
      measure: `${what}: bytes without a payload`,
      value: `${spread(sizes)} (least / median / 90 % / 99 % / most of ${sizes.length} proofs)`,
    },
    {
      measure: '  with the longest branch of a payload',
      value: `${sizes.at(-1) + extra} at most`,
      ...(steps.at(-1) === 0 && { goal: `at most ${GOAL_BYTES}` }),
    },
    { measure: '  steps from the chain', value: spread(steps) },
    {
      measure: '  CPU time',
      value: `${Math.round(makingUs)} µs to make and encode, ${Math.round(verifyingUs)} µs to verify`,
    },
  ];
}

/** Hashes from all of a list: as many as there are samples, or all if there are fewer. */
function sampled(hashes) {
  if (hashes.length <= samples) return hashes;
  return Array.from({ length: samples }, () => hashes[Math.floor(random() * hashes.length)]);
}

const random = seededRandom(7);
const wide = new HeadedDag();
const network = new SyntheticParents(
  Number(options['delay-ms']),
  PARAMS.maxParents,
  wide.engine.genesis.hash,
);
let parentCount = 0;
for (let added = 0; added < Number(options.blocks); added++) {
  network.next((parents, timestampMs) => {
    parentCount += parents.length;
    return wide.add(parents, timestampMs);
  });
}
wide.engine.updateVirtual();
const past = [...wide.engine.order()].filter((hash) => wide.engine.isAncestor(hash, wide.engine.sink()));
const chain = new Set(wide.engine.selectedChain());
const rows = [
  {
    measure: 'synthetic DAG at ten blocks per second',
    value: `${options.blocks} blocks, ${(parentCount / Number(options.blocks)).toFixed(1)} parents each, ${chain.size} chain blocks`,
  },
];
for (const isOnChain of [true, false]) {
  for (let youngest = 0, oldest = 1000; youngest < past.length; youngest = oldest, oldest *= 10) {
    const ofAge = past
      .slice(Math.max(0, past.length - oldest), past.length - youngest)
      .filter((hash) => chain.has(hash) === isOnChain);
    const age = `age ${youngest} to ${Math.min(oldest, past.length)}`;
    rows.push(
      ...rowsOf(
        `${isOnChain ? 'on' : 'off'} the selected chain, ${age}`,
        measured(wide, sampled(ofAge)),
        LONGEST_PAYLOAD_PART,
      ),
    );
  }
}

const length = Number(options.chain);
if (length > 0) {
  const heights = new Set(Array.from({ length: samples }, () => Math.floor(random() * length)));
  const plain = new HeadedDag((height) => heights.has(height) || height === length - 1);
  const hashes = [];
  let hash = plain.engine.genesis.hash;
  for (let height = 0; height < length; height++) {
    if (height > 0) hash = plain.add([hash], 100 * height);
    if (heights.has(height)) hashes.push(hash);
  }
  plain.engine.updateVirtual();
  // The sink and the block have one parent here; with 16 parents each, the proof has 960 bytes more.
  const extra = LONGEST_PAYLOAD_PART + 2 * 15 * 32;
  rows.push({ measure: 'plain chain', value: `${length} blocks; one parent each` });
  const most = measured(plain, hashes);
  rows.push(...rowsOf('on the chain', most, LONGEST_PAYLOAD_PART), {
    measure: '  and with 16 parents for both blocks',
    value: `${most.sizes.at(-1) + extra} at most`,
    goal: `at most ${GOAL_BYTES}`,
  });
}
report('bench:proofs', rows);
