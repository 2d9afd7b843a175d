/** A network of miners in simulated time, on the consensus engine, for the benchmarks of the difficulty adjustment. */
import { DagEngine } from '../dist/dag/index.js';
import { workFromCompact } from '../dist/pow/index.js';
import { seededRandom } from './seeded-random.mjs';

/** Long after the genesis block of devnet, as in a real network. */
const START_MS = Date.UTC(2026, 0, 1);
/** All blocks build on recent ones. Fewer remembered windows make the garbage collector faster, and change no result. */
const TUNING = { rememberedWindows: 64 };

/**
 * Search times have an exponential distribution, at the difficulty that is due for the parents.
 * A block becomes visible to all miners `delayMs` after it was found, and they then search for a block on the new tips. With
 * `overheadMs`, all miners rest for that time after each block. All times are in ms.
 */
export class SimulatedNetwork {
  /** The time since mining began. */
  clockMs = 0;
  hashesPerSecond;
  #params;
  #engine;
  #random;
  #delayMs;
  #overheadMs;
  #found = 0;
  #searchStartMs = 0;
  /** In the order in which they became visible. */
  #visibleTips;
  #parents;
  #underway = [];
  #due;

  /** @param params the parameters of a network. The genesis block has the time at which mining begins. */
  constructor(params, { seed, hashesPerSecond, delayMs = 0, overheadMs = 0 }) {
    this.#params = params;
    this.hashesPerSecond = hashesPerSecond;
    this.#random = seededRandom(seed);
    this.#delayMs = delayMs;
    this.#overheadMs = overheadMs;
    const genesis = { hash: this.#hash(), parents: [], bits: params.genesisBits, timestampMs: START_MS };
    this.#engine = new DagEngine(params, genesis, TUNING);
    this.#visibleTips = [genesis.hash];
    this.#search();
  }

  random() {
    return this.#random();
  }

  /** The number of hashes that the next block takes on average. */
  get expectedHashes() {
    return Number(workFromCompact(this.#due.expectedBits));
  }

  /** The time that the next block takes on average. */
  get expectedMs() {
    return (this.expectedHashes / this.hashesPerSecond) * 1000;
  }

  /** Lets time pass in which nothing is mined. */
  pause(lengthMs) {
    this.clockMs += lengthMs;
    this.#deliver(this.clockMs);
    this.#search();
  }

  /**
   * Mines a block, and returns its number of parents. Its timestamp is the one that `stamp` returns, but at least one above
   * the past median time. `stamp` gets the time at which the search began, at which a template takes its timestamp, and the
   * time at which the block is found. A block that is too far ahead is held back until other nodes would accept it.
   */
  mine(stamp = ({ searchStartMs }) => searchStartMs) {
    let foundMs = this.#nextFind();
    while (this.#underway.length > 0 && this.#underway[0].visibleMs <= foundMs) {
      this.clockMs = this.#underway[0].visibleMs;
      this.#deliver(this.clockMs);
      this.#search();
      // The exponential distribution has no memory, so a new search takes as long as the rest of the old one.
      foundMs = this.#nextFind();
    }
    const least = this.#due.pastMedianTimeMs + 1;
    const stampMs = Math.floor(stamp({ searchStartMs: this.#searchStartMs, foundMs }));
    const timestampMs = Math.max(START_MS + stampMs, least);
    this.clockMs = Math.max(foundMs, timestampMs - START_MS - this.#params.maxTimeAheadMs);
    const parents = this.#parents;
    const node = { hash: this.#hash(), parents, bits: this.#due.expectedBits, timestampMs };
    this.#engine.add(node, this.#due);
    this.#underway.push({ node, visibleMs: this.clockMs + this.#delayMs });
    this.clockMs += this.#overheadMs;
    if (this.#delayMs === 0) {
      this.#deliver(this.clockMs);
      this.#search();
    }
    return parents.length;
  }

  #nextFind() {
    return this.clockMs - Math.log(1 - this.#random()) * this.expectedMs;
  }

  /** Makes the blocks visible that have arrived by now. */
  #deliver(nowMs) {
    while (this.#underway.length > 0 && this.#underway[0].visibleMs <= nowMs) {
      const { node } = this.#underway.shift();
      this.#visibleTips = this.#visibleTips.filter((tip) => !node.parents.includes(tip));
      this.#visibleTips.push(node.hash);
    }
  }

  #search() {
    this.#searchStartMs = this.clockMs;
    // The remaining tips will be parents of later blocks.
    this.#parents = this.#visibleTips.slice(0, this.#params.maxParents);
    this.#due = this.#engine.preview(this.#parents);
  }

  /** Hashes begin at random, since blocks of equal work are ordered by hash. */
  #hash() {
    const random = Math.floor(this.#random() * 2 ** 32);
    return random.toString(16).padStart(8, '0') + (this.#found++).toString(16).padStart(56, '0');
  }
}
