/**
 * The virtual block: what a block mined now would merge. Its selected parent is the sink; its past in
 * GHOSTDAG order is the total order of the DAG. Each block of the selected chain contributes its selected parent and then
 * the rest of its merge set in ascending key order; the virtual block contributes last.
 */
import { GENESIS, mergedBlock, PRUNED } from './blocks.ts';
import { sameElements } from './columns.ts';
import type { Draft } from './draft.ts';
import { Finality } from './finality.ts';
import { VirtualParents, type VirtualSources } from './virtual-parents.ts';

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
  readonly #finality: Finality;
  readonly #choice: VirtualParents;
  #orderStart = 0;

  constructor(sources: VirtualSources) {
    this.#sources = sources;
    this.#finality = new Finality(sources.params, sources.blocks);
    this.#choice = new VirtualParents(sources);
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

  /** How many blocks come before those of {@link order}. */
  get orderStart(): number {
    return this.#orderStart;
  }

  /** By height; genesis first, whatever was pruned after it. */
  get chain(): readonly number[] {
    return this.#chain;
  }

  get finalityPoint(): number {
    return this.#finality.finalityPoint;
  }

  get pruningPoint(): number {
    return this.#finality.pruningPoint;
  }

  /** The position in the whole order of the first block not in the past of a block of the chain. */
  positionOf(chainBlock: number): number {
    return this.#orderStart + this.#pastLengths[this.#sources.reachability.height(chainBlock)]!;
  }

  /** Takes up where another virtual state left off; to be followed by an update, whose change means nothing. */
  resume(finalityPoint: number, pruningPoint: number, orderStart: number): void {
    const { reachability } = this.#sources;
    const [finalityHeight, pruningHeight] = [finalityPoint, pruningPoint].map((b) => reachability.height(b));
    this.#finality.resume(finalityPoint, finalityHeight!, pruningPoint, pruningHeight!);
    this.#orderStart = orderStart;
  }

  /** Catches up with the tips; null when they lead to the same virtual block as before. */
  update(): OrderChange | null {
    if (!this.#choose()) return null;
    const { length, tail } = this.#followChain();
    // A finality point that moved up may turn other parents away, but never the sink.
    for (let settled = false; !settled; ) {
      const before = this.finalityPoint;
      this.#finality.advance(this.#chain, this.#draft.blueScore);
      settled = before === this.finalityPoint || !this.#choose();
    }
    tail.push(this.sink);
    for (const block of this.#draft.merged) tail.push(block);
    return this.#replaceOrder(length, tail);
  }

  /** Chooses the parents anew; false when they stay the same. */
  #choose(): boolean {
    const choice = this.#choice.next(this.finalityPoint);
    if (choice === null || sameElements(choice.parents, this.#parents)) return false;
    this.#parents = choice.parents;
    this.#draft = choice.draft;
    return true;
  }

  /** Moves the chain over to the sink. Returns how much of the order stays for certain, and what follows up to the sink. */
  #followChain(): { length: number; tail: number[] } {
    const { mergeSet, selectedParent } = this.#sources.blocks;
    const { reachability } = this.#sources;
    const branch: number[] = [];
    let fork = this.sink;
    while (this.#chain[reachability.height(fork)] !== fork) {
      branch.push(fork);
      fork = reachability.treeParent(fork);
    }
    const forkHeight = reachability.height(fork);
    this.#chain.length = forkHeight + 1;
    this.#pastLengths.length = forkHeight + 1;

    const length = this.#pastLengths[forkHeight]!;
    const tail: number[] = [];
    for (const block of branch.reverse()) {
      // The lowest block kept of the chain: what came before it is counted by the order's start.
      if (selectedParent[block] !== PRUNED) tail.push(selectedParent[block]!);
      for (let i = mergeSet.starts[block]!; i < mergeSet.starts[block + 1]!; i++) {
        tail.push(mergedBlock(mergeSet.values[i]!));
      }
      this.#chain.push(block);
      this.#pastLengths.push(length + tail.length);
    }
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
}
