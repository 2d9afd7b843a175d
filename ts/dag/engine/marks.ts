/** A set of block indices that is emptied in constant time: a block is in it when it bears the current round's number. */
import { enlarged, grownCapacity } from './columns.ts';

export class Marks {
  #round = 0;
  #rounds = new Uint32Array(64);

  /** Empties the set, and makes room for indices below `count`. */
  clear(count: number): void {
    if (count > this.#rounds.length) {
      this.#rounds = enlarged(this.#rounds, grownCapacity(this.#rounds.length, count));
    }
    this.#round += 1;
    if (this.#round > 0xffffffff) {
      this.#rounds.fill(0);
      this.#round = 1;
    }
  }

  has(block: number): boolean {
    return this.#rounds[block] === this.#round;
  }

  add(block: number): void {
    this.#rounds[block] = this.#round;
  }

  delete(block: number): void {
    this.#rounds[block] = 0;
  }
}
