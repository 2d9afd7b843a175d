/**
 * The consensus engine: GHOSTDAG over plain nodes, with no header, proof of work or store.
 *
 * Give it nodes in any topological order; the answers do not depend on which. It holds a node to the shape of the DAG
 * (known parents, an antichain, the limits) and computes what its header must carry; comparing that with what it does
 * carry is the caller's part.
 */
import { requireObject } from '../../check-arguments.ts';
import { mustBe } from '../../errors.ts';
import { compactToTarget } from '../../pow/targets.ts';
import { Blocks, GENESIS } from './blocks.ts';
import { sameElements } from './columns.ts';
import type { Draft } from './draft.ts';
import { DagEngineError } from './errors.ts';
import { MergeSetFinder } from './merge-set.ts';
import { checkedParams, checkedTuning } from './params.ts';
import { Reachability } from './reachability.ts';
import { Retained } from './retained.ts';
import { Rules } from './rules.ts';
import { Tips } from './tips.ts';
import { addTrusted } from './trusted.ts';
import type {
  BlockView,
  DagNode,
  DagParams,
  DagTuning,
  NodePreview,
  TrustedBlock,
  VirtualChange,
  VirtualOrigin,
} from './types.ts';
import { DraftView, PreviewView, viewOf } from './views.ts';
import { VirtualState } from './virtual.ts';

/**
 * The consensus engine: GHOSTDAG (eprint 2018/104), and difficulty and past median time over sampled windows (KIP-4),
 * over plain nodes. Give it nodes in any topological order; the answers do not depend on which. It computes what a
 * node must carry; whether it does carry that is the caller's to check. Synchronous and in memory.
 */
export class DagEngine {
  /** A frozen copy of the parameters it was made with. */
  readonly params: DagParams;
  /** The tuning it was made with, defaults filled in: 2048 windows, depth 100, slack 16,384. */
  readonly tuning: DagTuning;
  /** The block without parents. */
  readonly genesis: BlockView;
  readonly #blocks = new Blocks();
  readonly #reachability: Reachability;
  readonly #mergeSets: MergeSetFinder;
  readonly #rules: Rules;
  readonly #tips: Tips;
  readonly #virtual: VirtualState;

  /** Throws `ERR_QANTO_INVALID_ARGUMENT` for parameters or tuning out of range or a genesis that is malformed or has parents. */
  constructor(params: DagParams, genesis: DagNode, tuning: Partial<DagTuning> = {}) {
    this.tuning = checkedTuning(tuning);
    const { rememberedWindows, reindexDepth, reindexSlack } = this.tuning;
    this.params = checkedParams(params);
    checkNode(genesis);
    if (genesis.parents.length > 0) {
      throw mustBe('genesis.parents', genesis.parents, 'empty');
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
      mergeDepthRoot: GENESIS,
    });
    this.#tips.add(GENESIS, []);
    this.genesis = viewOf(blocks, GENESIS);
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

  /** Whether a block is held. Throws `ERR_QANTO_INVALID_ARGUMENT` for a malformed hash, as all that take one do. */
  has(hash: string): boolean {
    return this.#blocks.index.find(hash) >= 0;
  }

