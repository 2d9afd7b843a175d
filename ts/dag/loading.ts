/**
 * Loads the engine of a store: from its checkpoint, if that belongs to what the store holds, and the blocks after it; or else
 * from all blocks. The results are the same.
 */
import type { Clock } from '../environment.ts';
import { rethrowLater } from '../rethrow.ts';
import type { ParsedBlock } from './block.ts';
import type { Place } from './checkpoint/format.ts';
import { type Checkpoint, readCheckpoint } from './checkpoint/read.ts';
import { pruned, removeCheckpoint, renameCheckpoint, unfinished } from './checkpoint/write.ts';
import { DagEngine } from './engine/engine.ts';
import type { VirtualOrigin } from './engine/types.ts';
import type { NetworkParams } from './params.ts';
import { asDamage, replay, storedOrigin } from './replay.ts';
import { Slices, type Steps } from './slices.ts';
import type { OpeningProgress } from './status.ts';
import { StoreDamagedError } from './store/errors.ts';
import type { BlockStore, StoreCheckpoints, StoredHead } from './store/store.ts';

/** The time between two reports of the progress. */
const PROGRESS_INTERVAL_MS = 100;

/** The number of timestamps that are passed to the clock between two pauses. */
const TIMESTAMPS_PER_PAUSE = 4096;

export interface Loaded {
  readonly engine: DagEngine;
  /** The timestamp of the block accepted last, or of genesis. */
  readonly lastTimestampMs: number;
  /** The state that the store has, or that of a DAG without pruning if it has none. */
  readonly state: VirtualOrigin;
  /** The end of the checkpoint, if the engine was loaded from it. */
  readonly place: Place | undefined;
}

export interface LoadingParts {
  readonly store: BlockStore;
  readonly genesis: ParsedBlock;
  readonly network: NetworkParams;
  readonly clock: Clock;
  readonly onProgress: ((progress: OpeningProgress) => void) | undefined;
}

/** Loads an open store. Rejects with `ERR_QANTO_STORE_DAMAGED`. The virtual state is up to date afterwards. */
export async function load(parts: LoadingParts): Promise<Loaded> {
  const loader = new Loader(parts);
  const { engine, place } = (await loader.fromCheckpoint()) ?? (await loader.fromBlocks());
  return { engine, place, state: await loader.complete(engine), lastTimestampMs: loader.lastTimestampMs };
}

class Loader {
  readonly #parts: LoadingParts;
  readonly #origin: VirtualOrigin | undefined;
  readonly #progress: Progress;
  lastTimestampMs: number;

  constructor(parts: LoadingParts) {
    const { store, genesis, onProgress } = parts;
    this.#parts = parts;
    this.#origin = storedOrigin(store);
    this.#progress = new Progress(onProgress, store.size + 1 - (this.#origin?.orderStart ?? 0));
    this.lastTimestampMs = genesis.block.context.timestampMs;
    this.#observe(this.lastTimestampMs);
  }

  /** An engine with all blocks, of which the checkpoint has most; undefined if the checkpoint cannot be used. */
  async fromCheckpoint(): Promise<{ engine: DagEngine; place: Place } | undefined> {
    const { checkpoints, size } = this.#parts.store;
    if (checkpoints === undefined) return undefined;
    try {
      const checkpoint = await this.#readCheckpoint(checkpoints.path);
      if (checkpoint === undefined || checkpoint.appended > size) return undefined;
      await this.#replay(checkpoint.engine, this.#headsAfter(checkpoint, checkpoints));
      return checkpoint;
    } catch {
      // The checkpoint is not of these blocks, or its file cannot be renamed, or the store is damaged. Reading all blocks finds
      // the damage.
      return undefined;
    }
  }

  /** Reads the checkpoint, or the one that was to take its place when the store was pruned, and tidies up. */
  async #readCheckpoint(path: string): Promise<Checkpoint | undefined> {
    const { genesis, network, store } = this.#parts;
    const { pruningPoint, orderStart } = this.#state;
    const identity = { network: network.name, genesis: genesis.hash, pruningPoint, orderStart };
    const read = (file: string) =>
      readCheckpoint(file, identity, () => this.#createEngine(), this.#progress.report);
    const next = pruned(path);
    if (store.readOnly) return (await read(path)) ?? read(next);
    await removeCheckpoint(unfinished(path));
    let checkpoint = await read(path);
    if (checkpoint === undefined) {
      checkpoint = await read(next);
      if (checkpoint !== undefined) await renameCheckpoint(next, path);
    }
    await removeCheckpoint(next);
    return checkpoint;
  }

