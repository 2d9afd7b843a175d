/**
 * The virtual block: what a block mined now would merge. Its selected parent is the sink, the heaviest tip; its past in
 * GHOSTDAG order is the total order of the DAG. Each block of the selected chain contributes its selected parent and then
 * the rest of its merge set in ascending key order; the virtual block contributes last.
 */
import { type Blocks, GENESIS, mergedBlock } from './blocks.ts';
import type { Draft } from './draft.ts';
import type { MergeSetFinder } from './merge-set.ts';
import type { Reachability } from './reachability.ts';
import type { Rules } from './rules.ts';
import type { Tips } from './tips.ts';
import type { DagParams } from './types.ts';

/** Tips looked at per place among the parents: so many may be passed over because they would merge too much. */
const CANDIDATES_PER_PARENT = 3;

/** What the virtual state is made from. */
export interface VirtualSources {
  readonly params: DagParams;
  readonly blocks: Blocks;
  readonly reachability: Reachability;
  readonly mergeSets: MergeSetFinder;
  readonly rules: Rules;
  readonly tips: Tips;
}

/** The end of the order that went and the end that came, as block indices. */
export interface OrderChange {
  readonly removed: readonly number[];
  readonly added: readonly number[];
}

export class VirtualState {
  readonly #sources: VirtualSources;
  /** Sink first, then descending by key. */
  #parents: readonly number[] = [GENESIS];
  #draft: Draft;
  readonly #order: number[] = [GENESIS];
  /** The selected chain by height, and how much of the order lies in the past of each of its blocks. */
  readonly #chain: number[] = [GENESIS];
  readonly #pastLengths: number[] = [0];

  constructor(sources: VirtualSources) {
    this.#sources = sources;
    this.#draft = sources.rules.draft([GENESIS], GENESIS, []);
  }

  get sink(): number {
    return this.#parents[0]!;
  }

  get parents(): readonly number[] {
    return this.#parents;
  }

  get draft(): Draft {
    return this.#draft;
  }

  get order(): readonly number[] {
    return this.#order;
  }

  get chain(): readonly number[] {
    return this.#chain;
  }

  /** Catches up with the tips; null when they lead to the same virtual block as before. */
  update(): OrderChange | null {
    const merged = this.#chooseParents();
    if (merged === null) return null;
    this.#draft = this.#sources.rules.draft(
      [...this.#parents].sort((a, b) => a - b),
      this.sink,
      merged,
    );
    const { length, tail } = this.#followChain();
    return this.#replaceOrder(length, tail);
  }

  /** Moves the chain over to the sink. Returns how much of the order stays for certain, and what follows it now. */
  #followChain(): { length: number; tail: number[] } {
    const { mergeSet, selectedParent } = this.#sources.blocks;
    const branch: number[] = [];
    let fork = this.sink;
    while (this.#chain[this.#sources.reachability.height(fork)] !== fork) {
      branch.push(fork);
      fork = selectedParent[fork]!;
    }
    const forkHeight = this.#sources.reachability.height(fork);
    this.#chain.length = forkHeight + 1;
    this.#pastLengths.length = forkHeight + 1;

    const length = this.#pastLengths[forkHeight]!;
    const tail: number[] = [];
    for (const block of branch.reverse()) {
      tail.push(selectedParent[block]!);
      for (let i = mergeSet.starts[block]!; i < mergeSet.starts[block + 1]!; i++) {
        tail.push(mergedBlock(mergeSet.values[i]!));
      }
      this.#chain.push(block);
      this.#pastLengths.push(length + tail.length);
    }
    tail.push(this.sink);
    for (const block of this.#draft.merged) tail.push(block);
    return { length, tail };
  }

  /** Replaces the order from `length` on by `tail`. What is the same in both is no change. */
  #replaceOrder(length: number, tail: readonly number[]): OrderChange {
    let same = 0;
    while (same < tail.length && this.#order[length + same] === tail[same]) same += 1;
    const removed = this.#order.slice(length + same);
    const added = tail.slice(same);
    this.#order.length = length + same;
    for (const block of added) this.#order.push(block);
    return { removed, added };
  }

  /** Chooses the parents and returns the merge set; null when the parents stay the same. */
  #chooseParents(): number[] | null {
    const { params, tips, mergeSets } = this.#sources;
    const candidates = tips.ascending;
    const parents = [tips.heaviest];
    mergeSets.begin(tips.heaviest);
    const last = Math.max(candidates.length - 1 - CANDIDATES_PER_PARENT * params.maxParents, 0);
    for (let i = candidates.length - 2; i >= last && parents.length < params.maxParents; i--) {
      if (mergeSets.include(candidates[i]!, params.mergeSetLimit)) parents.push(candidates[i]!);
    }
    const same = parents.length === this.#parents.length && parents.every((p, i) => p === this.#parents[i]);
    if (same) return null;
    this.#parents = parents;
    return mergeSets.sorted();
  }
}
