import type { Environment } from '../environment.ts';
import { difficultyFromCompact } from '../pow/targets.ts';
import type { InclusionProof } from '../proofs/types.ts';
import { rethrowLater } from '../rethrow.ts';
import { withSpan } from '../tracing/span.ts';
import { Acceptance, type AddResult } from './acceptance.ts';
import type { Block, ParsedBlock } from './block.ts';
import { BlockReader } from './block-reader.ts';
import { BlockWriter, type Job } from './block-writer.ts';
import { CheckQueue } from './check-queue.ts';
import { Checkpointer } from './checkpoint/checkpointer.ts';
import { ClockGuard, recentTimestamps } from './clock-guard.ts';
import type { DagEngine } from './engine/engine.ts';
import type { ColourExplanation } from './engine/queries.ts';
import type { BlockView } from './engine/views.ts';
import { BlockRejectedError, DagClosedError } from './errors.ts';
import { genesisBlock } from './genesis.ts';
import { Intake } from './intake.ts';
import { type Loaded, load } from './loading.ts';
import { type QantoDagOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { OrphanPool } from './orphans.ts';
import type { NetworkParams } from './params.ts';
import { checkPayloadIndex, makeProof } from './proving.ts';
import { DagQueries } from './queries.ts';
import { receiveHeader } from './receive.ts';
import { RecentWork } from './recent-work.ts';
import type { BlockAnswer, BlockStatus, DagInfo, QantoDagEvents } from './status.ts';
import type { BlockStore, StoreUsage } from './store/store.ts';
import { StoreMonitor } from './store-monitor.ts';
import { type BlockTemplate, buildTemplate, type TemplateRequest } from './template.ts';

const { EventEmitter } = process.getBuiltinModule('node:events');

/** Its reactions run in the next microtask. */
const NEXT_MICROTASK = Promise.resolve();

interface Parts extends ResolvedOptions, Loaded {
  readonly genesis: ParsedBlock;
}

/**
 * A block DAG that validates blocks, orders them by GHOSTDAG (eprint 2018/104) and stores them durably. Create one with
 * {@link QantoDag.open}. A block is identified by its id: 64 lowercase hex digits in displayed order. A malformed id is
 * refused with `ERR_QANTO_INVALID_ARGUMENT`. Once `close()` was called, every other method fails with
 * `ERR_QANTO_CLOSED`.
 */
export class QantoDag extends EventEmitter<QantoDagEvents> {
  /** The parameters of the network. */
  readonly network: NetworkParams;
  /** The clock and the entropy source of the DAG, and of the miners that work on it. */
  readonly environment: Environment;
  readonly #genesis: ParsedBlock;
  readonly #store: BlockStore;
  readonly #orphans: OrphanPool;
  readonly #clock: ClockGuard;
  readonly #intake: Intake;
  readonly #writer: BlockWriter;
  readonly #checkpointer: Checkpointer;
  readonly #reader: BlockReader;
  #closing: Promise<void> | undefined;

  private constructor(parts: Parts) {
    super();
    this.network = parts.network;
    this.#genesis = parts.genesis;
    this.#store = parts.store;
    this.environment = parts.environment;
    const { network, orphanLimits, maxQueuedBytes } = parts;
    const orphans = new OrphanPool(orphanLimits);
    this.#orphans = orphans;
    this.#clock = new ClockGuard(
      {
        clock: parts.environment.clock,
        maxTimeAheadMs: parts.network.maxTimeAheadMs,
        trustClock: parts.trustClock,
        recent: () => recentTimestamps(this.#engine),
      },
      this,
    );
    const recentWork = new RecentWork(orphanLimits.minWorkFraction);
    const acceptance = new Acceptance({ ...parts, clock: this.#clock, orphans, recentWork });
    const monitor = new StoreMonitor(parts.store, this);
    const queue = new CheckQueue<Job>(maxQueuedBytes);
    const identity = { network: network.name, genesis: parts.genesis.hash };
    const checkpointer = new Checkpointer({ ...parts, identity }, this);
    const writer = new BlockWriter({ ...parts, monitor, acceptance, queue, checkpointer }, this);
    this.#writer = writer;
    this.#checkpointer = checkpointer;
    this.#intake = new Intake({ network, acceptance, recentWork, queue, maxQueuedBytes, writer }, this);
    const requireOpen = () => this.#requireOpen();
    this.#reader = new BlockReader({ ...parts, orphans, writer, acceptance, requireOpen });
    void monitor.verify();
    void this.#clock.start();
  }

  /**
   * Opens a DAG and loads the blocks of its store. Rejects with `ERR_QANTO_INVALID_ARGUMENT`, `ERR_QANTO_STORE_LOCKED`
   * (the store is in use), `ERR_QANTO_STORE_WRONG_NETWORK`, `ERR_QANTO_STORE_SCHEMA_TOO_NEW`, `ERR_QANTO_STORE_DAMAGED`
   * or `ERR_QANTO_STORE_FAILED`. It never resets a store. It does not read the contents of the blocks. The store
   * verifies them in the background, and the DAG emits `'store-damaged'` if they are damaged.
   */
  static async open(options: QantoDagOptions): Promise<QantoDag> {
    const resolved = resolveOptions(options);
    const { network, store, environment } = resolved;
    const genesis = genesisBlock(network);
    await store.open({ network: network.name, genesis: genesis.hash });
    try {
      const { clock } = environment;
      const loaded = await load({ store, genesis, network, clock, onProgress: resolved.onProgress });
      return new QantoDag({ ...resolved, ...loaded, genesis });
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
   * Adds a block, given as an object or encoded. Resolves when the block is on disk, or waits in memory for its parents
   * (`orphan`). Bytes are copied before the call returns. The header is checked first, so that a block without proof of
   * work costs a few microseconds whatever its size. The contents are checked last, in slices between which the event
   * loop runs. Rejects with:
   * - a BlockRejectedError if the block breaks a rule, which `code` names;
   * - `ERR_QANTO_INVALID_ARGUMENT` if the object cannot be encoded;
   * - `ERR_QANTO_DAG_QUEUE_FULL` if too many blocks wait to be checked; the block may be offered again later;
   * - `ERR_QANTO_STORE_FULL` if the store has no room for the block, which may be offered again later;
   * - `ERR_QANTO_STORE_FAILED` if the write fails; no block is accepted until the DAG is opened again;
   * - `ERR_QANTO_CLOSED`.
   */
  addBlock(block: Block | Uint8Array): Promise<AddResult> {
    // An async function would throw each refusal once or twice more, which costs a tenth of checking the block.
    return new Promise((resolve, reject) => {
      const answer = (result: AddResult) => {
        this.#report({ status: result.status });
        resolve(result);
      };
      const reportRefusal = (error: unknown) => {
        if (error instanceof BlockRejectedError) this.#report({ status: 'rejected', code: error.code });
      };
      try {
        const added = this.#offer(block);
        if (!(added instanceof Promise)) answer(added);
        else {
          added.then(answer, (error) => {
            reportRefusal(error);
            reject(error);
          });
        }
      } catch (error) {
        reportRefusal(error);
        // By the next microtask the caller handles the rejection. Node.js would first record it as unhandled otherwise.
        NEXT_MICROTASK.then(() => reject(error));
      }
    });
  }

  #offer(block: Block | Uint8Array): AddResult | Promise<AddResult> {
    this.#requireOpen();
    return withSpan('add_block', {}, (span) => {
      const header = receiveHeader(block, this.network);
      const added = this.#intake.offer(block, header);
      if (!span.isRecording()) return added;
      span.setAttribute('block_id', header.hash);
      const settle = (result: AddResult) => {
        span.setAttribute('outcome', result.status);
        return result;
      };
      return added instanceof Promise ? added.then(settle) : settle(added);
    });
  }

  #report(answer: BlockAnswer): void {
    rethrowLater(() => this.emit('block-answered', answer));
  }

  /** Hashes of the accepted blocks without children, ascending by (blue work, hash). */
  tips(): string[] {
    this.#requireOpen();
    return [...this.#writer.tips];
  }

  /**
   * Hash of the selected parent of the next block: the heaviest block whose selected chain contains the finality point.
   */
  sink(): string {
    this.#requireOpen();
    return this.#engine.sink();
  }

  /**
   * The total order of the past of the next block, as hashes: from genesis on, or from position `info().orderStart` on
   * if earlier blocks were pruned. Do not `await` while iterating.
   */
  order(): IterableIterator<string> {
    this.#requireOpen();
    return this.#engine.order();
  }

  /**
   * Reads an accepted block from the store. Rejects with `ERR_QANTO_BLOCK_PRUNED` if its contents were pruned, and with
   * `ERR_QANTO_STORE_DAMAGED` if the store no longer holds what was written. Resolves to undefined if the block is not
   * accepted, or was dropped altogether while the DAG was not open with `archive`.
   */
  async getBlock(hash: string): Promise<Block | undefined> {
    this.#requireOpen();
    return this.#reader.block(hash);
  }

  /**
   * The consensus data of an accepted block: colours, scores, expected bits and past median time. Undefined if the
   * block is not in memory, for example because it was pruned.
   */
  getView(hash: string): BlockView | undefined {
    this.#requireOpen();
    return this.#writer.isWriting(hash) ? undefined : this.#engine.get(hash);
  }

  /**
   * Reads an accepted block from the store as bytes, in the form that {@link encodeBlock} writes and {@link addBlock}
   * accepts. Its contents are not decoded, so this is faster than {@link getBlock}, and a damaged content is noticed only
   * by whoever checks the block. Rejects with `ERR_QANTO_UNKNOWN_BLOCK` if the block is not accepted, or was dropped
   * altogether while the DAG was not open with `archive`; with `ERR_QANTO_BLOCK_PRUNED` if its contents were pruned; and
   * with `ERR_QANTO_STORE_DAMAGED`.
   */
  async encodedBlock(hash: string): Promise<Uint8Array> {
    this.#requireOpen();
    return this.#reader.encodedBlock(hash);
  }

  /**
   * The position of an accepted block in the total order, counted from genesis, whose position is 0. Takes O(log n).
   *
   * This method and the queries after it throw `ERR_QANTO_UNKNOWN_BLOCK` if a block is not in memory: it is not accepted,
   * not yet on disk, or was dropped by pruning. Nothing in memory remains of a dropped block, so these cases look alike; only
   * {@link getStatus} tells whether the store has the block, as an archive does. Positions may change with each `virtual-changed` event. Throws
   * `ERR_QANTO_NOT_IN_ORDER` if the block is not in the past of the next block, as a tip that is no virtual parent.
   */
  position(hash: string): number {
    return this.#queries().position(hash);
  }

  /**
   * Hashes of the total order from a position on: `count` blocks, or fewer at the end. Throws
   * `ERR_QANTO_INVALID_ARGUMENT` if an argument is not an integer of at least 0, and `ERR_QANTO_PAST_PRUNED` if `from` is
   * less than `info().orderStart`.
   */
  orderSlice(from: number, count: number): string[] {
    return this.#queries().orderSlice(from, count);
  }

  /**
   * Hashes of the blocks that are in the past of `upper` but not in the past of `lower`, in the total order: `lower` and
   * what the blocks of the selected chain above it merged, up to `upper`, which is not included. Both must be blocks of the
   * selected chain, of which each past is a prefix of the order, so that the result is the slice from `position(lower)` up
   * to `position(upper)`. Throws `ERR_QANTO_UNKNOWN_BLOCK`, `ERR_QANTO_NOT_IN_CHAIN`, `ERR_QANTO_INVALID_ARGUMENT` if
   * `lower` is above `upper`, and `ERR_QANTO_PAST_PRUNED`.
   */
  orderBetween(lower: string, upper: string): string[] {
    return this.#queries().orderBetween(lower, upper);
  }

  /**
   * Hashes of the selected chain, which ends with the sink: `count` blocks, or fewer at the end. It begins with the block
   * `from`, a hash, or with the block at height `from`, a number. Heights are counted from genesis, which has height 0,
   * even if blocks were pruned. Throws `ERR_QANTO_INVALID_ARGUMENT`, `ERR_QANTO_UNKNOWN_BLOCK`, `ERR_QANTO_NOT_IN_CHAIN`,
   * and `ERR_QANTO_PAST_PRUNED` if `from` is below the part of the chain that is held.
   */
  selectedChain(from: number | string, count: number): string[] {
    return this.#queries().selectedChain(from, count);
  }

  /**
   * Hashes of the accepted blocks that name the block as a parent, ascending by (blue work, hash). Throws
   * `ERR_QANTO_UNKNOWN_BLOCK`.
   */
  children(hash: string): string[] {
    return this.#queries().children(hash);
  }

  /** Whether a is b or in the past of b. Takes O(log n). Throws `ERR_QANTO_UNKNOWN_BLOCK` if a block is not in memory. */
  isAncestor(a: string, b: string): boolean {
    return this.#queries().isAncestor(a, b);
  }

  /**
   * Explains the colour of a block of the total order: which block of the selected chain merged it, and if it is red, which
   * rule of the k-cluster (GHOSTDAG, eprint 2018/104) it breaks, with the blues that show it. The number of steps depends on
   * k, and on n only as O(log n). Throws
   * `ERR_QANTO_UNKNOWN_BLOCK`, `ERR_QANTO_NOT_IN_ORDER`, and `ERR_QANTO_PAST_PRUNED` if the answer would need blocks that
   * were pruned.
   */
  explainColour(hash: string): ColourExplanation {
    return this.#queries().explainColour(hash);
  }

  /**
   * Proves that an accepted block, and with it one of its payloads, is in the past of `sink`, which is the current sink
   * unless it is given. `verifyInclusion` of `qanto/proofs` verifies the proof without a DAG. The proof shows neither the
   * colour of the block nor its place in the total order.
   *
   * The proof of a block of the selected chain takes at most 4 KiB besides the payload, at any age, on a network with at
   * most 16 parents and 10,000 payloads in a block and up to 2^20 chain blocks. Another block takes its header and context
   * more, 201 + 32 n bytes for n parents, for each step of a shortest path from the block that merged it. If the DAG was
   * pruned, that path begins at the lowest block of the selected chain that was not settled then.
   *
   * Rejects with
   * - `ERR_QANTO_UNKNOWN_BLOCK` if a block is not in memory, as for {@link position};
   * - `ERR_QANTO_NOT_AN_ANCESTOR` if the block is not in the past of the sink, such as a tip that the next block merges;
   * - `ERR_QANTO_PAST_PRUNED` for genesis, if the blocks after it were pruned;
   * - `ERR_QANTO_BLOCK_PRUNED` if the contents were pruned and the proof shall have a payload;
   * - `ERR_QANTO_INVALID_ARGUMENT` if the block has no payload with this index, or an argument is malformed;
   * - `ERR_QANTO_STORE_DAMAGED`.
   */
  async proveInclusion(
    hash: string,
    payloadIndex?: number,
    sink: string = this.sink(),
  ): Promise<InclusionProof> {
    checkPayloadIndex(payloadIndex);
    const path = this.#queries().inclusionPath(hash, sink);
    return makeProof(this.#reader, hash, sink, path, payloadIndex);
  }

  /**
   * Hashes of the parents that an orphan waits for, ascending. Those that wait as orphans themselves are included. Empty
   * for an accepted block, and for an orphan whose parents have arrived and that is about to be checked. Throws
   * `ERR_QANTO_UNKNOWN_BLOCK` if the block is neither an orphan nor in memory.
   */
  missingParents(hash: string): string[] {
    return this.#queries().missingParents(hash);
  }

  /**
   * The status of a block at the time of the call. A block is `rejected` if it was refused recently because of
   * something that its header commits to. A block that was too far ahead of the clock, or had wrong contents, is
   * `unknown` and may be offered again. A block that was accepted and then dropped by pruning is `unknown` too, but
   * would be refused.
   */
  async getStatus(hash: string): Promise<BlockStatus> {
    this.#requireOpen();
    return this.#reader.status(hash);
  }

  /** A summary of the current state of the DAG. */
  info(): DagInfo {
    this.#requireOpen();
    const engine = this.#engine;
    const { blueScore, daaScore, expectedBits: bits, pastMedianTimeMs } = engine.virtual;
    return {
      network: this.network.name,
      blockCount: this.#store.size + 1,
      keptBlockCount: engine.size - this.#writer.writingCount,
      tipCount: this.#writer.tips.length,
      orphanCount: this.#orphans.size,
      sink: engine.sink(),
      finalityPoint: engine.finalityPoint(),
      pruningPoint: engine.pruningPoint(),
      orderStart: engine.orderStart,
      orderEnd: engine.orderLength,
      blueScore,
      daaScore,
      bits,
      difficulty: difficultyFromCompact(bits),
      pastMedianTimeMs,
      lastBlockTimestampMs: this.#writer.lastTimestampMs,
      clockOffsetMs: this.#clock.offsetMs,
      writable: this.#writer.failure === undefined,
    };
  }

  /** The disk usage of the store. Resolves to undefined if the store does not report it, as a MemoryStore. */
  async storeUsage(): Promise<StoreUsage | undefined> {
    this.#requireOpen();
    return this.#store.usage?.();
  }

  /**
   * Builds a block on the current virtual parents that lacks only its nonce. Throws `ERR_QANTO_INVALID_ARGUMENT`, and
   * `ERR_QANTO_CLOCK_BEHIND` if the clock is so far behind the recent blocks that the DAG would refuse the block.
   */
  buildTemplate(request: TemplateRequest): BlockTemplate {
    this.#requireOpen();
    const engine = this.#engine;
    const timestampMs = request?.timestampMs ?? this.#clock.timestampMs();
    return buildTemplate(this.network, engine.virtualParents(), engine.virtual, timestampMs, request);
  }

  /**
   * Waits for the blocks already offered, then closes the store. Any later call of another method fails with
   * `ERR_QANTO_CLOSED`.
   */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#writer.stop();
      await this.#checkpointer.close();
      await this.#store.close();
    })();
    return this.#closing;
  }

  /** Closes the DAG as {@link close} does, for `await using dag = await QantoDag.open(…)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #queries(): DagQueries {
    this.#requireOpen();
    return new DagQueries(this.#writer, this.#orphans);
  }

  /** Pruning replaces the engine. */
  get #engine(): DagEngine {
    return this.#writer.engine;
  }

  #requireOpen(): void {
    if (this.#closing) throw new DagClosedError();
  }
}
