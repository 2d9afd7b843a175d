/** How the difficulty follows one machine that mines alone, in simulated time. */
import { SimulatedNetwork } from './simulated-network.mjs';

/** The time per block besides the search: template, verification, disk. */
const OVERHEAD_MS = 4;
const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
/** The difficulty counts as settled while a block takes between half and twice its target time. */
const SETTLED_FACTOR = 2;
/** The beginning and the end of the period in which the steadiness of the difficulty is observed, counted from genesis. */
const STEADY_FROM_MS = 2 * MINUTE_MS;
const STEADY_UNTIL_MS = 12 * MINUTE_MS;

class LoneMiner {
  /** The time at which each block was found, and the time that it was expected to take. */
  blocks = [];
  #network;
  #targetMs;

  constructor(params, { hashesPerSecond, seed }) {
    this.#network = new SimulatedNetwork(params, { seed, hashesPerSecond, overheadMs: OVERHEAD_MS });
    this.#targetMs = params.targetTimePerBlockMs;
  }

  get clockMs() {
    return this.#network.clockMs;
  }

  mineFor(durationMs) {
    const endMs = this.clockMs + durationMs;
    while (this.clockMs < endMs) {
      const { expectedMs } = this.#network;
      this.#network.mine();
      this.blocks.push({ atMs: this.clockMs, expectedMs });
    }
  }

  /** Changes the network. Only the blocks that follow are observed. */
  change(how) {
    how(this.#network);
    this.blocks = [];
  }

  between(fromMs, untilMs) {
    return this.blocks.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs);
  }

  /** The time from `fromMs` until the difficulty was off by more than the factor for the last time. */
  settledAfterMs(fromMs) {
    const last = this.blocks.findLast(
      ({ expectedMs }) =>
        expectedMs > this.#targetMs * SETTLED_FACTOR || expectedMs < this.#targetMs / SETTLED_FACTOR,
    );
    return last === undefined ? 0 : last.atMs - fromMs;
  }
}

/** Mines from genesis. The last four fields describe the ten minutes that follow the second minute. */
export function start(params, machine) {
  const miner = new LoneMiner(params, machine);
  miner.mineFor(STEADY_UNTIL_MS);
  const steadyMs = miner.between(STEADY_FROM_MS, STEADY_UNTIL_MS).map(({ expectedMs }) => expectedMs);
  const meanMs = steadyMs.reduce((sum, ms) => sum + ms, 0) / steadyMs.length;
  const variance = steadyMs.reduce((sum, ms) => sum + (ms - meanMs) ** 2, 0) / steadyMs.length;
  return {
    settledAfterMs: miner.settledAfterMs(0),
    inFirstMinute: miner.between(0, MINUTE_MS).length,
    leastExpectedMs: Math.min(...steadyMs),
    mostExpectedMs: Math.max(...steadyMs),
    deviation: Math.sqrt(variance) / meanMs,
    blocksPerSecond: (steadyMs.length / (STEADY_UNTIL_MS - STEADY_FROM_MS)) * 1000,
  };
}

/** Mines on after the hash rate has fallen to a part of its former value. */
export function fall(params, machine, part) {
  const miner = new LoneMiner(params, machine);
  miner.mineFor(STEADY_UNTIL_MS);
  const fromMs = miner.clockMs;
  miner.change((network) => {
    network.hashesPerSecond *= part;
  });
  miner.mineFor(60 * MINUTE_MS);
  return { settledAfterMs: miner.settledAfterMs(fromMs) };
}

/** Mines on after a pause of a day. */
export function pause(params, machine) {
  const miner = new LoneMiner(params, machine);
  miner.mineFor(STEADY_UNTIL_MS);
  miner.change((network) => network.pause(DAY_MS));
  const fromMs = miner.clockMs;
  miner.mineFor(10 * MINUTE_MS);
  return {
    settledAfterMs: miner.settledAfterMs(fromMs),
    inTenSeconds: miner.between(fromMs, fromMs + 10_000).length,
    inFirstMinute: miner.between(fromMs, fromMs + MINUTE_MS).length,
  };
}
