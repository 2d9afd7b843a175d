/** Reads accepted blocks from the store, while blocks are being written and pruned. */
import type { Acceptance } from './acceptance.ts';
import type { Block, ParsedBlock } from './block.ts';
import type { BlockWriter } from './block-writer.ts';
import type { DagEngine } from './engine/engine.ts';
import { DagEngineError } from './engine/errors.ts';
import type { OrphanPool } from './orphans.ts';
import { blockFrom, encodedFrom, headFrom } from './replay.ts';
import type { BlockStatus } from './status.ts';
import { StoreDamagedError } from './store/errors.ts';
import { type BlockStore, NO_BODY, type StoredBlock } from './store/store.ts';

export interface BlockReaderParts {
  readonly genesis: ParsedBlock;
  readonly store: BlockStore;
  readonly writer: BlockWriter;
  readonly orphans: OrphanPool;
  readonly acceptance: Acceptance;
  /** Throws `ERR_QANTO_CLOSED` if the DAG is closed or is closing. */
  readonly requireOpen: () => void;
}

export class BlockReader {
  readonly #parts: BlockReaderParts;

  constructor(parts: BlockReaderParts) {
    this.#parts = parts;
  }

  /** See {@link QantoDag.getBlock}. */
  async block(hash: string): Promise<Block | undefined> {
    const { genesis, store } = this.#parts;
    if (hash === genesis.hash) return genesis.block;
    const stored = await this.#read(hash);
    return stored && blockFrom(store.location, hash, stored);
  }

  /** See {@link QantoDag.encodedBlock}. */
  async encodedBlock(hash: string): Promise<Uint8Array> {
    const { genesis, store } = this.#parts;
    if (hash === genesis.hash) return genesis.bytes.slice();
    return encodedFrom(store.location, hash, await this.#require(hash));
  }

  /** Header and context of an accepted block. Rejects with `ERR_QANTO_UNKNOWN_BLOCK` if the store does not hold it. */
  async head(hash: string): Promise<Uint8Array> {
    const { genesis, store } = this.#parts;
    if (hash === genesis.hash) return genesis.head;
    return headFrom(store.location, hash, await this.#require(hash));
  }

  /** See {@link QantoDag.getStatus}. */
  async status(hash: string): Promise<BlockStatus> {
    if (this.#isWhole(hash)) return 'accepted';
    // Read this before awaiting the store, so that an orphan that is accepted meanwhile does not appear as unknown.
    const otherwise = this.#statusIfNotStored(hash);
    const stored = await this.#read(hash);
    if (stored === undefined) return otherwise;
    return isPruned(stored) ? 'pruned' : 'accepted';
  }

  /** Pruning replaces the engine. */
  get #engine(): DagEngine {
    return this.#parts.writer.engine;
  }

  /** Whether an accepted block is certainly held with its contents, as all blocks above the pruning point are. */
  #isWhole(hash: string): boolean {
    if (hash === this.#parts.genesis.hash) return true;
    const engine = this.#engine;
    return this.#holds(hash) && engine.isAncestor(engine.pruningPoint(), hash);
  }

  #holds(hash: string): boolean {
    return this.#engine.has(hash) && !this.#parts.writer.isWriting(hash);
  }

  #statusIfNotStored(hash: string): BlockStatus {
    const { orphans, acceptance, writer } = this.#parts;
    if (orphans.has(hash)) return 'orphan';
    if (acceptance.wasRejected(hash)) return 'rejected';
    return writer.isReadyOrphan(hash) ? 'orphan' : 'unknown';
  }

  async #require(hash: string): Promise<StoredBlock> {
    const stored = await this.#read(hash);
    if (stored === undefined) throw new DagEngineError('ERR_QANTO_UNKNOWN_BLOCK', { hash });
    return stored;
  }

  /** Reads an accepted block from the store; undefined if it is not accepted or was dropped. */
  async #read(hash: string): Promise<StoredBlock | undefined> {
    const { store, writer, requireOpen } = this.#parts;
    const wasHeld = this.#holds(hash);
    if (writer.isWriting(hash)) return undefined;
    let stored: StoredBlock | undefined;
    try {
      stored = await store.read(hash);
    } catch (error) {
      // An error of the store while it is being closed is reported as ERR_QANTO_CLOSED.
      requireOpen();
      throw error;
    }
    // The block was offered meanwhile, and the store may return it before the write is durable.
    if (writer.isWriting(hash)) return undefined;
    // If the engine no longer holds the block, it was pruned meanwhile.
    if (stored === undefined && wasHeld && this.#engine.has(hash)) {
      throw new StoreDamagedError(store.location, `block ${hash} is missing`);
    }
    return stored;
  }
}

/** Whether the store holds only the head of the block. */
function isPruned({ body }: StoredBlock): boolean {
  return body.length === NO_BODY.length;
}