  /** An engine with all blocks. */
  async fromBlocks(): Promise<{ engine: DagEngine; place: undefined }> {
    const engine = this.#createEngine();
    await this.#replay(engine, this.#parts.store.heads());
    return { engine, place: undefined };
  }

  /** Brings the virtual state up to date. Resolves to the state that it continues from. */
  async complete(engine: DagEngine): Promise<VirtualOrigin> {
    const { location } = this.#parts.store;
    if (this.#origin === undefined && engine.record().trustedCount > 0) {
      throw new StoreDamagedError(location, 'the pruning state is missing');
    }
    await asDamage(location, 'the pruning state', () => new Slices().run(engine.loadVirtual(this.#state)));
    this.#progress.end(engine.size);
    return this.#state;
  }

  get #state(): VirtualOrigin {
    const { hash } = this.#parts.genesis;
    return this.#origin ?? { pruningPoint: hash, finalityPoint: hash, orderStart: 0 };
  }

  #createEngine(): DagEngine {
    const { genesis, network } = this.#parts;
    const { context, header } = genesis.block;
    const { timestampMs } = context;
    return new DagEngine(network, { hash: genesis.hash, parents: [], bits: header.bits, timestampMs });
  }

  async #replay(engine: DagEngine, heads: AsyncIterable<readonly StoredHead[]>): Promise<void> {
    await replay(this.#parts.store.location, engine, heads, (timestampMs) => {
      this.#observe(timestampMs);
      this.lastTimestampMs = timestampMs;
      this.#progress.report(engine.size);
    });
  }

  /**
   * The heads of the blocks after a checkpoint. Throws if the last block of the checkpoint is not the block before them.
   */
  async *#headsAfter(
    { engine, appended }: Checkpoint,
    checkpoints: StoreCheckpoints,
  ): AsyncGenerator<readonly StoredHead[]> {
    const record = engine.record();
    const last = engine.size - 1;
    const isTrusted = record.isTrusted(last);
    const records = record.trustedCount - (isTrusted ? 1 : 0);
    let isFound = false;
    for await (const batch of checkpoints.headsFrom(appended - 1, records)) {
      if (isFound) {
        yield batch;
      } else if (batch.length > 0) {
        const { hash, trusted } = batch[0]!;
        if (hash !== record.hashOf(last) || (trusted !== undefined) !== isTrusted) break;
        isFound = true;
        await new Slices().run(this.#observeAll(engine));
        yield batch.slice(1);
      }
    }
    if (!isFound) throw new Error('the checkpoint ends with another block');
  }

  /** Passes the timestamps of all blocks to the clock, as if they had been added one by one. */
  *#observeAll(engine: DagEngine): Steps<void> {
    const record = engine.record();
    for (let block = 1; block < engine.size; block++) {
      if (block % TIMESTAMPS_PER_PAUSE === 0) yield;
      this.#observe(record.timestampMs(block));
    }
    this.lastTimestampMs = record.timestampMs(engine.size - 1);
  }

  #observe(timestampMs: number): void {
    const { clock, network } = this.#parts;
    clock.observeBlock(timestampMs, network.targetTimePerBlockMs);
  }
}

class Progress {
  readonly #onProgress: ((progress: OpeningProgress) => void) | undefined;
  readonly #expected: number;
  #nextMs = performance.now() + PROGRESS_INTERVAL_MS;

  constructor(onProgress: ((progress: OpeningProgress) => void) | undefined, expected: number) {
    this.#onProgress = onProgress;
    this.#expected = expected;
  }

  readonly report = (blocks: number): void => {
    if (this.#onProgress === undefined || performance.now() < this.#nextMs) return;
    this.#nextMs = performance.now() + PROGRESS_INTERVAL_MS;
    this.#emit(blocks, Math.max(blocks, this.#expected));
  };

  end(blocks: number): void {
    this.#emit(blocks, blocks);
  }

  #emit(blocks: number, totalBlocks: number): void {
    rethrowLater(() => this.#onProgress?.({ blocks, totalBlocks }));
  }
}
