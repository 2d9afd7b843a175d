/** How miners can change the block rate with timestamps that the rules allow, in simulated time. */
import { devnet } from '../dist/dag/index.js';
import { targetToCompact, workFromCompact } from '../dist/pow/targets.js';
import { SimulatedNetwork } from './simulated-network.mjs';

const TARGET_MS = devnet.targetTimePerBlockMs;
/**
 * A simulation ends when a block takes this fraction of the hashes that it took in equilibrium. The difficulty has collapsed
 * by then. Soon afterwards, more blocks would be found within the delay of the network than a block can merge.
 */
const COLLAPSED = 1 / 32;
/** The difficulty of a fast machine: 26 million hashes. */
const BITS_OF_26_MILLION = targetToCompact(2n ** 256n / 26_000_000n);
const COLLAPSE_BLOCKS = 4000;

/** Delays in ms. On average, a block has one parent more than there are blocks underway. */
export const SHAPES = { chain: 0, 'width-3': 2 * TARGET_MS, 'width-6': 5 * TARGET_MS };

/** The timestamps of dishonest miners. Honest miners use the times at which they begin to search. */
export const STRATEGIES = {
  ahead: () => upperBound,
  behind: () => lowerBound,
  alternating: () => {
    let isAhead = false;
    return (times, maxTimeAheadMs) => {
      isAhead = !isAhead;
      return isAhead ? upperBound(times, maxTimeAheadMs) : lowerBound();
    };
  },
};

function upperBound({ foundMs }, maxTimeAheadMs) {
  return foundMs + maxTimeAheadMs;
}

/** The simulation raises it to one above the past median time. */
function lowerBound() {
  return 0;
}

/**
 * A network with one difficulty window of honest blocks. The difficulty is constant until then, so every simulation begins in
 * equilibrium.
 */
function inEquilibrium({ window, aheadMs }, genesisBits, { seed, shape }) {
  const params = {
    ...devnet,
    difficultyWindow: window,
    minDifficultyWindow: window,
    maxTimeAheadMs: aheadMs,
    genesisBits,
  };
  const hashesPerSecond = Number(workFromCompact(genesisBits)) / (TARGET_MS / 1000);
  const network = new SimulatedNetwork(params, { seed, hashesPerSecond, delayMs: SHAPES[shape] });
  for (let i = 0; i < window; i++) network.mine();
  return network;
}

/** Mines a block, with a probability of `share` as a dishonest miner. Returns the number of its parents. */
function mineShared(network, share, stamp, aheadMs) {
  return network.random() < share ? network.mine((times) => stamp(times, aheadMs)) : network.mine();
}

/**
 * The block rate, relative to the target, while a share of the hash rate uses a strategy. If the share is 0, all miners are
 * honest.
 */
export function attacked(set, { seed, blocks, shape, share = 0, strategy = 'ahead' }) {
  const network = inEquilibrium(set, devnet.genesisBits, { seed, shape });
  const stamp = STRATEGIES[strategy]();
  const startMs = network.clockMs;
  const least = network.expectedHashes * COLLAPSED;
  let parents = 0;
  let mined = 0;
  while (mined < blocks && network.expectedHashes >= least) {
    parents += mineShared(network, share, stamp, set.aheadMs);
    mined += 1;
  }
  return {
    relativeToTarget: (mined * TARGET_MS) / (network.clockMs - startMs),
    parents: parents / mined,
    collapsed: mined < blocks,
  };
}

/**
 * The fall of the number of hashes per block, in a chain that is mined at 26 million hashes per second, while a share of the
 * blocks is as far ahead as allowed.
 */
export function collapse(set, { seed, share }) {
  const network = inEquilibrium(set, BITS_OF_26_MILLION, { seed, shape: 'chain' });
  const hashesAtFirst = network.expectedHashes;
  const startMs = network.clockMs;
  const stamp = STRATEGIES.ahead();
  let leastHashes = hashesAtFirst;
  let afterMs = 0;
  let afterBlocks = 0;
  for (let mined = 1; mined <= COLLAPSE_BLOCKS; mined++) {
    mineShared(network, share, stamp, set.aheadMs);
    if (network.expectedHashes >= leastHashes) continue;
    leastHashes = network.expectedHashes;
    afterMs = network.clockMs - startMs;
    afterBlocks = mined;
  }
  return { hashesAtFirst, leastHashes, afterMs, afterBlocks };
}
