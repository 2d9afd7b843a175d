/**
 * Orphans: blocks whose parents are not in the DAG yet. Their number and bytes are limited, and the oldest orphans are
 * dropped first. An orphan follows all rules for header and context that can be checked without its parents. Its
 * contents have not been read, so they may differ from those that its header commits to.
 */
import { mustBe } from '../errors.ts';
import type { HeadedBlock } from './block.ts';

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

export interface Orphan {
  readonly block: HeadedBlock;
  /** Parents that are not in the DAG. */
  readonly missing: Set<string>;
  /** Whether its contents have been checked and are valid. */
  isVerified: boolean;
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

  get(hash: string): Orphan | undefined {
    return this.#orphans.get(hash);
  }

  /**
   * Keeps a block until its missing parents arrive. Returns the orphans that were dropped: the oldest ones, and the
   * block itself if it alone exceeds the limits.
   */
  add(block: HeadedBlock, missing: Iterable<string>): HeadedBlock[] {
    const orphan = { block, missing: new Set(missing), isVerified: false };
    this.#orphans.set(block.hash, orphan);
    this.#bytes += block.bytes.length;
    for (const parent of orphan.missing) {
      const children = this.#waiting.get(parent);
      if (children) children.add(block.hash);
      else this.#waiting.set(parent, new Set([block.hash]));
    }
    const dropped: HeadedBlock[] = [];
    for (const [oldest, orphan] of this.#orphans) {
      if (this.#orphans.size <= this.#limits.maxBlocks && this.#bytes <= this.#limits.maxBytes) break;
      this.#remove(oldest, orphan);
      dropped.push(orphan.block);
    }
    return dropped;
  }

  /** Replaces an orphan with a copy that has other contents. Returns the orphans that were dropped, as {@link add} does. */
  replace(orphan: Orphan, copy: HeadedBlock): HeadedBlock[] {
    this.#remove(copy.hash, orphan);
    return this.add(copy, orphan.missing);
  }

  /** Call when a parent was added to the DAG. Removes and returns the orphans that miss no other parent, oldest first. */
  takeReady(parent: string): HeadedBlock[] {
    const ready: HeadedBlock[] = [];
    for (const hash of this.#waiting.get(parent) ?? []) {
      const orphan = this.#orphans.get(hash)!;
      orphan.missing.delete(parent);
      if (orphan.missing.size > 0) continue;
      this.#remove(hash, orphan);
      ready.push(orphan.block);
    }
    this.#waiting.delete(parent);
    return ready;
  }

  /** Call when a parent was refused. Removes and returns the orphans that name it. */
  takeChildren(parent: string): HeadedBlock[] {
    const children = [...(this.#waiting.get(parent) ?? [])].map((hash) => this.#orphans.get(hash)!);
    for (const orphan of children) this.#remove(orphan.block.hash, orphan);
    return children.map(({ block }) => block);
  }

  /** Removes and returns the orphans that claim a blue score of at most `blueScore`. */
  takeUpTo(blueScore: number): HeadedBlock[] {
    const taken = [...this.#orphans.values()].filter(
      ({ block }) => block.block.context.blueScore <= blueScore,
    );
    for (const orphan of taken) this.#remove(orphan.block.hash, orphan);
    return taken.map(({ block }) => block);
  }

  #remove(hash: string, { block, missing }: Orphan): void {
    this.#orphans.delete(hash);
    this.#bytes -= block.bytes.length;
    for (const parent of missing) {
      const children = this.#waiting.get(parent);
      children?.delete(hash);
      if (children?.size === 0) this.#waiting.delete(parent);
    }
  }
}
