/**
 * The blocks that wait to be checked, in three lanes. The first lane has the blocks with about the usual work. The second one has
 * those that repeat the hash of another block, so that somebody may have altered them at no cost, and the third one those with
 * little work. A lane is served only if those before it are empty, so that a flood of blocks that are cheap to make does not
 * delay the others. In a lane, the blocks with the most work come first.
 */
import type { HeadedBlock } from './block.ts';
import { workMagnitude } from './cheapest-first.ts';
import { type RankedItem, RankedQueue } from './ranked-queue.ts';
import { RecentHashes } from './recent-hashes.ts';

/** The maximum number of blocks in a group. A group ends once its blocks have this number of bytes. */
interface GroupLimits {
  readonly blocks: number;
  readonly bytes: number;
}

/** The bytes are limited so that large blocks do not wait long to become visible. */
export const GROUP: GroupLimits = { blocks: 256, bytes: 4_000_000 };
/** The limits of the other lanes are lower, because a block of the first lane has to wait for the end of the group. */
const SMALL_GROUP: GroupLimits = { blocks: 64, bytes: 100_000 };

/** The memory that a queued block and its call take besides the encoded bytes: about 2,900 bytes on Node.js 20. */
const QUEUED_BYTES = 3000;

/** The part of the memory that each lane but the first may take. */
const SHARE = 1 / 16;

/** The least number of blocks to remember for which there was no room. */
const REMEMBERED_DROPS = 4096;

/** What the place of a block in the queue depends on. */
interface Place {
  readonly block: HeadedBlock['block'];
  /** The length of the encoded block. */
  readonly byteLength: number;
}

interface QueuedBlock {
  readonly block: HeadedBlock;
}

interface Entry<T> extends RankedItem {
  readonly item: T;
}

interface Lane<T> {
  readonly queue: RankedQueue<Entry<T>>;
  readonly maxBytes: number;
  readonly group: GroupLimits;
}

/** The blocks with the same hash that are queued, or have been taken and are not settled. */
interface Pending {
  count: number;
  /** The highest rank that one of them had. */
  readonly rank: number;
}

export class CheckQueue<T extends QueuedBlock> {
  readonly #maxBytes: number;
  readonly #usual: Lane<T>;
  readonly #repeated: Lane<T>;
  readonly #cheap: Lane<T>;
  /** In the order in which they are served. */
  readonly #lanes: readonly Lane<T>[];
  readonly #pending = new Map<string, Pending>();
  /** Hashes of blocks for which there was no room. */
  readonly #dropped = new RecentHashes(REMEMBERED_DROPS);

  /** `maxBytes` limits the memory of the queued blocks. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    const lane = (share: number, group: GroupLimits): Lane<T> => {
      return { queue: new RankedQueue<Entry<T>>(), maxBytes: share * maxBytes, group };
    };
    this.#usual = lane(1, GROUP);
    this.#repeated = lane(SHARE, SMALL_GROUP);
    this.#cheap = lane(SHARE, SMALL_GROUP);
    this.#lanes = [this.#usual, this.#repeated, this.#cheap];
  }

  get isEmpty(): boolean {
    return this.#usual.queue.isEmpty && this.#repeated.queue.isEmpty && this.#cheap.queue.isEmpty;
  }

  /** Whether a block with this hash is queued, or has been taken and is not settled. */
  isPending(hash: string): boolean {
    return this.#pending.has(hash);
  }

  /** Whether there was no room for a block with this hash recently, and it was not added since. */
  wasDropped(hash: string): boolean {
    return this.#dropped.has(hash);
  }

  /** Remembers that there is no room for a block with this hash. */
  rememberDrop(hash: string): void {
    this.#dropped.add(hash);
  }

  /** Forgets that there was no room for a block with this hash. */
  forgetDrop(hash: string): void {
    this.#dropped.delete(hash);
  }

