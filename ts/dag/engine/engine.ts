import { requireObject } from '../../check-arguments.ts';
import { mustBe } from '../../errors.ts';
import { requireCompact } from '../../pow/targets.ts';
import { Blocks, GENESIS } from './blocks.ts';
import { sameElements, sorted } from './columns.ts';
import type { Draft } from './draft.ts';
import { DagEngineError } from './errors.ts';
import { MergeSetFinder } from './merge-set.ts';
import { checkedParams, checkedTuning } from './params.ts';
import { checkAntichain, resolveParents } from './parents.ts';
import { EngineQueries } from './queries.ts';
import { Reachability } from './reachability.ts';
import { EngineRecord } from './record.ts';
import { Retained } from './retained.ts';
import { Rules } from './rules.ts';
import { Tips } from './tips.ts';
import { addTrusted } from './trusted.ts';
import type { DagNode, DagParams, DagTuning, TrustedBlock, VirtualChange, VirtualOrigin } from './types.ts';
import { BlockView, NodePreview } from './views.ts';
import { VirtualState } from './virtual.ts';

/**
 * The consensus engine: GHOSTDAG (eprint 2018/104), and difficulty and past median time over sampled windows (KIP-4),
 * over plain nodes, without headers, proof of work or a store. It is synchronous and works in memory.
 *
 * Nodes can be added in any topological order; the results do not depend on it. The engine checks the parents of a node
 * (known, none an ancestor of another, within the limits) and computes what its header must carry. The caller compares
 * that with what the header does carry.
 */
export class DagEngine {
  /** A frozen copy of the parameters that the engine was created with. */
  readonly params: DagParams;
  /** The tuning that the engine was created with; the default is 2048 windows. */
  readonly tuning: DagTuning;
  /** The block without parents. */
  readonly genesis: BlockView;
  // Read for each block. The maps of frozen objects differ, so code that reads `params` is compiled again for each engine.
  readonly #maxParents: number;
  readonly #mergeSetLimit: number;
  readonly #blocks: Blocks;
  readonly #reachability: Reachability;
  readonly #mergeSets: MergeSetFinder;
  readonly #rules: Rules;
  readonly #tips: Tips;
  readonly #virtual: VirtualState;
  /** Queries about the order, the selected chain, the children and the colours, as of the last {@link updateVirtual}. */
  readonly queries: EngineQueries;

