/** The tips: the blocks without children, ascending by key. */
import type { Blocks } from './blocks.ts';

/** The number of blocks whose parents {@link Tips.restored} reads between two pauses. */
const BLOCKS_PER_PAUSE = 4096;

export class Tips {
  readonly #blocks: Blocks;
  readonly #sorted: number[] = [];

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  get ascending(): readonly number[] {
    return this.#sorted;
  }

  /** Adds a new block as a tip; its parents are no longer tips. */
  add(block: number, parents: readonly number[]): void {
    for (const parent of parents) {
      const at = this.#position(parent);
      if (this.#sorted[at] === parent) this.#sorted.splice(at, 1);
    }
    this.#sorted.splice(this.#position(block), 0, block);
  }

  /** Finds the tips among blocks that were restored from a record. */
  *restored(): Generator<void, void> {
    const { size, parents } = this.#blocks;
    const hasChild = new Uint8Array(size);
    for (let block = 1; block < size; block++) {
      if (block % BLOCKS_PER_PAUSE === 0) yield;
      const count = parents.read(block);
      for (let i = 0; i < count; i++) hasChild[parents.blocks[i]!] = 1;
    }
    this.#sorted.length = 0;
    for (let block = hasChild.indexOf(0); block >= 0; block = hasChild.indexOf(0, block + 1)) {
      this.#sorted.push(block);
    }
    this.#sorted.sort((a, b) => this.#blocks.compareKeys(a, b));
  }

  #position(block: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#blocks.compareKeys(this.#sorted[middle]!, block) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
