/**
 * The work of recent blocks, with which the work of an offered block is compared. The bits of a block cannot be checked before
 * its parents are known, and a block with freely chosen bits costs its sender almost nothing.
 */
import { workFromCompact } from '../pow/targets.ts';
import { workMagnitude } from './cheapest-first.ts';
import type { DagEngine } from './engine/engine.ts';

/** The number of blocks of the selected chain over which the median is taken. */
const CHAIN_BLOCKS = 100;

/** The number of bits for which the answer is remembered. Most blocks have the same few bits. */
const MOST_ANSWERS = 256;

/** Fractions are rounded to this denominator, since work is an integer of up to 256 bits. */
const DENOMINATOR = 2 ** 20;

export class RecentWork {
  readonly #numerator: bigint;
  #sink: string | undefined;
  #minimum = 0n;
  #magnitude = 0;
  /** Whether bits stand for enough work, since a division of integers of 256 bits takes long. */
  readonly #answers = new Map<number, boolean>();

  /** `minFraction` is from 0 to 1. */
  constructor(minFraction: number) {
    this.#numerator = BigInt(Math.round(minFraction * DENOMINATOR));
  }

  /**
   * The work that a block must have before anything of it is kept in memory without knowing its parents, as a number of
   * hashes: the fraction of the median work.
   */
  minimum(engine: DagEngine): bigint {
    this.#update(engine);
    return this.#minimum;
  }

  /** The magnitude of the median work. */
  magnitude(engine: DagEngine): number {
    this.#update(engine);
    return this.#magnitude;
  }

  /** Whether a block with these bits has the minimum of work. */
  isEnough(bits: number, engine: DagEngine): boolean {
    this.#update(engine);
    let answer = this.#answers.get(bits);
    if (answer === undefined) {
      answer = workFromCompact(bits) >= this.#minimum;
      if (this.#answers.size >= MOST_ANSWERS) this.#answers.clear();
      this.#answers.set(bits, answer);
    }
    return answer;
  }

  #update(engine: DagEngine): void {
    const sink = engine.sink();
    if (sink === this.#sink) return;
    this.#sink = sink;
    const bits = medianBits(engine);
    this.#minimum = (workFromCompact(bits) * this.#numerator) / BigInt(DENOMINATOR);
    this.#magnitude = workMagnitude(bits);
    this.#answers.clear();
  }
}

function medianBits(engine: DagEngine): number {
  // The compact form of a computed target is normalised, so that a greater number is a greater target.
  const bits = engine.recentBits(CHAIN_BLOCKS).sort((a, b) => a - b);
  return bits[Math.floor(bits.length / 2)]!;
}
