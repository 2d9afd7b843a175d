/**
 * A collection that drops first what took the least work. If only the number of entries were limited, a stranger could push
 * out the entries of others at almost no cost. Here this costs about as much work as the others have done.
 */
import { workFromCompact } from '../pow/targets.ts';

interface Entry<T> {
  readonly cost: number;
  readonly weight: number;
  readonly value: T;
}

interface Group<K> {
  readonly keys: Set<K>;
  weight: number;
}

/**
 * A map whose entries have a cost, which begins with the magnitude of work as {@link workMagnitude} returns it. The cheapest
 * entry is the one with the least cost, and among these the oldest. The work itself is not compared, since while the
 * difficulty rises, the blocks with the least work are those that the others build on.
 */
export class CheapestFirst<K, T> {
  readonly #entries = new Map<K, Entry<T>>();
  /** By cost. There are few costs. */
  readonly #groups = new Map<number, Group<K>>();

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

  /** Adds an entry, which becomes the newest one, and replaces the one with this key. */
  add(key: K, cost: number, value: T, weight = 1): void {
    this.delete(key);
    this.#entries.set(key, { cost, weight, value });
    const group = this.#groups.get(cost) ?? { keys: new Set(), weight: 0 };
    this.#groups.set(cost, group);
    group.keys.add(key);
    group.weight += weight;
  }

  delete(key: K): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#entries.delete(key);
    const group = this.#groups.get(entry.cost)!;
    group.keys.delete(key);
    group.weight -= entry.weight;
    if (group.keys.size === 0) this.#groups.delete(entry.cost);
    return true;
  }

  /** The total weight of the entries whose cost is at most `cost`. */
  weightUpTo(cost: number): number {
    let weight = 0;
    for (const [each, group] of this.#groups) if (each <= cost) weight += group.weight;
    return weight;
  }

  /** Returns the cheapest value, or undefined if there is none. */
  cheapest(): T | undefined {
    const least = Math.min(...this.#groups.keys());
    for (const key of this.#groups.get(least)?.keys ?? []) return this.get(key);
    return undefined;
  }
}

/** The magnitudes of recent bits. Most blocks have the same few bits, and a division of integers of 256 bits takes long. */
const magnitudes = new Map<number, number>();
const MOST_MAGNITUDES = 256;

/** The magnitude of the work that these bits claim: the base-2 logarithm of the expected number of hashes, rounded down. */
export function workMagnitude(bits: number): number {
  const known = magnitudes.get(bits);
  if (known !== undefined) return known;
  const magnitude = Math.floor(Math.log2(Number(workFromCompact(bits))));
  if (magnitudes.size >= MOST_MAGNITUDES) magnitudes.clear();
  magnitudes.set(bits, magnitude);
  return magnitude;
}
