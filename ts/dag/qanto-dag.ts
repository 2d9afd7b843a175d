/**
 * A DAG of blocks: checked, ordered, durable. Blocks that are offered at the same time share a transaction; nothing
 * of a block is seen, and nobody is told of it, before it is on disk.
 */
import { EventEmitter } from 'node:events';
import { type Environment, processEnvironment } from '../environment.ts';
import { InvalidArgumentError } from '../errors.ts';
import { difficultyFromCompact } from '../pow/targets.ts';
import { type ActiveSpan, type TracePlace, tracePlace, withSpan } from '../tracing/index.ts';
import { Acceptance, type AddResult, type Consequences } from './acceptance.ts';
import { type Block, encodeBlock, type ParsedBlock, parseBlock } from './block.ts';
import type { DagEngine } from './engine/engine.ts';
import type { BlockView, VirtualChange, VirtualOrigin } from './engine/types.ts';
import { BlockRejectedError, DagClosedError } from './errors.ts';
import { genesisBlock } from './genesis.ts';
import { DEFAULT_ORPHAN_LIMITS, type OrphanLimits, OrphanPool } from './orphans.ts';
import { type NetworkName, type NetworkParams, resolveNetwork } from './params.ts';
import { Pruning } from './pruning.ts';
import { readStoredBlock, replay } from './replay.ts';
import type { BlockAnswer, BlockStatus, DagInfo, QantoDagEvents } from './status.ts';
import { LmdbStore } from './store/lmdb.ts';
import { type BlockStore, NO_BODY, type StoreUsage } from './store/store.ts';
import { type BlockTemplate, buildTemplate, type TemplateRequest } from './template.ts';
import { checkBlockSize } from './validation.ts';

/** Most blocks in one transaction: bounds how long the event loop waits while a group is checked. */
const MAX_GROUP = 256;

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

