/**
 * Orphans: blocks whose parents are not in the DAG yet. Their number and the memory that they take are limited, and the
 * cheapest orphans are dropped first. An orphan follows all rules for header and context that can be checked without its
 * parents. Its contents have not been read, so they may differ from those that its header commits to.
 */
import { type Fields, refuseUnknown, requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { type HeadedBlock, readHead } from './block.ts';
import { CheapestFirst, workMagnitude } from './cheapest-first.ts';
import type { OfferedBlock } from './receive.ts';

/** The limits of the orphans in memory. Beyond `maxBlocks` or `maxBytes`, the cheapest orphans are dropped. */
export interface OrphanLimits {
  /** The maximum number of blocks, an integer of at least 0. The default is 1000. */
  readonly maxBlocks?: number;
  /**
   * The maximum memory that orphans take, in bytes, an integer of at least 0: the encoded blocks, 1,000 bytes for each of
   * them, and 400 for each parent that it lacks. The default is 16,000,000.
   */
  readonly maxBytes?: number;
  /**
   * The work that a block must have to wait for its parents, as a fraction of the median work of the last 100 blocks of
   * the selected chain: a number from 0 to 1. A block with less is refused with `ERR_QANTO_ORPHAN_WORK_TOO_LOW`. The
   * default is 1/64.
   */
  readonly minWorkFraction?: number;
}

const DEFAULT_ORPHAN_LIMITS: Required<OrphanLimits> = {
  maxBlocks: 1000,
  maxBytes: 16_000_000,
  minWorkFraction: 1 / 64,
};

const FIELDS: Fields<OrphanLimits> = { maxBlocks: true, maxBytes: true, minWorkFraction: true };

/** Fills in the defaults. Throws `ERR_QANTO_INVALID_ARGUMENT`. */
export function resolveOrphanLimits(limits: OrphanLimits = {}): Required<OrphanLimits> {
  requireObject('options.orphanLimits', limits);
  refuseUnknown('options.orphanLimits', limits, FIELDS);
  const {
    maxBlocks = DEFAULT_ORPHAN_LIMITS.maxBlocks,
    maxBytes = DEFAULT_ORPHAN_LIMITS.maxBytes,
    minWorkFraction = DEFAULT_ORPHAN_LIMITS.minWorkFraction,
  } = limits;
  for (const [field, value] of Object.entries({ maxBlocks, maxBytes })) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw mustBe(`orphanLimits.${field}`, value, 'an integer of at least 0');
    }
  }
  if (!(typeof minWorkFraction === 'number' && minWorkFraction >= 0 && minWorkFraction <= 1)) {
    throw mustBe('orphanLimits.minWorkFraction', minWorkFraction, 'a number from 0 to 1');
  }
  return { maxBlocks, maxBytes, minWorkFraction };
}

/** The memory that an orphan takes besides its encoded bytes: about 620 bytes on Node.js 20, rounded up. */
const ORPHAN_BYTES = 1000;

/** The memory for each parent that an orphan lacks: about 290 bytes on Node.js 20, rounded up. */
const MISSING_PARENT_BYTES = 400;

export interface Orphan {
  readonly hash: string;
  /** The encoded block. */
  readonly bytes: Uint8Array;
  readonly blueScore: number;
  /** Parents that are not in the DAG. */
  readonly missing: Set<string>;
  /** The memory that it takes, in bytes. */
  readonly size: number;
  /** Whether its contents have been checked and are valid. */
  isVerified: boolean;
  /** Whether its contents are being read. */
  isBeingRead: boolean;
}

/** An orphan that was dropped. */
export type Dropped = Pick<OfferedBlock, 'hash' | 'byteLength'>;

export class OrphanPool {
  readonly #maxBlocks: number;
  readonly #maxBytes: number;
  readonly #orphans = new CheapestFirst<string, Orphan>();
  /** The orphans that miss a parent, by the hash of that parent. */
  readonly #waiting = new Map<string, Set<string>>();
  #bytes = 0;
  /**
   * The buffer of a dropped orphan, for the next one. In a full pool, a new buffer for each orphan would take four times as
   * long as copying the block, since the system must clear it first.
   */
  #spare: ArrayBuffer | undefined;

