/** Grows a DAG in an engine, as a network with ten blocks per second would. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DagEngine } from '../dist/dag/engine/engine.js';
import { rebuild } from '../dist/dag/engine/rebuild.js';
import { median } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { seededRandom } from './seeded-random.mjs';
import { SyntheticParents } from './synthetic-parents.mjs';
import { timed } from './timed.mjs';

/** The number of blocks of the compared sections, and of the slices over which the medians are taken. */
export const SECTION = 10_000;
const SLICE = 500;

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc');

const round = (value, digits = 1) => Number(value.toFixed(digits));

/** The blocks of a network, with random hashes. */
export class SyntheticNetwork {
  #random = seededRandom(1);
  #parents;

  constructor(delayMs, maxParents, genesisHash = this.#hash()) {
    this.genesis = { hash: genesisHash, parents: [], bits: 0x1e7fffff, timestampMs: 1_700_000_000_000 };
    this.#parents = new SyntheticParents(delayMs, maxParents, this.genesis.hash, this.#random);
  }

  next() {
    return this.#parents.next(() => this.#hash());
  }

  #hash() {
    let hash = '';
    while (hash.length < 64)
      hash += Math.floor(this.#random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0');
    return hash;
  }
}

function heapBytes() {
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heapUsed, arrayBuffers };
}

/** Depths of about an hour and a half, ten minutes and, as the lower bound requires, five hours. */
const PRUNING = { finalityDepth: 50_000, mergeDepth: 6000, pruningDepth: 186_000 };

/** Prunes the past, which a node does in slices. */
function pruned(engine) {
  for (const steps = rebuild(engine); ; ) {
    const { done, value } = steps.next();
    if (done) return value?.engine ?? engine;
  }
}

/** Rows for the report. With `pruned`, the virtual state is also kept up to date, because pruning follows it. */
export function benchSyntheticDag(blocks, delayMs, options) {
  const withVirtual = options.virtual || options.pruned;
  const params = {
    ghostdagK: 124,
    maxParents: 16,
    mergeSetLimit: 248,
    targetTimePerBlockMs: 100,
    difficultyWindow: 661,
    difficultySampleRate: 40,
    minDifficultyWindow: 150,
    pastMedianTimeWindow: 27,
    pastMedianTimeSampleRate: 100,
    ...(options.pruned ? { pruning: PRUNING } : {}),
  };
  const network = new SyntheticNetwork(delayMs, params.maxParents);
  const before = heapBytes();
  let engine = new DagEngine(params, network.genesis);
  const sections = [];
  let parents = 0;
  let mostKept = 0;
  let rebuildingUs = 0;
  let prunings = 0;
  let pruningPoint = engine.pruningPoint();
  for (let done = 0; done < blocks; done += SECTION) {
    const slices = [];
    for (let inSection = 0; inSection < SECTION; inSection += SLICE) {
      const slice = Array.from({ length: SLICE }, () => network.next());
      for (const block of slice) parents += block.parents.length;
      const { cpuUs } = timed(() => {
        for (const { hash, parents, timestampMs } of slice) {
          const due = engine.preview(parents);
          const node = {
            hash,
            parents,
            bits: due.expectedBits,
            timestampMs: Math.max(timestampMs, due.pastMedianTimeMs + 1),
          };
          engine.add(node, due);
          if (withVirtual) engine.updateVirtual();
        }
      });
      slices.push(cpuUs / SLICE);
      mostKept = Math.max(mostKept, engine.size);
      if (engine.pruningPoint() === pruningPoint) continue;
      pruningPoint = engine.pruningPoint();
      prunings += 1;
      const rebuilding = timed(() => {
        engine = pruned(engine);
      });
      rebuildingUs += rebuilding.cpuUs;
    }
    sections.push({
      medianUs: median(slices),
      meanUs: slices.reduce((sum, us) => sum + us, 0) / slices.length,
    });
  }
  const after = heapBytes();
  const [early, last] = [sections[1], sections.at(-1)];
  const bytes = (of) => Math.round((after[of] - before[of]) / engine.size);
  const shown = ({ medianUs, meanUs }) => `${round(medianUs)} µs of CPU per block (mean ${round(meanUs)})`;
  return [
    {
      measure: `${blocks} blocks at ten per second`,
      value: `${round(parents / blocks)} parents per block, delay ${delayMs} ms${withVirtual ? ', with the virtual state' : ''}`,
    },
    { measure: '  blocks 10,000 to 20,000', value: shown(early) },
    { measure: '  the last 10,000', value: shown(last) },
    {
      measure: '  ratio of the last to the early blocks',
      value: `${round(last.medianUs / early.medianUs, 2)} (means ${round(last.meanUs / early.meanUs, 2)})`,
      goal: 'at most 1.1',
    },
    {
      measure: '  memory per held block',
      value: `${bytes('heapUsed')} bytes of heap, ${bytes('arrayBuffers')} in columns`,
      goal: 'at most 1024 in total',
    },
    ...(options.pruned
      ? [
          { measure: '  blocks held', value: `${mostKept} at most, ${engine.size} at the end` },
          {
            measure: '  prunings',
            value: `${prunings}, ${round(rebuildingUs / blocks)} µs of CPU per block`,
          },
        ]
      : []),
  ];
}