  /** Whether there is room for a block, so that {@link add} would not return it. The arguments are those of `add`. */
  hasRoom(place: Place, usual: number, isRepeated: boolean): boolean {
    return this.#canFree(this.#laneOf(place, usual, isRepeated), this.#sizeOf(place), () =>
      this.#rankOf(place),
    );
  }

  /**
   * Adds a block. `usual` is the magnitude of the median work of recent blocks; a block whose magnitude is less than
   * `usual` − 1 has little work. `isRepeated` says that another block with this hash was offered before. An empty queue has
   * room for any block. Returns the blocks for which there is no room: blocks that are dropped, or the block itself.
   */
  add(item: T, usual: number, isRepeated: boolean): T[] {
    const { hash, block, bytes } = item.block;
    const place = { block, byteLength: bytes.length };
    const lane = this.#laneOf(place, usual, isRepeated);
    const entry = { item, rank: this.#rankOf(place), size: this.#sizeOf(place) };
    const dropped = this.#makeRoom(lane, entry).map((each) => each.item);
    for (const each of dropped) {
      this.rememberDrop(each.block.hash);
      if (each !== item) this.settle(each);
    }
    if (dropped.includes(item)) return dropped;
    this.forgetDrop(hash);
    const pending = this.#pending.get(hash);
    if (pending) pending.count += 1;
    else this.#pending.set(hash, { count: 1, rank: entry.rank });
    lane.queue.add(entry);
    return dropped;
  }

  /** Removes and returns the next group. The group is empty only if the queue is empty. */
  take(): T[] {
    const lane = this.#lanes.find(({ queue }) => !queue.isEmpty);
    if (lane === undefined) return [];
    let blocks = 0;
    let bytes = 0;
    const taken = lane.queue.takeWhile(({ item }) => {
      if (blocks >= lane.group.blocks || bytes >= lane.group.bytes) return false;
      blocks += 1;
      bytes += item.block.bytes.length;
      return true;
    });
    return taken.map(({ item }) => item);
  }

  /** Call for each block that was taken, once it is settled. */
  settle({ block: { hash } }: T): void {
    const pending = this.#pending.get(hash)!;
    pending.count -= 1;
    if (pending.count === 0) this.#pending.delete(hash);
  }

  /**
   * The rank of a block is the magnitude of its work, but at most the rank of each parent that is pending, so that in one
   * lane no block comes before its parents.
   */
  #rankOf({ block }: Place): number {
    let rank = workMagnitude(block.header.bits);
    for (const parent of block.context.parents) {
      const pending = this.#pending.get(parent);
      if (pending !== undefined) rank = Math.min(rank, pending.rank);
    }
    return rank;
  }

  #sizeOf({ byteLength }: Place): number {
    return byteLength + QUEUED_BYTES;
  }

  #laneOf({ block }: Place, usual: number, isRepeated: boolean): Lane<T> {
    if (workMagnitude(block.header.bits) < usual - 1) return this.#cheap;
    return isRepeated ? this.#repeated : this.#usual;
  }

  /** The number of bytes to free before an entry of this size has room. */
  #tooMany(lane: Lane<T>, size: number): number {
    if (this.isEmpty) return 0;
    const total = this.#usual.queue.bytes + this.#repeated.queue.bytes + this.#cheap.queue.bytes;
    return Math.max(0, Math.max(total - this.#maxBytes, lane.queue.bytes - lane.maxBytes) + size);
  }

  /** The blocks of the other lanes make room for those of the first lane, whatever their work is. */
  #othersOf(lane: Lane<T>): readonly Lane<T>[] {
    return lane === this.#usual ? [this.#cheap, this.#repeated] : [];
  }

  #canFree(lane: Lane<T>, size: number, rank: () => number): boolean {
    const tooMany = this.#tooMany(lane, size);
    if (tooMany === 0) return true;
    const others = this.#othersOf(lane);
    return others.reduce((sum, { queue }) => sum + queue.bytes, lane.queue.bytesBelow(rank())) >= tooMany;
  }

  /** Drops entries until there is room for another one. Drops only the other one if there cannot be. */
  #makeRoom(lane: Lane<T>, entry: Entry<T>): Entry<T>[] {
    if (!this.#canFree(lane, entry.size, () => entry.rank)) return [entry];
    const dropped: Entry<T>[] = [];
    let left = this.#tooMany(lane, entry.size);
    if (left === 0) return dropped;
    for (const { queue } of [...this.#othersOf(lane), lane]) {
      if (left <= 0) break;
      const ofLane = queue.drop(left);
      dropped.push(...ofLane);
      left -= ofLane.reduce((sum, { size }) => sum + size, 0);
    }
    return dropped;
  }
}
