/**
 * Orphans: blocks whose parents are not in the DAG yet. Their number and bytes are limited, and the oldest orphans are
 * dropped first. An orphan follows all rules that can be checked without its parents.
 */
import { mustBe } from '../errors.ts';
import type { ParsedBlock } from './block.ts';

/**
 * The limits of the orphans in memory, integers of at least 0. Beyond either limit, the oldest orphans are dropped.
 */
export interface OrphanLimits {
  /** The maximum number of blocks. The default is 1000. */
  readonly maxBlocks: number;
  /** The maximum total length of the encoded blocks, in bytes. The default is 16,000,000. */
  readonly maxBytes: number;
}

export const DEFAULT_ORPHAN_LIMITS: OrphanLimits = { maxBlocks: 1000, maxBytes: 16_000_000 };

interface Orphan {
  readonly parsed: ParsedBlock;
  /** Parents that are not in the DAG. */
  readonly missing: Set<string>;
}

export class OrphanPool {
  readonly #limits: OrphanLimits;
  /** In the order of arrival. */
  readonly #orphans = new Map<string, Orphan>();
  /** The orphans that miss a parent, by the hash of that parent. */
  readonly #waiting = new Map<string, Set<string>>();
  #bytes = 0;

  constructor(limits: OrphanLimits) {
    for (const field of ['maxBlocks', 'maxBytes'] as const) {
      if (!Number.isSafeInteger(limits[field]) || limits[field] < 0) {
        throw mustBe(`orphanLimits.${field}`, limits[field], 'an integer of at least 0');
      }
    }
    this.#limits = limits;
  }

  get size(): number {
    return this.#orphans.size;
  }

  has(hash: string): boolean {
    return this.#orphans.has(hash);
  }

  /**
   * Keeps a block until its missing parents arrive. Returns the orphans that were dropped: the oldest ones, and the
   * block itself if it alone exceeds the limits.
   */
  add(parsed: ParsedBlock, missing: readonly string[]): ParsedBlock[] {
    this.#orphans.set(parsed.hash, { parsed, missing: new Set(missing) });
    this.#bytes += parsed.byteLength;
    for (const parent of missing) {
      const children = this.#waiting.get(parent);
      if (children) children.add(parsed.hash);
      else this.#waiting.set(parent, new Set([parsed.hash]));
    }
    const dropped: ParsedBlock[] = [];
    for (const [oldest, orphan] of this.#orphans) {
      if (this.#orphans.size <= this.#limits.maxBlocks && this.#bytes <= this.#limits.maxBytes) break;
      this.#remove(oldest, orphan);
      dropped.push(orphan.parsed);
    }
    return dropped;
  }

  /** Call when a parent was added to the DAG. Removes and returns the orphans that miss no other parent, oldest first. */
  takeReady(parent: string): ParsedBlock[] {
    const ready: ParsedBlock[] = [];
    for (const hash of this.#waiting.get(parent) ?? []) {
      const orphan = this.#orphans.get(hash)!;
      orphan.missing.delete(parent);
      if (orphan.missing.size > 0) continue;
      this.#remove(hash, orphan);
      ready.push(orphan.parsed);
    }
    this.#waiting.delete(parent);
    return ready;
  }

  /** Call when a parent was refused. Removes and returns the orphans that name it. */
  takeChildren(parent: string): ParsedBlock[] {
    const children = [...(this.#waiting.get(parent) ?? [])].map((hash) => this.#orphans.get(hash)!);
    for (const orphan of children) this.#remove(orphan.parsed.hash, orphan);
    return children.map(({ parsed }) => parsed);
  }

  /** Removes and returns the orphans that claim a blue score of at most `blueScore`. */
  takeUpTo(blueScore: number): ParsedBlock[] {
    const taken = [...this.#orphans.values()].filter(
      ({ parsed }) => parsed.block.context.blueScore <= blueScore,
    );
    for (const orphan of taken) this.#remove(orphan.parsed.hash, orphan);
    return taken.map(({ parsed }) => parsed);
  }

  #remove(hash: string, { parsed, missing }: Orphan): void {
    this.#orphans.delete(hash);
    this.#bytes -= parsed.byteLength;
    for (const parent of missing) {
      const children = this.#waiting.get(parent);
      children?.delete(hash);
      if (children?.size === 0) this.#waiting.delete(parent);
    }
  }
}
