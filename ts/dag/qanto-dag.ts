import type { Environment } from '../environment.ts';
import { difficultyFromCompact } from '../pow/targets.ts';
import { withSpan } from '../tracing/index.ts';
import { Acceptance, type AddResult } from './acceptance.ts';
import { type Block, encodeBlock, type ParsedBlock, parseBlock } from './block.ts';
import type { DagEngine } from './engine/engine.ts';
import type { BlockView } from './engine/types.ts';
import { BlockRejectedError, DagClosedError } from './errors.ts';
import { genesisBlock } from './genesis.ts';
import { Intake } from './intake.ts';
import { type QantoDagOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import type { OrphanPool } from './orphans.ts';
import type { NetworkParams } from './params.ts';
import { blockFrom, type Replayed, replay } from './replay.ts';
import type { BlockAnswer, BlockStatus, DagInfo, QantoDagEvents } from './status.ts';
import { StoreDamagedError } from './store/errors.ts';
import { type BlockStore, NO_BODY, type StoredBlock, type StoreUsage } from './store/store.ts';
import { StoreWatch } from './store-watch.ts';
import { tell } from './tell.ts';
import { type BlockTemplate, buildTemplate, type TemplateRequest } from './template.ts';
import { checkBlockSize } from './validation.ts';

const { EventEmitter } = process.getBuiltinModule('node:events');

interface Parts extends ResolvedOptions, Replayed {
  readonly genesis: ParsedBlock;
}

/**
 * A DAG of blocks: checked, ordered by GHOSTDAG (eprint 2018/104), durable. Made by {@link QantoDag.open}. Blocks go
 * by their ids: 64 lowercase hex digits in displayed order. A malformed one is refused with `ERR_QANTO_INVALID_ARGUMENT`. Once
 * `close()` was called, every method but that one fails with `ERR_QANTO_CLOSED`.
 */
export class QantoDag extends EventEmitter<QantoDagEvents> {
  /** The network's parameters. */
  readonly network: NetworkParams;
  /** The clock and the entropy of everything that works on this DAG. */
  readonly environment: Environment;
  readonly #genesis: ParsedBlock;
  readonly #store: BlockStore;
  readonly #orphans: OrphanPool;
  readonly #acceptance: Acceptance;
  readonly #intake: Intake;
  #closing: Promise<void> | undefined;

  private constructor(parts: Parts) {
    super();
    this.network = parts.network;
    this.#genesis = parts.genesis;
    this.#store = parts.store;
    this.environment = parts.environment;
    this.#orphans = parts.orphans;
    this.#acceptance = new Acceptance(parts.engine, parts.network, parts.environment.clock, parts.orphans);
    const watch = new StoreWatch(parts.store, this);
    this.#intake = new Intake({ ...parts, watch, acceptance: this.#acceptance }, this);
    void watch.verify();
  }

  /**
   * Opens the DAG and brings back what its store holds. Rejects with `ERR_QANTO_INVALID_ARGUMENT`, `ERR_QANTO_STORE_LOCKED` (another
   * process has it), `ERR_QANTO_STORE_WRONG_NETWORK`, `ERR_QANTO_STORE_SCHEMA_TOO_NEW`, `ERR_QANTO_STORE_DAMAGED` or `ERR_QANTO_STORE_FAILED`; a store is
   * never reset. What the store holds besides what is needed for that is checked in the background: `'store-damaged'`.
   */
  static async open(options: QantoDagOptions): Promise<QantoDag> {
    const resolved = resolveOptions(options);
    const { network, store, environment } = resolved;
    const genesis = genesisBlock(network);
    await store.open({ network: network.name, genesis: genesis.hash });
    try {
      const replayed = await replay(store, genesis, network, environment.clock);
      return new QantoDag({ ...resolved, ...replayed, genesis });
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Hash of the genesis block. */
  get genesis(): string {
    return this.#genesis.hash;
  }

  /**
   * Offers a block, as an object or in its encoded form. Resolves when it is on disk, or waits in memory for its
   * parents (`orphan`). Bytes are copied before the call returns. Rejects with BlockRejectedError, whose code says
   * which rule the block breaks; with `ERR_QANTO_INVALID_ARGUMENT` for an object that cannot be encoded; with `ERR_QANTO_STORE_FULL` when the
   * store has no room for it, after which the same block may be offered again; with `ERR_QANTO_STORE_FAILED` when the disk
   * refuses, after which nothing more is accepted until the DAG is opened again; with `ERR_QANTO_CLOSED`.
   */
  async addBlock(block: Block | Uint8Array): Promise<AddResult> {
    const answered = (answer: BlockAnswer) => tell(() => this.emit('block-answered', answer));
    try {
      const result = await this.#enqueue(block);
      answered({ status: result.status });
      return result;
    } catch (error) {
      if (error instanceof BlockRejectedError) answered({ status: 'rejected', code: error.code });
      throw error;
    }
  }

  async #enqueue(block: Block | Uint8Array): Promise<AddResult> {
    this.#requireOpen();
    return withSpan('add_block', {}, async (span) => {
      const bytes = block instanceof Uint8Array ? block : encodeBlock(block);
      checkBlockSize(bytes.length, this.network);
      const parsed = parseBlock(bytes);
      span.setAttribute('block_id', parsed.hash);
      const added = await this.#intake.add(parsed);
      span.setAttribute('outcome', added.status);
      return added;
    });
  }

  /** The accepted blocks without children, ascending by (blue work, hash). */
  tips(): string[] {
    this.#requireOpen();
    return [...this.#intake.tips];
  }

  /** The selected parent of the next block: the heaviest tip, of those that build on the finality point. */
  sink(): string {
    this.#requireOpen();
    return this.#engine.sink();
  }

  /**
   * The total order of everything the next block builds on: from genesis on, or from `info().orderStart` on where what
   * came before was pruned. Not to be iterated across an await.
   */
  order(): IterableIterator<string> {
    this.#requireOpen();
    return this.#engine.order();
  }

  /**
   * An accepted block, from the store. Rejects with `ERR_QANTO_BLOCK_PRUNED` when its contents were dropped behind the pruning
   * point, with `ERR_QANTO_STORE_DAMAGED` when the store no longer holds what was written. Undefined for blocks that were dropped
   * altogether, unless the DAG was opened with `archive` then.
   */
  async getBlock(hash: string): Promise<Block | undefined> {
    this.#requireOpen();
    if (hash === this.genesis) return this.#genesis.block;
    const stored = await this.#read(hash);
    return stored && blockFrom(this.#store.location, hash, stored);
  }

  /**
   * Colouring, scores, due bits and due past median time of an accepted block; undefined for one that is not in memory,
   * as blocks that were dropped behind the pruning point.
   */
  getView(hash: string): BlockView | undefined {
    this.#requireOpen();
    return this.#intake.isWriting(hash) ? undefined : this.#engine.get(hash);
  }

  /**
   * What became of a block, as of the call. `rejected` is told of blocks refused not long ago for what their header commits to; a
   * block that was too far ahead of the clock, or came with wrong contents, is `unknown` and may be offered again. So is
   * one that was accepted and dropped behind the pruning point since, but may not.
   */
  async getStatus(hash: string): Promise<BlockStatus> {
    this.#requireOpen();
    if (this.#isWhole(hash)) return 'accepted';
    // Before the store answers: an orphan that is accepted meanwhile was known at any time.
    const otherwise = this.#statusOutside(hash);
    const stored = await this.#read(hash);
    if (stored === undefined) return otherwise;
    return isPruned(stored) ? 'pruned' : 'accepted';
  }

  /** The DAG at a glance, as of now. */
  info(): DagInfo {
    this.#requireOpen();
    const engine = this.#engine;
    const { blueScore, daaScore, expectedBits: bits, pastMedianTimeMs } = engine.virtual;
    return {
      network: this.network.name,
      blockCount: this.#store.size + 1,
      keptBlockCount: engine.size - this.#intake.writingCount,
      tipCount: this.#intake.tips.length,
      orphanCount: this.#orphans.size,
      sink: engine.sink(),
      finalityPoint: engine.finalityPoint(),
      pruningPoint: engine.pruningPoint(),
      orderStart: engine.orderStart,
      blueScore,
      daaScore,
      bits,
      difficulty: difficultyFromCompact(bits),
      pastMedianTimeMs,
      lastBlockTimestampMs: this.#intake.lastTimestampMs,
      writable: !this.#intake.hasFailed,
    };
  }

  /** What the store takes and what room it has; undefined when it cannot tell, as one in memory. */
  async storeUsage(): Promise<StoreUsage | undefined> {
    this.#requireOpen();
    return this.#store.usage?.();
  }

  /** A block on the current virtual parents that lacks only its nonce. Throws `ERR_QANTO_INVALID_ARGUMENT`. */
  buildTemplate(request: TemplateRequest): BlockTemplate {
    this.#requireOpen();
    const { virtual } = this.#engine;
    return buildTemplate(
      this.network,
      this.#engine.virtualParents(),
      virtual,
      this.environment.clock.now(),
      request,
    );
  }

  /** Waits for the blocks already offered, then closes the store. Every later call but this one fails with `ERR_QANTO_CLOSED`. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#intake.stop();
      await this.#store.close();
    })();
    return this.#closing;
  }

  /** Closes the DAG, as {@link close} does: `await using dag = await QantoDag.open(…)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Another one after each pruning. */
  get #engine(): DagEngine {
    return this.#intake.engine;
  }

  /** Whether an accepted block is known to be held with its contents: above the pruning point all of them are. */
  #isWhole(hash: string): boolean {
    if (hash === this.genesis) return true;
    const engine = this.#engine;
    return this.#holds(hash) && engine.isAncestor(engine.pruningPoint(), hash);
  }

  #holds(hash: string): boolean {
    return this.#engine.has(hash) && !this.#intake.isWriting(hash);
  }

  #statusOutside(hash: string): BlockStatus {
    if (this.#orphans.has(hash)) return 'orphan';
    return this.#acceptance.wasRejected(hash) ? 'rejected' : 'unknown';
  }

  /** What the store has of an accepted block; undefined for one that is not accepted, or was dropped. */
  async #read(hash: string): Promise<StoredBlock | undefined> {
    const wasHeld = this.#holds(hash);
    if (this.#intake.isWriting(hash)) return undefined;
    let stored: StoredBlock | undefined;
    try {
      stored = await this.#store.read(hash);
    } catch (error) {
      // What a store says against reading while it is being closed is no fault of the store's.
      this.#requireOpen();
      throw error;
    }
    // It was offered meanwhile: a store may give what it has not promised to keep yet.
    if (this.#intake.isWriting(hash)) return undefined;
    // One that the engine does not hold any more has been pruned meanwhile.
    if (stored === undefined && wasHeld && this.#engine.has(hash)) {
      throw new StoreDamagedError(this.#store.location, `block ${hash} is missing`);
    }
    return stored;
  }

  #requireOpen(): void {
    if (this.#closing) throw new DagClosedError();
  }
}

/** Whether only the head of the block is left. */
function isPruned({ body }: StoredBlock): boolean {
  return body.length === NO_BODY.length;
}
