/**
 * The merge set of a block: what its past holds beyond that of its selected parent. Found by walking back from the
 * other parents until the walk meets the selected parent's past; never more than the limit is walked.
 */
import type { Blocks } from './blocks.ts';
import { Marks } from './marks.ts';
import type { Reachability } from './reachability.ts';

export class MergeSetFinder {
  readonly #blocks: Blocks;
  readonly #reachability: Reachability;
  readonly #seen = new Marks();
  #members: number[] = [];
  #selectedParent = 0;

  constructor(blocks: Blocks, reachability: Reachability) {
    this.#blocks = blocks;
    this.#reachability = reachability;
  }

  /** Starts a new merge set, empty as long as the selected parent is the only one. */
  begin(selectedParent: number): void {
    this.#seen.clear(this.#blocks.size);
    this.#members = [];
    this.#selectedParent = selectedParent;
  }

  /**
   * Adds what one more parent brings in, unless the merge set would then hold more than `limit` blocks: false, and
   * nothing is added.
   */
  include(parent: number, limit: number): boolean {
    const members = this.#members;
    const before = members.length;
    this.#visit(parent);
    const { starts } = this.#blocks.parents;
    for (let next = before; next < members.length && members.length <= limit; next++) {
      const block = members[next]!;
      for (let i = starts[block]!; i < starts[block + 1]!; i++) this.#visit(this.#blocks.parents.values[i]!);
    }
    if (members.length <= limit) return true;
    while (members.length > before) this.#seen.delete(members.pop()!);
    return false;
  }

  /** The members in ascending key order, the selected parent not among them. Ends the search. */
  sorted(): number[] {
    return this.#members.sort((a, b) => this.#blocks.compareKeys(a, b));
  }

  #visit(block: number): void {
    if (this.#seen.has(block) || this.#reachability.isAncestor(block, this.#selectedParent)) return;
    this.#seen.add(block);
    this.#members.push(block);
  }
}
