/**
 * The blocks that wait to be checked. Those with the most work come first, so that a flood of blocks that are cheap to make
 * does not delay the others. Blocks of the same rank are checked in the order of their arrival.
 */
import type { HeadedBlock } from './block.ts';
import { workMagnitude } from './cheapest-first.ts';

/** The maximum number of blocks in a group. A group ends once its blocks have this number of bytes. */
interface GroupLimits {
  readonly blocks: number;
  readonly bytes: number;
}

/** The bytes are limited so that large blocks do not wait long to become visible. */
const GROUP: GroupLimits = { blocks: 256, bytes: 4_000_000 };
/** These limits are lower, because a block with more work that arrives meanwhile has to wait for the end of the group. */
const CHEAP_GROUP: GroupLimits = { blocks: 64, bytes: 100_000 };

/** The memory that a queued block and its call take besides the encoded bytes: about 2,900 bytes on Node.js 20. */
const QUEUED_BYTES = 3000;

/** The part of the memory that cheap blocks may take. */
const CHEAP_SHARE = 1 / 16;

/** The rank of blocks that cost their sender nothing. */
const LOWEST_RANK = -1;

interface QueuedBlock {
  readonly block: HeadedBlock;
}

interface Entry<T> {
  readonly item: T;
  readonly isCheap: boolean;
}

export class CheckQueue<T extends QueuedBlock> {
  readonly #maxBytes: number;
  /** By rank, in the order of arrival. No list is empty. */
  readonly #entries = new Map<number, Entry<T>[]>();
  /** The ranks of the blocks with each hash that are queued, or have been taken and are not settled. */
  readonly #pending = new Map<string, number[]>();
  #bytes = 0;
  #cheapBytes = 0;

  /** `maxBytes` limits the memory of the queued blocks. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** Whether a block with this hash is queued, or has been taken and is not settled. */
  isPending(hash: string): boolean {
    return this.#pending.has(hash);
  }

  /**
   * Adds a block. `usual` is the magnitude of the median work of recent blocks. A block is cheap if its rank is less than
   * `usual` − 1. `isRepeated` says that another block with this hash was offered before; such a block has the lowest rank.
   * An empty queue has room for any block. Returns the blocks for which there is no room: blocks of lower ranks that are
   * dropped, or the block itself.
   */
  add(item: T, usual: number, isRepeated: boolean): T[] {
    const rank = isRepeated ? LOWEST_RANK : this.#rankOf(item);
    const isCheap = rank < usual - 1;
    const size = sizeOf(item);
    const dropped: T[] = [];
    while (!this.#hasRoom(size, isCheap)) {
      const lowest = Math.min(...this.#entries.keys());
      if (lowest >= rank) return [...dropped, item];
      dropped.push(this.#dropNewest(lowest));
    }
    const ranks = this.#pending.get(item.block.hash);
    if (ranks) ranks.push(rank);
    else this.#pending.set(item.block.hash, [rank]);
    const entry = { item, isCheap };
    const list = this.#entries.get(rank);
    if (list) list.push(entry);
    else this.#entries.set(rank, [entry]);
    this.#account(entry, size);
    return dropped;
  }

  /** Removes and returns the next group. The group is empty only if the queue is empty. */
  take(): T[] {
    const taken: T[] = [];
    let isCheap: boolean | undefined;
    let bytes = 0;
    for (const rank of [...this.#entries.keys()].sort((a, b) => b - a)) {
      const list = this.#entries.get(rank)!;
      isCheap ??= list[0]!.isCheap;
      const limits = isCheap ? CHEAP_GROUP : GROUP;
      let count = 0;
      for (const entry of list) {
        if (taken.length >= limits.blocks || bytes >= limits.bytes || entry.isCheap !== isCheap) break;
        taken.push(entry.item);
        bytes += entry.item.block.bytes.length;
        this.#account(entry, -sizeOf(entry.item));
        count += 1;
      }
      if (count < list.length) {
        list.splice(0, count);
        break;
      }
      this.#entries.delete(rank);
    }
    return taken;
  }

  /** Call for each block that was taken, once it is settled. */
  settle({ block: { hash } }: T): void {
    // If several blocks have this hash, the wrong rank may be removed. This can only change the order of the checks.
    const ranks = this.#pending.get(hash)!;
    if (ranks.length > 1) ranks.shift();
    else this.#pending.delete(hash);
  }

  /**
   * The rank of a block is the magnitude of its work, but at most the rank of each parent that is in the queue, so that no
   * block comes before its parents. Parents of which only repeated copies are in the queue do not count; otherwise altered
   * copies of a parent would keep the block out.
   */
  #rankOf({ block: { block } }: T): number {
    let rank = workMagnitude(block.header.bits);
    for (const parent of block.context.parents) {
      const highest = Math.max(...(this.#pending.get(parent) ?? []));
      if (highest > LOWEST_RANK) rank = Math.min(rank, highest);
    }
    return rank;
  }

  #hasRoom(size: number, isCheap: boolean): boolean {
    if (this.isEmpty) return true;
    if (this.#bytes + size > this.#maxBytes) return false;
    return !isCheap || this.#cheapBytes + size <= this.#maxBytes * CHEAP_SHARE;
  }

  #dropNewest(rank: number): T {
    const list = this.#entries.get(rank)!;
    const entry = list.pop()!;
    if (list.length === 0) this.#entries.delete(rank);
    this.#account(entry, -sizeOf(entry.item));
    this.settle(entry.item);
    return entry.item;
  }

  #account({ isCheap }: Entry<T>, bytes: number): void {
    this.#bytes += bytes;
    if (isCheap) this.#cheapBytes += bytes;
  }
}

function sizeOf({ block }: QueuedBlock): number {
  return block.bytes.length + QUEUED_BYTES;
}
