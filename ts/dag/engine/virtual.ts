/**
 * The virtual block is the block that would be mined now. Its selected parent is the sink, and the GHOSTDAG order of
 * its past is the total order of the DAG. Each block of the selected chain contributes its selected parent, then the
 * rest of its merge set in ascending key order; the virtual block contributes last.
 */
import { BlockStack } from './block-stack.ts';
import { GENESIS, PRUNED } from './blocks.ts';
import { sameElements } from './columns.ts';
import type { Draft } from './draft.ts';
import { Finality } from './finality.ts';
import { type Choice, VirtualParents, type VirtualSources } from './virtual-parents.ts';

/** The number of chain blocks that {@link VirtualState.load} processes between two pauses. */
const BLOCKS_PER_PAUSE = 4096;

/** The blocks removed from the end of the order and the blocks appended in their place, as indices. */
export interface OrderChange {
  readonly removed: readonly number[];
  readonly added: readonly number[];
}

/** A part of the order that grows. */
interface Appendable {
  readonly length: number;
  push(block: number): unknown;
}

export class VirtualState {
  readonly #sources: VirtualSources;
  /** The sink first, then descending by key. */
  #parents: readonly number[] = [GENESIS];
  #draft: Draft;
  readonly #order = new BlockStack();
  /** The selected chain by height, and for each of its blocks the number of blocks of `#order` in its past. */
  readonly #chain = new BlockStack();
  readonly #pastLengths = new BlockStack();
  readonly #finality: Finality;
  readonly #choice: VirtualParents;
  /** The parents that were found last, until they are used. */
  #prepared: Choice | null = null;
  #orderStart = 0;

  constructor(sources: VirtualSources) {
    this.#sources = sources;
    this.#finality = new Finality(sources.params, sources.blocks);
    this.#choice = new VirtualParents(sources);
    this.#draft = sources.rules.draft([GENESIS], GENESIS, []);
    this.#order.push(GENESIS);
    this.#chain.push(GENESIS);
    this.#pastLengths.push(0);
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

  get order(): Pick<BlockStack, 'length' | 'at' | 'slice'> {
    return this.#order;
  }

  /** The number of blocks of the total order, including those that come before {@link order}. */
  get orderLength(): number {
    return this.#orderStart + this.#order.length;
  }

  /** The number of blocks of the total order that come before {@link order}. */
  get orderStart(): number {
    return this.#orderStart;
  }

  /** By height. The first block is genesis, even if blocks after it were pruned. */
  get chain(): Pick<BlockStack, 'length' | 'at' | 'slice'> {
    return this.#chain;
  }

  get finalityPoint(): number {
    return this.#finality.finalityPoint;
  }

  get pruningPoint(): number {
    return this.#finality.pruningPoint;
  }

  /** The position in the total order of the first block that is not in the past of a chain block. */
  positionOf(chainBlock: number): number {
    return this.#orderStart + this.#pastLengths.at(this.#sources.reachability.height(chainBlock))!;
  }

  /** Continues from another virtual state. Call `update` afterwards, and ignore the change that it returns. */
  resume(finalityPoint: number, pruningPoint: number, orderStart: number): void {
    const { reachability } = this.#sources;
    this.#finality.resume(finalityPoint, reachability.height(finalityPoint), pruningPoint);
    this.#orderStart = orderStart;
  }

  /**
   * Does what {@link resume} and then {@link update} do, but pauses often, for a virtual state that was not updated yet. No
   * block may be added before it ends.
   */
  *load(finalityPoint: number, pruningPoint: number, orderStart: number): Generator<void, void> {
    this.resume(finalityPoint, pruningPoint, orderStart);
    if (!this.#choose()) return;
    const { reachability } = this.#sources;
    const branch: number[] = [];
    for (let block = this.sink; block !== GENESIS; block = reachability.treeParent(block)) {
      if (branch.length % BLOCKS_PER_PAUSE === 0) yield;
      branch.push(block);
    }
    // Almost every block is in the order.
    this.#order.truncate(0);
    this.#order.reserve(this.#sources.blocks.size);
    while (branch.length > 0) {
      if (branch.length % BLOCKS_PER_PAUSE === 0) yield;
      this.#appendToChain(branch.pop()!, this.#order, 0);
    }
    this.#settle();
    this.#order.push(this.sink);
    for (const block of this.#draft.merged) this.#order.push(block);
  }

  /** Does the part of {@link update} that takes longest, without a visible effect. */
  prepare(): void {
    this.#prepared = this.#choice.next(this.finalityPoint) ?? this.#prepared;
  }

  /** Brings the virtual state up to date with the tips. Returns null if the virtual block stays the same. */
  update(): OrderChange | null {
    if (!this.#choose()) return null;
    const { length, tail } = this.#followChain();
    this.#settle();
    tail.push(this.sink);
    for (const block of this.#draft.merged) tail.push(block);
    return this.#replaceOrder(length, tail);
  }

  /** If the finality point moves up, some parents may have to go, but never the sink. */
  #settle(): void {
    for (let settled = false; !settled; ) {
      const before = this.finalityPoint;
      this.#finality.advance(this.#chain, this.#draft.blueScore);
      settled = before === this.finalityPoint || !this.#choose();
    }
  }

  /** Chooses the parents again. Returns false if they stay the same. */
  #choose(): boolean {
    const choice = this.#choice.next(this.finalityPoint) ?? this.#prepared;
    this.#prepared = null;
    if (choice === null || sameElements(choice.parents, this.#parents)) return false;
    this.#parents = choice.parents;
    this.#draft = choice.draft;
    return true;
  }

  /**
   * Moves the chain to the sink. Returns the length of the order that certainly stays, and what follows up to the sink.
   */
  #followChain(): { length: number; tail: number[] } {
    const { reachability } = this.#sources;
    const branch: number[] = [];
    let fork = this.sink;
    while (this.#chain.at(reachability.height(fork)) !== fork) {
      branch.push(fork);
      fork = reachability.treeParent(fork);
    }
    const forkHeight = reachability.height(fork);
    this.#chain.truncate(forkHeight + 1);
    this.#pastLengths.truncate(forkHeight + 1);

    const length = this.#pastLengths.at(forkHeight)!;
    const tail: number[] = [];
    for (const block of branch.reverse()) this.#appendToChain(block, tail, length);
    return { length, tail };
  }

  /** Appends a block to the chain, and what it merges to `tail`, which follows `length` blocks of the order. */
  #appendToChain(block: number, tail: Appendable, length: number): void {
    const { mergeSet, selectedParent } = this.#sources.blocks;
    // For the lowest kept block of the chain, `#orderStart` counts the blocks that came before it.
    if (selectedParent[block] !== PRUNED) tail.push(selectedParent[block]!);
    const count = mergeSet.read(block);
    for (let i = 0; i < count; i++) tail.push(mergeSet.blocks[i]!);
    this.#chain.push(block);
    this.#pastLengths.push(length + tail.length);
  }

  /** Replaces the order from `length` on with `tail`. Blocks that stay in place are not part of the change. */
  #replaceOrder(length: number, tail: readonly number[]): OrderChange {
    let same = 0;
    while (same < tail.length && this.#order.at(length + same) === tail[same]) same += 1;
    const removed = this.#order.slice(length + same);
    const added = tail.slice(same);
    this.#order.truncate(length + same);
    for (const block of added) this.#order.push(block);
    return { removed, added };
  }
}