  /** A block with its consensus data; undefined when it is not held. */
  get(hash: string): BlockView | undefined {
    const block = this.#blocks.index.find(hash);
    return block < 0 ? undefined : viewOf(this.#blocks, block);
  }

  /**
   * What a block with these parents must carry. Depends on their past only, so it stays true whatever is added.
   *
   * Throws `ERR_QANTO_NO_PARENTS`, `ERR_QANTO_TOO_MANY_PARENTS`, `ERR_QANTO_UNKNOWN_PARENTS`, `ERR_QANTO_DUPLICATE_PARENT`, `ERR_QANTO_PARENTS_NOT_ANTICHAIN`,
   * `ERR_QANTO_PRUNING_POINT_NOT_IN_CHAIN`, `ERR_QANTO_MERGE_SET_TOO_LARGE` or `ERR_QANTO_MERGE_TOO_DEEP`, whichever is first.
   */
  preview(parents: readonly string[]): NodePreview {
    const resolved = this.#resolveParents(parents);
    return new PreviewView(this.#blocks, this.#draft(resolved), parents, resolved);
  }

  /**
   * Adds a block. Nothing has changed when it throws: `ERR_QANTO_INVALID_ARGUMENT` (hash, timestamp, or bits that are no
   * target), `ERR_QANTO_DUPLICATE_BLOCK`, or what {@link preview} throws. Whether `bits` and `timestampMs` are those
   * the consensus expects is not asked.
   *
   * @param due what `preview(node.parents)` has just returned, if it was asked: then it is not computed again
   */
  add(node: DagNode, due?: NodePreview): BlockView {
    checkNode(node);
    const blocks = this.#blocks;
    if (blocks.index.find(node.hash) >= 0)
      throw new DagEngineError('ERR_QANTO_DUPLICATE_BLOCK', { hash: node.hash });
    const isPreviewed = due instanceof PreviewView && due.isOf(blocks, node.parents);
    const parents = isPreviewed ? due.resolved : this.#resolveParents(node.parents);
    const draft = isPreviewed ? due.draft : this.#draft(parents);

    const block = blocks.append(node, parents, draft);
    this.#reachability.add(draft.selectedParent, draft.merged);
    this.#rules.remember(block, draft);
    this.#tips.add(block, parents);
    if (this.#tips.heaviest === block) this.#reachability.follow(block);
    return viewOf(blocks, block);
  }

  /**
   * Adds a block without computing anything: for an engine that takes up where another left off, as {@link retained} says.
   * Throws `ERR_QANTO_DUPLICATE_BLOCK`, and `ERR_QANTO_INVALID_ARGUMENT` as {@link add} does.
   *
   * @internal
   */
  addTrusted(block: TrustedBlock): void {
    checkNode(block);
    if (this.#blocks.index.find(block.hash) >= 0)
      throw new DagEngineError('ERR_QANTO_DUPLICATE_BLOCK', { hash: block.hash });
    addTrusted(block, {
      blocks: this.#blocks,
      reachability: this.#reachability,
      mergeDepth: this.#rules.mergeDepth,
      tips: this.#tips,
    });
  }

  /**
   * Takes up the virtual state of another engine, once it holds what that retained. Throws `ERR_QANTO_UNKNOWN_BLOCK`.
   *
   * @internal
   */
  resume({ finalityPoint, pruningPoint, orderStart }: VirtualOrigin): void {
    this.#virtual.resume(this.#indexOf(finalityPoint), this.#indexOf(pruningPoint), orderStart);
    this.updateVirtual();
  }

  /**
   * What another engine needs to go on from here without the past of the pruning point.
   *
   * @internal
   */
  retained(): Retained {
    return new Retained({
      params: this.params,
      blocks: this.#blocks,
      reachability: this.#reachability,
      rules: this.#rules,
      tips: this.#tips,
      virtual: this.#virtual,
    });
  }

  /** True when a is b or in the past of b. Throws `ERR_QANTO_UNKNOWN_BLOCK`, as all questions about blocks do. */
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

  /** The selected parent of the next block: the heaviest tip, of those that build on the finality point. */
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

  /** The chain block at the finality depth: the sink will always build on it. Genesis without `params.pruning`. */
  finalityPoint(): string {
    return this.#blocks.index.hashOf(this.#virtual.finalityPoint);
  }

  /** The chain block at the pruning depth: every block added must build on it. Genesis without `params.pruning`. */
  pruningPoint(): string {
    return this.#blocks.index.hashOf(this.#virtual.pruningPoint);
  }

  /** How many blocks the total order has, counted from genesis, pruned ones included. */
  get orderLength(): number {
    return this.#virtual.orderStart + this.#virtual.order.length;
  }

  /** The position in the total order at which {@link order} begins: 0 as long as nothing was pruned. */
  get orderStart(): number {
    return this.#virtual.orderStart;
  }

  /**
   * The total order of the virtual block's past from {@link orderStart} on, which is from genesis on as long as nothing was
   * pruned. Do not update the virtual state while iterating.
   */
  *order(): IterableIterator<string> {
    for (const block of this.#virtual.order) yield this.#blocks.index.hashOf(block);
  }

  /** The selected-parent chain to the sink, as far as it is kept. Do not update the virtual state while iterating. */
  *selectedChain(): IterableIterator<string> {
    const { chain, orderStart } = this.#virtual;
    for (let i = orderStart === 0 ? 0 : 1; i < chain.length; i++) yield this.#blocks.index.hashOf(chain[i]!);
  }

  #hashes(blocks: readonly number[]): string[] {
    return blocks.map((block) => this.#blocks.index.hashOf(block));
  }

  #indexOf(hash: string): number {
    const block = this.#blocks.index.find(hash);
    if (block < 0) throw new DagEngineError('ERR_QANTO_UNKNOWN_BLOCK', { hash });
    return block;
  }

  /** The indices of parents, in the order given. */
  #resolveParents(parents: readonly string[]): readonly number[] {
    if (parents.length === 0) throw new DagEngineError('ERR_QANTO_NO_PARENTS', {});
    if (parents.length > this.params.maxParents) {
      const limit = this.params.maxParents;
      throw new DagEngineError('ERR_QANTO_TOO_MANY_PARENTS', { count: parents.length, limit });
    }
    const resolved = parents.map((parent) => this.#blocks.index.find(parent));
    if (resolved.includes(-1)) {
      const missing = parents.filter((_, i) => resolved[i] === -1);
      throw new DagEngineError('ERR_QANTO_UNKNOWN_PARENTS', { missing });
    }
    return resolved;
  }

  #draft(resolved: readonly number[]): Draft {
    const parents = [...resolved].sort((a, b) => a - b);
    if (sameElements(this.#virtual.draft.parents, parents)) return this.#virtual.draft;
    this.#checkAntichain(parents);
    const selectedParent = parents.reduce((a, b) => (this.#blocks.compareKeys(a, b) > 0 ? a : b));
    const { pruningPoint } = this.#virtual;
    if (!this.#reachability.isChainAncestor(pruningPoint, selectedParent)) {
      throw new DagEngineError('ERR_QANTO_PRUNING_POINT_NOT_IN_CHAIN', {
        pruningPoint: this.#blocks.index.hashOf(pruningPoint),
        selectedParent: this.#blocks.index.hashOf(selectedParent),
      });
    }
    this.#mergeSets.begin(selectedParent);
    for (const parent of parents) {
      if (parent !== selectedParent && !this.#mergeSets.include(parent, this.params.mergeSetLimit)) {
        throw new DagEngineError('ERR_QANTO_MERGE_SET_TOO_LARGE', { limit: this.params.mergeSetLimit });
      }
    }
    const draft = this.#rules.draft(parents, selectedParent, this.#mergeSets.sorted());
    const [deep] = this.#rules.mergeDepth.tooDeep(draft);
    if (deep !== undefined) {
      throw new DagEngineError('ERR_QANTO_MERGE_TOO_DEEP', {
        merged: this.#blocks.index.hashOf(deep),
        root: this.#blocks.index.hashOf(draft.mergeDepthRoot),
      });
    }
    return draft;
  }

  /** @param parents ascending by index: only an earlier block can be an ancestor of a later one */
  #checkAntichain(parents: readonly number[]): void {
    for (let later = 1; later < parents.length; later++) {
      for (let earlier = 0; earlier < later; earlier++) {
        if (!this.#reachability.isAncestor(parents[earlier]!, parents[later]!)) continue;
        const ancestor = this.#blocks.index.hashOf(parents[earlier]!);
        const descendant = this.#blocks.index.hashOf(parents[later]!);
        if (ancestor === descendant)
          throw new DagEngineError('ERR_QANTO_DUPLICATE_PARENT', { parent: ancestor });
        throw new DagEngineError('ERR_QANTO_PARENTS_NOT_ANTICHAIN', { ancestor, descendant });
      }
    }
  }
}

/** Refuses what is no node at all. The hashes are checked where they are looked up. */
function checkNode(node: DagNode): void {
  requireObject('node', node);
  if (!Number.isSafeInteger(node.timestampMs) || node.timestampMs < 0) {
    throw mustBe('timestampMs', node.timestampMs, 'an integer from 0 to 2^53 - 1');
  }
  compactToTarget(node.bits);
}
