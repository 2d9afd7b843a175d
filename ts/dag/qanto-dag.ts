import { EventEmitter } from 'node:events';
import { requireMethods, requireObject } from '../arguments.ts';
import { checkEnvironment, type Environment, processEnvironment } from '../environment.ts';
import { InvalidArgumentError } from '../errors.ts';
import { difficultyFromCompact } from '../pow/targets.ts';
import { withSpan } from '../tracing/index.ts';
import { Acceptance, type AddResult } from './acceptance.ts';
import { type Block, encodeBlock, type ParsedBlock, parseBlock } from './block.ts';
import type { DagEngine } from './engine/engine.ts';
import type { BlockView, VirtualOrigin } from './engine/types.ts';
import { BlockRejectedError, DagClosedError } from './errors.ts';
import { genesisBlock } from './genesis.ts';
import { Intake, tell } from './intake.ts';
import { DEFAULT_ORPHAN_LIMITS, type OrphanLimits, OrphanPool } from './orphans.ts';
import { type NetworkName, type NetworkParams, resolveNetwork } from './params.ts';
import { readStoredBlock, replay } from './replay.ts';
import type { BlockAnswer, BlockStatus, DagInfo, QantoDagEvents } from './status.ts';
import { LmdbStore } from './store/lmdb.ts';
import { type BlockStore, NO_BODY, type StoreUsage } from './store/store.ts';
import { type BlockTemplate, buildTemplate, type TemplateRequest } from './template.ts';
import { checkBlockSize } from './validation.ts';

/** Which DAG to open, and where it is kept. */
export interface QantoDagOptions {
  /** A known network by name, or the parameters of one's own. */
  readonly network: NetworkName | NetworkParams;
  /** Directory of the embedded store; made when it does not exist. Either this or `store`. */
  readonly dataDir?: string;
  /** Another store, such as a MemoryStore. It is opened here and closed with the DAG. */
  readonly store?: BlockStore;
  /** Default: the process's, which `QANTO_TEST_MINING_SEED` makes deterministic. */
  readonly environment?: Environment;
  /** How much may wait for its parents. Default 1000 blocks and 16,000,000 bytes. */
  readonly orphanLimits?: OrphanLimits;
  /**
   * Keep the blocks behind the pruning point on disk, to be read by their hashes; memory is bounded either way. Default
   * false. What was pruned once does not come back.
   */
  readonly archive?: boolean;
}

const STORE_METHODS = ['open', 'heads', 'read', 'append', 'prune', 'close'] as const;

interface Parts {
  readonly network: NetworkParams;
  readonly genesis: ParsedBlock;
  readonly store: BlockStore;
  readonly environment: Environment;
  readonly engine: DagEngine;
  readonly orphans: OrphanPool;
  readonly lastTimestampMs: number;
  readonly isArchive: boolean;
  readonly state: VirtualOrigin;
}

/**
 * A DAG of blocks: checked, ordered by GHOSTDAG (eprint 2018/104), durable. Made by {@link QantoDag.open}. Blocks go
 * by their ids: 64 lowercase hex digits in displayed order. A malformed one is refused with `INVALID_ARGUMENT`. Once
 * `close()` was called, every method but that one fails with `CLOSED`.
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
    this.#intake = new Intake({ ...parts, acceptance: this.#acceptance }, this);
  }

  /**
   * Opens the DAG and brings back what its store holds. Rejects with `INVALID_ARGUMENT`, `STORE_LOCKED` (another
   * process has it), `STORE_WRONG_NETWORK`, `STORE_SCHEMA_TOO_NEW`, `STORE_DAMAGED` or `STORE_FAILED`; a store is
   * never reset.
   */
  static async open(options: QantoDagOptions): Promise<QantoDag> {
    requireObject('options', options);
    const { dataDir, orphanLimits = DEFAULT_ORPHAN_LIMITS, environment = processEnvironment() } = options;
    const network = resolveNetwork(options.network);
    if ((dataDir === undefined) === (options.store === undefined)) {
      throw new InvalidArgumentError('options', options, 'given one of dataDir and store, and not both');
    }
    const { archive: isArchive = false } = options;
    if (typeof isArchive !== 'boolean') {
      throw new InvalidArgumentError('options.archive', isArchive, 'a boolean');
    }
    checkEnvironment('options.environment', environment);
    requireObject('options.orphanLimits', orphanLimits);
    const orphans = new OrphanPool(orphanLimits);
    const genesis = genesisBlock(network);
    const store = dataDir === undefined ? options.store! : new LmdbStore(dataDir);
    requireMethods('options.store', store, STORE_METHODS);
    await store.open({ network: network.name, genesis: genesis.hash });
    try {
      const replayed = await replay(store, genesis, network, environment.clock);
      return new QantoDag({ network, genesis, store, environment, orphans, isArchive, ...replayed });
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
   * which rule the block breaks; with `INVALID_ARGUMENT` for an object that cannot be encoded; with `STORE_FAILED`
   * when the disk refuses, after which nothing more is accepted until the DAG is opened again; with `CLOSED`.
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
   * An accepted block. Throws `BLOCK_PRUNED` when its contents were dropped behind the pruning point, `STORE_DAMAGED` when
   * the store no longer holds what was written. Undefined for blocks that were dropped altogether, unless the DAG was
   * opened with `archive` then.
   */
  getBlock(hash: string): Block | undefined {
    this.#requireOpen();
    if (hash === this.#genesis.hash) return this.#genesis.block;
    return this.#isAccepted(hash) ? readStoredBlock(this.#store, hash) : undefined;
  }

  /** Colouring, scores, due bits and due past median time of an accepted block; undefined for one that is not held. */
  getView(hash: string): BlockView | undefined {
    this.#requireOpen();
    return this.#isAccepted(hash) ? this.#engine.get(hash) : undefined;
  }

  /**
   * What became of a block. `rejected` is told of blocks refused not long ago for what their header commits to; a
   * block that was too far ahead of the clock, or came with wrong contents, is `unknown` and may be offered again. So is
   * one that was accepted and dropped behind the pruning point since, but may not.
   */
  getStatus(hash: string): BlockStatus {
    this.#requireOpen();
    if (this.#isAccepted(hash)) return this.#isPruned(hash) ? 'pruned' : 'accepted';
    if (this.#orphans.has(hash)) return 'orphan';
    return this.#acceptance.wasRejected(hash) ? 'rejected' : 'unknown';
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

  /** A block on the current virtual parents that lacks only its nonce. Throws `INVALID_ARGUMENT`. */
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

  /** Waits for the blocks already offered, then closes the store. Every later call but this one fails with `CLOSED`. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#intake.stop();
      await this.#store.close();
    })();
    return this.#closing;
  }

  /** Another one after each pruning. */
  get #engine(): DagEngine {
    return this.#intake.engine;
  }

  #isAccepted(hash: string): boolean {
    return this.#engine.has(hash) ? !this.#intake.isWriting(hash) : this.#store.read(hash) !== undefined;
  }

  /** Whether only the head of an accepted block is left. Above the pruning point all blocks are whole. */
  #isPruned(hash: string): boolean {
    if (hash === this.genesis) return false;
    const mayBe = this.#engine.has(hash) && !this.#engine.isAncestor(this.#engine.pruningPoint(), hash);
    return mayBe && this.#store.read(hash)?.body.length === NO_BODY.length;
  }

  #requireOpen(): void {
    if (this.#closing) throw new DagClosedError();
  }
}