interface Job {
  readonly parsed: ParsedBlock;
  /** Inside the span of the call that offered it. */
  readonly place: TracePlace;
  resolve(result: AddResult): void;
  reject(error: unknown): void;
}

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
  #engine: DagEngine;
  readonly #orphans: OrphanPool;
  readonly #acceptance: Acceptance;
  readonly #pruning: Pruning;
  readonly #queue: Job[] = [];
  /** Blocks in the engine that are not on disk yet, and so not to be seen. */
  readonly #writing = new Set<string>();
  #tips: string[];
  #lastTimestampMs: number;
  #draining: Promise<void> | undefined;
  #failure: unknown;
  #closing: Promise<void> | undefined;

  private constructor(parts: Parts) {
    super();
    this.network = parts.network;
    this.#genesis = parts.genesis;
    this.#store = parts.store;
    this.environment = parts.environment;
    this.#engine = parts.engine;
    this.#orphans = parts.orphans;
    this.#acceptance = new Acceptance(parts.engine, parts.network, parts.environment.clock, parts.orphans);
    this.#pruning = new Pruning(parts.store, parts.isArchive, parts.state, {
      onReady: () => this.#work(),
      onFailed: (error) => this.#tellPruningFailed(error),
    });
    this.#tips = parts.engine.tips();
    this.#lastTimestampMs = parts.lastTimestampMs;
    this.#pruning.consider(parts.engine);
  }

  /**
   * Opens the DAG and brings back what its store holds. Rejects with `INVALID_ARGUMENT`, `STORE_LOCKED` (another
   * process has it), `STORE_WRONG_NETWORK`, `STORE_SCHEMA_TOO_NEW`, `STORE_DAMAGED` or `STORE_FAILED`; a store is
   * never reset.
   */
  static async open(options: QantoDagOptions): Promise<QantoDag> {
    const { dataDir, orphanLimits = DEFAULT_ORPHAN_LIMITS, environment = processEnvironment() } = options;
    const network = resolveNetwork(options.network);
    if ((dataDir === undefined) === (options.store === undefined)) {
      throw new InvalidArgumentError('options', options, 'given one of dataDir and store, and not both');
    }
    const orphans = new OrphanPool(orphanLimits);
    const genesis = genesisBlock(network);
    const store = options.store ?? new LmdbStore(dataDir!);
    await store.open({ network: network.name, genesis: genesis.hash });
    try {
      const replayed = await replay(store, genesis, network, environment.clock);
      const isArchive = options.archive ?? false;
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
    const answered = (answer: BlockAnswer) => this.#tell(() => this.emit('block-answered', answer));
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
      const added = await new Promise<AddResult>((resolve, reject) => {
        this.#queue.push({ parsed, place: tracePlace(), resolve, reject });
        this.#work();
      });
      span.setAttribute('outcome', added.status);
      return added;
    });
  }

  /** The accepted blocks without children, ascending by (blue work, hash). */
  tips(): string[] {
    this.#requireOpen();
    return [...this.#tips];
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
    const { blueScore, daaScore, expectedBits: bits, pastMedianTimeMs } = this.#engine.virtual;
    return {
      network: this.network.name,
      blockCount: this.#store.size + 1,
      keptBlockCount: this.#engine.size - this.#writing.size,
      tipCount: this.#tips.length,
      orphanCount: this.#orphans.size,
      sink: this.#engine.sink(),
      finalityPoint: this.#engine.finalityPoint(),
      pruningPoint: this.#engine.pruningPoint(),
      orderStart: this.#engine.orderStart,
      blueScore,
      daaScore,
      bits,
      difficulty: difficultyFromCompact(bits),
      pastMedianTimeMs,
      lastBlockTimestampMs: this.#lastTimestampMs,
      writable: this.#failure === undefined,
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
      await this.#pruning.stop();
      await this.#draining;
      await this.#store.close();
    })();
    return this.#closing;
  }

  #work(): void {
    this.#draining ??= this.#drain();
  }

  async #drain(): Promise<void> {
    // Whatever is offered in this turn of the event loop shares the first transaction.
    await undefined;
    for (;;) {
      if (this.#pruning.isReady) await this.#finishPruning();
      else if (this.#queue.length > 0) await this.#addGroup(this.#queue.splice(0, MAX_GROUP));
      else break;
    }
    this.#draining = undefined;
  }

  /** Between two groups, when all that is in the engine is on disk and in the virtual state. */
  async #finishPruning(): Promise<void> {
    if (this.#failure !== undefined) {
      await this.#pruning.stop();
      return;
    }
    const pruned = this.#pruning.finish();
    if (pruned === undefined) return;
    const consequences: Consequences = { accepted: [], rejectedOrphans: [] };
    this.#engine = pruned.engine;
    this.#acceptance.replaceEngine(pruned.engine, consequences);
    try {
      const report = await pruned.commit();
      this.#tips = pruned.engine.tips();
      for (const rejection of consequences.rejectedOrphans) {
        this.#tell(() => this.emit('orphan-rejected', rejection));
      }
      this.#tell(() => this.emit('pruned', report));
      this.#pruning.consider(pruned.engine);
    } catch (error) {
      this.#failure = error;
    }
  }

  async #addGroup(group: readonly Job[]): Promise<void> {
    const consequences: Consequences = { accepted: [], rejectedOrphans: [] };
    const settle = this.#failure === undefined ? group.map((job) => this.#offer(job, consequences)) : [];
    const { accepted } = consequences;
    for (const { hash } of accepted) this.#writing.add(hash);
    try {
      if (this.#failure !== undefined) throw this.#failure;
      if (accepted.length > 0) await this.#write(accepted, group);
    } catch (error) {
      // The engine is now ahead of the disk; going on could acknowledge a block whose parent is lost.
      this.#failure = error;
      for (const job of group) job.reject(error);
      return;
    }
    this.#writing.clear();
    this.#publish(consequences, group[0]!.place);
    for (const settleJob of settle) settleJob();
  }

  /** Blocks share a transaction: its span is a part of the first call's, and linked to the others. */
  async #write(accepted: readonly ParsedBlock[], group: readonly Job[]): Promise<void> {
    const [parent, ...links] = group.map(({ place }) => place);
    const bytes = accepted.reduce((sum, { head, body }) => sum + head.length + body.length, 0);
    const attributes = { blocks: accepted.length, bytes };
    const beganAtMs = performance.now();
    const state = this.#pruning.stateToWrite(this.#engine);
    await withSpan('store_commit', attributes, () => this.#store.append(accepted, state), {
      parent: parent!,
      links,
    });
    const elapsedMs = performance.now() - beganAtMs;
    this.#tell(() => this.emit('store-commit', { blocks: accepted.length, bytes, elapsedMs }));
  }

  /** Offers one block to the engine; returns what is to be done with its promise when the group is on disk. */
  #offer({ parsed, place, resolve, reject }: Job, consequences: Consequences): () => void {
    try {
      const offer = () => this.#acceptance.offer(parsed, consequences);
      const result = withSpan('validate_block', { block_id: parsed.hash }, offer, { parent: place });
      return () => resolve(result);
    } catch (error) {
      return () => reject(error);
    }
  }

  #publish({ accepted, rejectedOrphans }: Consequences, place: TracePlace): void {
    const change = withSpan('reorganise', {}, (span) => reorganise(this.#engine, span), { parent: place });
    this.#tips = this.#engine.tips();
    this.#lastTimestampMs = accepted.at(-1)?.block.context.timestampMs ?? this.#lastTimestampMs;
    for (const { hash, block } of accepted) this.#tell(() => this.emit('block-added', { hash, block }));
    if (change) this.#tell(() => this.emit('virtual-changed', change));
    for (const rejection of rejectedOrphans) this.#tell(() => this.emit('orphan-rejected', rejection));
    this.#pruning.consider(this.#engine);
  }

  /** Nobody asked for the rebuild that failed: where nobody listens, too, it must not go unnoticed. */
  #tellPruningFailed(error: Error): void {
    if (this.listenerCount('pruning-failed') === 0) process.emitWarning(error);
    this.#tell(() => this.emit('pruning-failed', error));
  }

  /** A listener that throws is its owner's bug: it surfaces as uncaught, and the DAG goes on. */
  #tell(emit: () => void): void {
    try {
      emit();
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }

  #isAccepted(hash: string): boolean {
    return this.#engine.has(hash) ? !this.#writing.has(hash) : this.#store.read(hash) !== undefined;
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

function reorganise(engine: DagEngine, span: ActiveSpan): VirtualChange | null {
  const change = engine.updateVirtual();
  const { removed, added } = change ?? { removed: [], added: [] };
  const outcome = removed.length > 0 ? 'reorganised' : added.length > 0 ? 'extended' : 'unchanged';
  span.setAttributes({ removed: removed.length, added: added.length, outcome });
  return change;
}
