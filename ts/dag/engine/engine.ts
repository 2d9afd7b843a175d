/**
 * The consensus engine: GHOSTDAG over plain nodes, with no header, proof of work or store.
 *
 * Give it nodes in any topological order; the answers do not depend on which. It holds a node to the shape of the DAG
 * (known parents, an antichain, the limits) and computes what its header must carry; comparing that with what it does
 * carry is the caller's part.
 */
import { InvalidArgumentError } from '../../errors.ts';
import { compactToTarget } from '../../pow/targets.ts';
import { Blocks, GENESIS } from './blocks.ts';
import type { Draft } from './draft.ts';
import {
  DuplicateBlockError,
  DuplicateParentError,
  MergeSetTooLargeError,
  NoParentsError,
  ParentsNotAntichainError,
  TooManyParentsError,
  UnknownBlockError,
  UnknownParentsError,
} from './errors.ts';
import { MergeSetFinder } from './merge-set.ts';
import { checkedParams, checkedTuning } from './params.ts';
import { Reachability } from './reachability.ts';
import { Rules } from './rules.ts';
import { Tips } from './tips.ts';
import type { BlockView, DagNode, DagParams, DagTuning, NodePreview, VirtualChange } from './types.ts';
import { DraftView, StoredBlockView } from './views.ts';
import { VirtualState } from './virtual.ts';

export class DagEngine {
  readonly params: DagParams;
  readonly genesis: BlockView;
  readonly #blocks = new Blocks();
  readonly #reachability: Reachability;
  readonly #mergeSets: MergeSetFinder;
  readonly #rules: Rules;
  readonly #tips: Tips;
  readonly #virtual: VirtualState;
  /** The draft computed last and the parents it was for: a block is usually previewed right before it is added. */
  #lastDraft: Draft | undefined;
  #lastParents: readonly string[] = [];
  #lastResolved: readonly number[] = [];

