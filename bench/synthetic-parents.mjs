import { seededRandom } from './seeded-random.mjs';

/**
 * A Poisson process of ten blocks per second. Each block sees blocks that are at least `delayMs` older, and names their
 * tips. The hashes of the blocks come from the caller.
 */
export class SyntheticParents {
  #random;
  #delayMs;
  #maxParents;
  #timeMs = 1_700_000_000_000;
  #visibleTips;
  #underway = [];

  constructor(delayMs, maxParents, genesis, random = seededRandom(1)) {
    this.#random = random;
    this.#delayMs = delayMs;
    this.#maxParents = maxParents;
    this.#visibleTips = [genesis];
  }

  /** Makes the next block. `hashOf` returns its hash for its parents and its timestamp. */
  next(hashOf) {
    this.#timeMs -= Math.log(1 - this.#random()) * 100;
    while (this.#underway.length > 0 && this.#underway[0].timestampMs <= this.#timeMs - this.#delayMs) {
      const seen = this.#underway.shift();
      this.#visibleTips = this.#visibleTips.filter((tip) => !seen.parents.includes(tip));
      this.#visibleTips.push(seen.hash);
    }
    const parents = this.#visibleTips.slice(-this.#maxParents);
    const timestampMs = Math.floor(this.#timeMs);
    const block = { hash: hashOf(parents, timestampMs), parents, timestampMs };
    this.#underway.push(block);
    return block;
  }
}
