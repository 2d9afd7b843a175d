/**
 * A collection that drops first what took the least work. If only the number of entries were limited, a stranger could push
 * out the entries of others at almost no cost. Here this costs about as much work as the others have done.
 */
import { workFromCompact } from '../pow/targets.ts';

interface Entry<T> {
  readonly magnitude: number;
  readonly value: T;
}

/**
 * A map whose entries have a magnitude of work, as {@link workMagnitude} returns it. The cheapest entry is the one with the
 * least magnitude, and among these the oldest. The work itself is not compared, since while the difficulty rises, the
 * blocks with the least work are those that the others build on.
 */
export class CheapestFirst<K, T> {
  readonly #entries = new Map<K, Entry<T>>();
  readonly #byMagnitude = new Map<number, Set<K>>();

  get size(): number {
    return this.#entries.size;
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  get(key: K): T | undefined {
    return this.#entries.get(key)?.value;
  }

  /** The values, the oldest first. */
  *values(): IterableIterator<T> {
    for (const { value } of this.#entries.values()) yield value;
  }

  /** Adds an entry, which becomes the newest one. There must be none with this key. */
  add(key: K, magnitude: number, value: T): void {
    this.#entries.set(key, { magnitude, value });
    const keys = this.#byMagnitude.get(magnitude);
    if (keys) keys.add(key);
    else this.#byMagnitude.set(magnitude, new Set([key]));
  }

  delete(key: K): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#entries.delete(key);
    const keys = this.#byMagnitude.get(entry.magnitude)!;
    keys.delete(key);
    if (keys.size === 0) this.#byMagnitude.delete(entry.magnitude);
    return true;
  }

  /** Returns the cheapest value, or undefined if there is none whose magnitude is at most `magnitude`. */
  cheapest(magnitude = Number.POSITIVE_INFINITY): T | undefined {
    // There are few magnitudes, at most 256.
    const least = Math.min(...this.#byMagnitude.keys());
    if (!(least <= magnitude)) return undefined;
    for (const key of this.#byMagnitude.get(least) ?? []) return this.get(key);
    return undefined;
  }
}

/** The magnitude of the work that these bits claim: the base-2 logarithm of the expected number of hashes, rounded down. */
export function workMagnitude(bits: number): number {
  return Math.floor(Math.log2(Number(workFromCompact(bits))));
}