  /** Throws `INVALID_ARGUMENT` for parameters or tuning out of range or a genesis that is malformed or has parents. */
  constructor(params: DagParams, genesis: DagNode, tuning: Partial<DagTuning> = {}) {
    const { rememberedWindows, reindexDepth, reindexSlack } = checkedTuning(tuning);
    this.params = checkedParams(params);
    checkNode(genesis);
    if (genesis.parents.length > 0) {
      throw new InvalidArgumentError('genesis.parents', genesis.parents, 'empty');
    }
    const blocks = this.#blocks;
    const reachability = new Reachability({ depth: reindexDepth, slack: reindexSlack });
    this.#reachability = reachability;
    this.#mergeSets = new MergeSetFinder(blocks, reachability);
    this.#rules = new Rules(this.params, blocks, reachability, rememberedWindows);
    this.#tips = new Tips(blocks);
    blocks.append(genesis, [], {
      selectedParent: -1,
      mergeSet: [],
      anticoneBlocks: [],
      anticoneSizes: [],
      blueScore: 0,
      blueWork: 0n,
      daaScore: 0,
      expectedBits: genesis.bits,
      pastMedianTimeMs: genesis.timestampMs,
    });
    this.#tips.add(GENESIS, []);
    this.genesis = new StoredBlockView(blocks, GENESIS);
    this.#virtual = new VirtualState({
      params: this.params,
      blocks,
      reachability,
      mergeSets: this.#mergeSets,
      rules: this.#rules,
      tips: this.#tips,
    });
  }

  /** Blocks held, genesis included. */
  get size(): number {
    return this.#blocks.size;
  }

  /** Throws `INVALID_ARGUMENT` for a malformed hash, as all that take one do. */
  has(hash: string): boolean {
    return this.#blocks.index.find(hash) >= 0;
  }

  get(hash: string): BlockView | undefined {
    const block = this.#blocks.index.find(hash);
    return block < 0 ? undefined : new StoredBlockView(this.#blocks, block);
  }

  /**
   * What a block with these parents must carry. Depends on their past only, so it stays true whatever is added; adding
   * a block with the same parents next does not compute it again.
   *
   * Throws `NO_PARENTS`, `TOO_MANY_PARENTS`, `UNKNOWN_PARENTS`, `DUPLICATE_PARENT` or `PARENTS_NOT_ANTICHAIN`, or
   * `MERGE_SET_TOO_LARGE`, whichever is first.
   */
  preview(parents: readonly string[]): NodePreview {
    return new DraftView(this.#blocks, this.#draft(this.#resolveParents(parents)));
  }

  /**
   * Adds a block. Nothing has changed when it throws: `INVALID_ARGUMENT` (hash, timestamp, or bits that are no
   * target), `DUPLICATE_BLOCK`, or what {@link preview} throws. Whether `bits` and `timestampMs` are those
   * the consensus expects is not asked.
   */
  add(node: DagNode): BlockView {
    checkNode(node);
    const blocks = this.#blocks;
    if (blocks.index.find(node.hash) >= 0) throw new DuplicateBlockError(node.hash);
    const parents = this.#resolveParents(node.parents);
    const draft = this.#draft(parents);

    const block = blocks.append(node, parents, draft);
    this.#reachability.add(draft.selectedParent, draft.merged);
    this.#rules.remember(block, draft);
    this.#tips.add(block, parents);
    if (this.#tips.heaviest === block) this.#reachability.follow(block);
    return new StoredBlockView(blocks, block);
  }

  /** True when a is b or in the past of b. Throws `UNKNOWN_BLOCK`, as all questions about blocks do. */
  isAncestor(a: string, b: string): boolean {
    return this.#reachability.isAncestor(this.#indexOf(a), this.#indexOf(b));
  }

  /** True when a is b or on the selected-parent chain of b. */
  isChainAncestor(a: string, b: string): boolean {
    return this.#reachability.isChainAncestor(this.#indexOf(a), this.#indexOf(b));
  }

  /** Compares two blocks by key (blueWork, hash): negative, 0 or positive. */
  compare(a: string, b: string): number {
    return this.#blocks.compareKeys(this.#indexOf(a), this.#indexOf(b));
  }

  /** The blocks without children, ascending by key, as of now. */
  tips(): string[] {
    return this.#hashes(this.#tips.ascending);
  }

  /**
   * Catches the virtual state up with the blocks added since: {@link sink}, {@link virtualParents}, {@link virtual},
   * {@link order} and {@link selectedChain} move here and nowhere else. Null when nothing changed.
   */
  updateVirtual(): VirtualChange | null {
    const change = this.#virtual.update();
    if (change === null) return null;
    return { removed: this.#hashes(change.removed), added: this.#hashes(change.added), sink: this.sink() };
  }

  /** The heaviest tip: the selected parent of the next block. */
  sink(): string {
    return this.#blocks.index.hashOf(this.#virtual.sink);
  }

  /** What the next block should name as parents: the sink, then other tips descending by key, within the limits. */
  virtualParents(): string[] {
    return this.#hashes(this.#virtual.parents);
  }

  /** What a block on {@link virtualParents} must carry. */
  get virtual(): NodePreview {
    return new DraftView(this.#blocks, this.#virtual.draft);
  }

  /** How many blocks {@link order} gives. */
  get orderLength(): number {
    return this.#virtual.order.length;
  }

  /** The total order of the virtual block's past, genesis first. Do not update the virtual state while iterating. */
  *order(): IterableIterator<string> {
    for (const block of this.#virtual.order) yield this.#blocks.index.hashOf(block);
  }

  /** The selected-parent chain from genesis to the sink. Do not update the virtual state while iterating. */
  *selectedChain(): IterableIterator<string> {
    for (const block of this.#virtual.chain) yield this.#blocks.index.hashOf(block);
  }

  #hashes(blocks: readonly number[]): string[] {
    return blocks.map((block) => this.#blocks.index.hashOf(block));
  }

  #indexOf(hash: string): number {
    const block = this.#blocks.index.find(hash);
    if (block < 0) throw new UnknownBlockError(hash);
    return block;
  }

  /** The indices of parents, in the order given. */
  #resolveParents(parents: readonly string[]): readonly number[] {
    if (parents.length > 0 && sameElements(parents, this.#lastParents)) return this.#lastResolved;
    if (parents.length === 0) throw new NoParentsError();
    if (parents.length > this.params.maxParents) {
      throw new TooManyParentsError(parents.length, this.params.maxParents);
    }
    const resolved = parents.map((parent) => this.#blocks.index.find(parent));
    if (resolved.includes(-1)) throw new UnknownParentsError(parents.filter((_, i) => resolved[i] === -1));
    this.#lastParents = [...parents];
    this.#lastResolved = resolved;
    return resolved;
  }

  #draft(resolved: readonly number[]): Draft {
    const parents = [...resolved].sort((a, b) => a - b);
    for (const draft of [this.#lastDraft, this.#virtual.draft]) {
      if (draft !== undefined && sameElements(draft.parents, parents)) return draft;
    }
    this.#checkAntichain(parents);
    const selectedParent = parents.reduce((a, b) => (this.#blocks.compareKeys(a, b) > 0 ? a : b));
    this.#mergeSets.begin(selectedParent);
    for (const parent of parents) {
      if (parent !== selectedParent && !this.#mergeSets.include(parent, this.params.mergeSetLimit)) {
        throw new MergeSetTooLargeError(this.params.mergeSetLimit);
      }
    }
    this.#lastDraft = this.#rules.draft(parents, selectedParent, this.#mergeSets.sorted());
    return this.#lastDraft;
  }

  /** @param parents ascending by index: only an earlier block can be an ancestor of a later one */
  #checkAntichain(parents: readonly number[]): void {
    for (let later = 1; later < parents.length; later++) {
      for (let earlier = 0; earlier < later; earlier++) {
        if (!this.#reachability.isAncestor(parents[earlier]!, parents[later]!)) continue;
        const [ancestor, descendant] = this.#hashes([parents[earlier]!, parents[later]!]);
        if (ancestor === descendant) throw new DuplicateParentError(ancestor!);
        throw new ParentsNotAntichainError(ancestor!, descendant!);
      }
    }
  }
}

function sameElements<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** Refuses what is no node at all. The hashes are checked where they are looked up. */
function checkNode(node: DagNode): void {
  if (!Number.isSafeInteger(node.timestampMs) || node.timestampMs < 0) {
    throw new InvalidArgumentError('timestampMs', node.timestampMs, 'an integer from 0 to 2^53 - 1');
  }
  compactToTarget(node.bits);
}
