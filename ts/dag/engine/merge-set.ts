/**
 * Finds the merge set of a block: the blocks of its past that are neither its selected parent nor in the past of that.
 * The search goes from the other parents back to the selected parent's past, and visits no more blocks than the limit
 * allows.
 */
import type { Blocks } from './blocks.ts';
import { BlockSet, sorted } from './columns.ts';
import type { Reachability } from './reachability.ts';

export class MergeSetFinder {
  readonly #blocks: Blocks;
  readonly #reachability: Reachability;
  readonly #seen = new BlockSet();
  #members: number[] = [];
  #selectedParent = 0;

  constructor(blocks: Blocks, reachability: Reachability) {
    this.#blocks = blocks;
    this.#reachability = reachability;
  }

  /** Starts a new merge set, which is empty until another parent is included. */
  begin(selectedParent: number): void {
    this.#seen.clear(this.#blocks.size);
    this.#members = [];
    this.#selectedParent = selectedParent;
  }

  /**
   * Adds the blocks that one more parent brings in. If the merge set would then exceed `limit` blocks, adds nothing and
   * returns false.
   */
  include(parent: number, limit: number): boolean {
    const members = this.#members;
    const before = members.length;
    this.#visit(parent);
    const { parents } = this.#blocks;
    for (let next = before; next < members.length && members.length <= limit; next++) {
      const count = parents.read(members[next]!);
      for (let i = 0; i < count; i++) this.#visit(parents.blocks[i]!);
    }
    if (members.length <= limit) return true;
    while (members.length > before) this.#seen.delete(members.pop()!);
    return false;
  }

  /** The members in ascending key order, without the selected parent. Ends the search. */
  sorted(): number[] {
    return sorted(this.#members, (a, b) => this.#blocks.compareKeys(a, b));
  }

  #visit(block: number): void {
    if (this.#seen.has(block) || this.#reachability.isAncestor(block, this.#selectedParent)) return;
    this.#seen.add(block);
    this.#members.push(block);
  }
}
