/**
 * A list whose items have integer labels that ascend along the list, so one comparison tells which of two items comes
 * first. This is the simpler algorithm of "Two Simplified Algorithms for Maintaining Order in a List" (Bender, Cole,
 * Demaine, Farach-Colton and Zito, ESA 2002).
 *
 * A new item takes a label between those of its neighbours. If there is none, the algorithm looks at larger and larger
 * ranges around the new label: those of 2^i labels whose start is a multiple of 2^i. It spreads the items of the first
 * range that is sparse enough, which means that it has at most (2 / T)^i items.
 *
 * An insertion moves O(log n) labels on average. After a range of 2^i labels has been spread, each half of it has at most
 * half of its items. The range is spread again only if one half has become too dense, and for that the half must have
 * grown by the factor T. So at least (T - 1) / 2 · (2 / T)^i items were inserted into it, to which the cost of spreading,
 * (2 / T)^i, can be charged. An item is charged at most 2 / (T - 1) for each i, and a range in which all n items would be
 * sparse is never too dense, so i is at most log n / log(2 / T).
 */
import { enlarged, grownCapacity } from './columns.ts';

const NONE = -1;

/** The number of items that {@link LabelledList.fill} inserts between two pauses. */
const ITEMS_PER_PAUSE = 8192;

/** The number of bits of a label. Larger integers are not exact as doubles. */
export const MAX_LABEL_BITS = 53;

/** T above, from 1 to 2. The smaller it is, the denser a range may become, and the more often ranges are spread. */
const GROWTH = 1.5;

/** By i: the greatest number of items in a sparse range of 2^i labels. */
const SPARSE = Float64Array.from({ length: MAX_LABEL_BITS + 1 }, (_, i) => (2 / GROWTH) ** i);

export class LabelledList {
  size = 1;
  /** By item, as are the other columns. Items are numbered 0, 1, 2, … in the order of insertion. */
  labels = new Float64Array(64);
  #previous = new Int32Array(64);
  #next = new Int32Array(64);
  readonly #bits: number;
  /**
   * The greatest distance of a new label from the next one. With 2^26, 2^27 items can be inserted at the front before any
   * label moves.
   */
  readonly #stride: number;
  /** The number of labels that were changed so far to make room for new items. */
  changedLabels = 0;

  /** @param bits there are 2^bits labels, which must be at least the number of items; at most 53 */
  constructor(bits: number) {
    this.#bits = bits;
    this.#stride = 2 ** Math.floor(bits / 2);
    this.labels[0] = 2 ** bits - 1;
    this.#previous[0] = NONE;
    this.#next[0] = NONE;
  }

  /**
   * Inserts items at the front, each directly before the previous one, until the list has `count` items. The list must have
   * one item.
   */
  *fill(count: number): Generator<void, void> {
    const last = this.labels[0]!;
    const distance = Math.min(this.#stride, Math.floor((last + 1) / count));
    this.labels = enlarged(this.labels, grownCapacity(this.labels.length, count));
    this.#previous = enlarged(this.#previous, this.labels.length);
    this.#next = enlarged(this.#next, this.labels.length);
    for (let item = 0; item < count; item++) {
      if (item % ITEMS_PER_PAUSE === 0) yield;
      this.labels[item] = last - item * distance;
      this.#next[item] = item - 1;
      this.#previous[item] = item + 1;
    }
    this.#previous[count - 1] = NONE;
    this.size = count;
  }

  /** Inserts a new item directly before another one. Returns its number. */
  insertBefore(next: number): number {
    const item = this.size;
    if (item === this.labels.length) this.#grow();
    this.size += 1;
    const previous = this.#previous[next]!;
    this.#previous[item] = previous;
    this.#next[item] = next;
    this.#previous[next] = item;
    if (previous !== NONE) this.#next[previous] = item;

    const label = this.labels[next]!;
    const gap = label - (previous === NONE ? -1 : this.labels[previous]!);
    if (gap > 1) {
      this.labels[item] = label - Math.min(this.#stride, Math.ceil(gap / 2));
    } else {
      this.labels[item] = label;
      this.#makeRoom(item);
    }
    return item;
  }

  /** Spreads the items of the smallest sparse range around an item, whose label is that of the next item. */
  #makeRoom(item: number): void {
    const { labels } = this;
    const label = labels[item]!;
    let first = item;
    let last = item;
    let count = 1;
    for (let i = 1; ; i++) {
      const width = 2 ** i;
      const start = Math.floor(label / width) * width;
      for (let at = this.#previous[first]!; at !== NONE && labels[at]! >= start; at = this.#previous[at]!) {
        first = at;
        count += 1;
      }
      for (let at = this.#next[last]!; at !== NONE && labels[at]! < start + width; at = this.#next[at]!) {
        last = at;
        count += 1;
      }
      if (count <= SPARSE[i]! || i === this.#bits) {
        this.#spread(first, count, start, width);
        return;
      }
    }
  }

  #spread(first: number, count: number, start: number, width: number): void {
    for (let i = 0, item = first; i < count; i++, item = this.#next[item]!) {
      this.labels[item] = start + Math.floor((i * width) / count);
    }
    this.changedLabels += count;
  }

  #grow(): void {
    const capacity = grownCapacity(this.size, this.size + 1);
    this.labels = enlarged(this.labels, capacity);
    this.#previous = enlarged(this.#previous, capacity);
    this.#next = enlarged(this.#next, capacity);
  }
}