  /**
   * Throws `ERR_QANTO_INVALID_ARGUMENT` if a parameter or a tuning value is out of range, or if genesis is malformed or
   * has parents.
   */
  constructor(params: DagParams, genesis: DagNode, tuning: Partial<DagTuning> = {}) {
    this.tuning = checkedTuning(tuning);
    this.params = checkedParams(params);
    this.#maxParents = this.params.maxParents;
    this.#mergeSetLimit = this.params.mergeSetLimit;
    checkNode(genesis);
    if (genesis.parents.length > 0) {
      throw mustBe('genesis.parents', genesis.parents, 'empty');
    }
    const blocks = new Blocks(this.params);
    this.#blocks = blocks;
    const reachability = new Reachability();
    this.#reachability = reachability;
    this.#mergeSets = new MergeSetFinder(blocks, reachability);
    this.#rules = new Rules(this.params, blocks, reachability, this.tuning.rememberedWindows);
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
    this.genesis = new BlockView(blocks, GENESIS);
    this.#virtual = new VirtualState({
      params: this.params,
      blocks,
      reachability,
      mergeSets: this.#mergeSets,
      rules: this.#rules,
      tips: this.#tips,
    });
    const virtual = this.#virtual;
    this.queries = new EngineQueries({ params: this.params, blocks, reachability, virtual });
  }

  /** The number of blocks held, including genesis. */
  get size(): number {
    return this.#blocks.size;
  }

  /** Whether a block is held. Every method that takes a hash throws `ERR_QANTO_INVALID_ARGUMENT` if it is malformed. */
  has(hash: string): boolean {
    return this.#blocks.index.find(hash) >= 0;
  }

  /** A block with its consensus data; undefined if it is not held. */
  get(hash: string): BlockView | undefined {
    const block = this.#blocks.index.find(hash);
    return block < 0 ? undefined : new BlockView(this.#blocks, block);
  }

  /**
   * What a block with these parents must carry. It depends on their past only, so it stays valid when blocks are added.
   *
   * Throws the first of these that applies: `ERR_QANTO_NO_PARENTS`, `ERR_QANTO_TOO_MANY_PARENTS`,
   * `ERR_QANTO_UNKNOWN_PARENTS`, `ERR_QANTO_DUPLICATE_PARENT`, `ERR_QANTO_PARENTS_NOT_ANTICHAIN`,
   * `ERR_QANTO_PRUNING_POINT_NOT_IN_CHAIN`, `ERR_QANTO_MERGE_SET_TOO_LARGE`, `ERR_QANTO_MERGE_TOO_DEEP`.
   */
  preview(parents: readonly string[]): NodePreview {
    const resolved = resolveParents(this.#blocks, parents, this.#maxParents);
    return new NodePreview(this.#blocks, this.#draft(resolved), parents, resolved);
  }

  /**
   * Adds a block. It does not check whether `bits` and `timestampMs` are what {@link DagEngine.preview} requires.
   *
   * Throws `ERR_QANTO_INVALID_ARGUMENT` if the hash or the timestamp is malformed or the bits do not encode a target,
   * `ERR_QANTO_DUPLICATE_BLOCK`, and whatever {@link DagEngine.preview} throws. The engine does not change when it
   * throws.
   *
   * @param preview the result of `preview(node.parents)`, if there is one, so that it is not computed again
   */
  add(node: DagNode, preview?: NodePreview): BlockView {
    checkNode(node);
    const blocks = this.#blocks;
    if (blocks.index.find(node.hash) >= 0)
      throw new DagEngineError('ERR_QANTO_DUPLICATE_BLOCK', { hash: node.hash });
    const isPreviewed = preview instanceof NodePreview && preview.isOf(blocks, node.parents);
    const parents = isPreviewed ? preview.resolved : resolveParents(blocks, node.parents, this.#maxParents);
    const draft = isPreviewed ? preview.draft : this.#draft(parents);

    const block = blocks.append(node, parents, draft);
    this.#reachability.add(draft.selectedParent, draft.merged);
    this.#tips.add(block, parents);
    this.queries.catchUp();
    return new BlockView(blocks, block);
  }

  /**
   * Adds a block without computing its consensus data, in an engine that continues from what {@link retained} lists.
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
    this.queries.catchUp();
  }

  /**
   * Continues from the virtual state of another engine, whose retained blocks must all be held. Call {@link updateVirtual}
   * afterwards, and ignore the change that it returns. Throws `ERR_QANTO_UNKNOWN_BLOCK`.
   *
   * @internal
   */
  resume({ finalityPoint, pruningPoint, orderStart }: VirtualOrigin): void {
    this.#virtual.resume(this.#indexOf(finalityPoint), this.#indexOf(pruningPoint), orderStart);
  }

  /**
   * Does what {@link resume} and then {@link updateVirtual} do, but pauses often, in an engine whose virtual state was not
   * updated yet. No block may be added before it ends. Throws `ERR_QANTO_UNKNOWN_BLOCK`.
   *
   * @internal
   */
  *loadVirtual({ finalityPoint, pruningPoint, orderStart }: VirtualOrigin): Generator<void, void> {
    yield* this.#virtual.load(this.#indexOf(finalityPoint), this.#indexOf(pruningPoint), orderStart);
  }

  /**
   * What a checkpoint contains of this engine, and what restores an engine that has genesis only.
   *
   * @internal
   */
  record(): EngineRecord {
    return new EngineRecord({
      blocks: this.#blocks,
      reachability: this.#reachability,
      tips: this.#tips,
      rules: this.#rules,
      queries: this.queries,
    });
  }

  /**
   * What another engine needs in order to continue from here without the past of the pruning point.
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

  /**
   * Whether a is b or in the past of b. This method, {@link isChainAncestor} and {@link compare} throw
   * `ERR_QANTO_UNKNOWN_BLOCK` if a block is not held.
   */
  isAncestor(a: string, b: string): boolean {
    return this.#reachability.isAncestor(this.#indexOf(a), this.#indexOf(b));
  }

  /** Whether a is b or on the selected chain of b. */
  isChainAncestor(a: string, b: string): boolean {
    return this.#reachability.isChainAncestor(this.#indexOf(a), this.#indexOf(b));
  }

  /** Compares two blocks by key (blueWork, hash): negative, 0 or positive. */
  compare(a: string, b: string): number {
    return this.#blocks.compareKeys(this.#indexOf(a), this.#indexOf(b));
  }

  /** Hashes of the blocks without children, ascending by key. */
  tips(): string[] {
    return this.#hashes(this.#tips.ascending);
  }

  /**
   * Does a part of what {@link updateVirtual} will do, without a visible effect: while blocks are being written, for example.
   *
   * @internal
   */
  prepareVirtual(): void {
    this.#virtual.prepare();
  }

  /**
   * Brings the virtual state up to date with the blocks added since the last call. Only this method changes {@link sink},
   * {@link virtualParents}, {@link virtual}, {@link order} and {@link selectedChain}. Returns null if nothing changed.
   */
  updateVirtual(): VirtualChange | null {
    const change = this.#virtual.update();
    if (change === null) return null;
    return { removed: this.#hashes(change.removed), added: this.#hashes(change.added), sink: this.sink() };
  }

  /** The selected parent of the next block: the heaviest block whose selected chain contains the finality point. */
  sink(): string {
    return this.#blocks.index.hashOf(this.#virtual.sink);
  }

  /** The parents that the next block should name: the sink, then other tips descending by key, within the limits. */
  virtualParents(): string[] {
    return this.#hashes(this.#virtual.parents);
  }

  /** What a block on {@link virtualParents} must carry. */
  get virtual(): NodePreview {
    return new NodePreview(this.#blocks, this.#virtual.draft);
  }

  /** The block of the selected chain on which the sink will always build. Genesis without `params.pruning`. */
  finalityPoint(): string {
    return this.#blocks.index.hashOf(this.#virtual.finalityPoint);
  }

  /** The block of the selected chain on which every added block must build. Genesis without `params.pruning`. */
  pruningPoint(): string {
    return this.#blocks.index.hashOf(this.#virtual.pruningPoint);
  }

  /** The number of blocks in the total order, counted from genesis and including pruned blocks. */
  get orderLength(): number {
    return this.#virtual.orderLength;
  }

  /** The position in the total order at which {@link order} begins: 0 if nothing was pruned. */
  get orderStart(): number {
    return this.#virtual.orderStart;
  }

  /**
   * The total order of the past of the virtual block, beginning at {@link orderStart}: at genesis if nothing was
   * pruned. Do not update the virtual state while iterating.
   */
  *order(): IterableIterator<string> {
    const { order } = this.#virtual;
    for (let i = 0; i < order.length; i++) yield this.#blocks.index.hashOf(order.at(i)!);
  }

  /** The part of the selected chain that is held, up to the sink. Do not update the virtual state while iterating. */
  *selectedChain(): IterableIterator<string> {
    const { chain, orderStart } = this.#virtual;
    for (let i = orderStart === 0 ? 0 : 1; i < chain.length; i++)
      yield this.#blocks.index.hashOf(chain.at(i)!);
  }

  /** The bits of the last `count` blocks of the selected chain, or of all that are held. */
  recentBits(count: number): number[] {
    return this.#virtual.chain.slice(-count).map((block) => this.#blocks.bits[block]!);
  }

  #hashes(blocks: readonly number[]): string[] {
    return blocks.map((block) => this.#blocks.index.hashOf(block));
  }

  #indexOf(hash: string): number {
    const block = this.#blocks.index.find(hash);
    if (block < 0) throw new DagEngineError('ERR_QANTO_UNKNOWN_BLOCK', { hash });
    return block;
  }

  #draft(resolved: readonly number[]): Draft {
    const parents = sorted(resolved.slice(), (a, b) => a - b);
    if (sameElements(this.#virtual.draft.parents, parents)) return this.#virtual.draft;
    checkAntichain(this.#blocks, this.#reachability, parents);
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
      if (parent !== selectedParent && !this.#mergeSets.include(parent, this.#mergeSetLimit)) {
        throw new DagEngineError('ERR_QANTO_MERGE_SET_TOO_LARGE', { limit: this.#mergeSetLimit });
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
}

/** Refuses a malformed node. The hashes are checked where they are looked up. */
function checkNode(node: DagNode): void {
  requireObject('node', node);
  if (!Number.isSafeInteger(node.timestampMs) || node.timestampMs < 0) {
    throw mustBe('timestampMs', node.timestampMs, 'an integer from 0 to 2^53 - 1');
  }
  requireCompact(node.bits);
}