  constructor({ maxBlocks, maxBytes }: Pick<Required<OrphanLimits>, 'maxBlocks' | 'maxBytes'>) {
    this.#maxBlocks = maxBlocks;
    this.#maxBytes = maxBytes;
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
   * Keeps a block until its missing parents arrive. Returns the orphans that were dropped to make room, which are no dearer
   * than the block. If they would not make enough room, only the block itself is dropped.
   */
  add(block: OfferedBlock, missing: Iterable<string>): Dropped[] {
    const { hash, byteLength } = block;
    const { header, context } = block.block;
    const parents = new Set(missing);
    const size = byteLength + ORPHAN_BYTES + MISSING_PARENT_BYTES * parents.size;
    const cost = costOf(header.bits, size);
    const freed = this.#orphans.weightUpTo(cost);
    const tooManyBytes = this.#bytes + size - this.#maxBytes;
    const isFull = this.#orphans.size >= this.#maxBlocks || tooManyBytes > 0;
    if (isFull && (freed === 0 || freed < tooManyBytes)) return [block];
    const dropped: Dropped[] = [];
    while (this.#orphans.size >= this.#maxBlocks || this.#bytes + size > this.#maxBytes) {
      const cheapest = this.#orphans.cheapest()!;
      this.#remove(cheapest);
      this.#recycle(cheapest);
      dropped.push({ hash: cheapest.hash, byteLength: cheapest.bytes.length });
    }
    const orphan: Orphan = {
      hash,
      bytes: block.take(this.#takeSpare(byteLength)),
      blueScore: context.blueScore,
      missing: parents,
      size,
      isVerified: false,
      isBeingRead: false,
    };
    this.#orphans.add(hash, cost, orphan, size);
    this.#bytes += size;
    for (const parent of parents) {
      const children = this.#waiting.get(parent);
      if (children) children.add(hash);
      else this.#waiting.set(parent, new Set([hash]));
    }
    return dropped;
  }

  /** Replaces an orphan with a copy that has other contents. Returns the orphans that were dropped, as {@link add} does. */
  replace(orphan: Orphan, copy: OfferedBlock): Dropped[] {
    this.#remove(orphan);
    return this.add(copy, orphan.missing);
  }

  /** Call when a parent was added to the DAG. Removes and returns the orphans that miss no other parent, oldest first. */
  takeReady(parent: string): HeadedBlock[] {
    const ready: HeadedBlock[] = [];
    for (const hash of this.#waiting.get(parent) ?? []) {
      const orphan = this.#orphans.get(hash)!;
      orphan.missing.delete(parent);
      if (orphan.missing.size === 0) ready.push(this.#take(orphan));
    }
    this.#waiting.delete(parent);
    return ready;
  }

  /** Call when a parent was refused. Removes and returns the orphans that name it. */
  takeChildren(parent: string): HeadedBlock[] {
    return [...(this.#waiting.get(parent) ?? [])].map((hash) => this.#take(this.#orphans.get(hash)!));
  }

  /** Removes and returns the orphans that claim a blue score of at most `blueScore`. */
  takeUpTo(blueScore: number): HeadedBlock[] {
    const taken = [...this.#orphans.values()].filter((orphan) => orphan.blueScore <= blueScore);
    return taken.map((orphan) => this.#take(orphan));
  }

  #take(orphan: Orphan): HeadedBlock {
    this.#remove(orphan);
    return readHead(orphan.bytes, orphan.hash);
  }

  #remove({ hash, missing, size }: Orphan): void {
    this.#orphans.delete(hash);
    this.#bytes -= size;
    for (const parent of missing) {
      const children = this.#waiting.get(parent);
      children?.delete(hash);
      if (children?.size === 0) this.#waiting.delete(parent);
    }
  }

  /** Keeps the buffer of a dropped orphan. Nobody else has it, except the steps that are reading the contents. */
  #recycle({ bytes, isBeingRead }: Orphan): void {
    if (!isBeingRead) this.#spare = bytes.buffer as ArrayBuffer;
  }

  /** The spare buffer, if it is long enough and at most a tenth of it would be unused. */
  #takeSpare(byteLength: number): ArrayBuffer | undefined {
    const spare = this.#spare;
    if (spare === undefined || spare.byteLength < byteLength || byteLength < 0.9 * spare.byteLength) {
      return undefined;
    }
    this.#spare = undefined;
    return spare;
  }
}

/**
 * The work of an orphan, and then its size. Since its contents are unread, anybody can add some to a block of others. So among
 * the orphans with the same work, the largest ones are dropped first, and a larger one never takes the place of a smaller one.
 */
function costOf(bits: number, size: number): number {
  return 64 * workMagnitude(bits) - Math.floor(Math.log2(size));
}
