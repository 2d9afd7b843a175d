/** The embedded store: an SQLite database on a thread of the addon. docs/store.md describes the files. */
import { type Fields, refuseUnknown, requireObject } from '../../check-arguments.ts';
import { mustBe } from '../../errors.ts';
import type { StoreCursor } from '../../native.ts';
import { StoreFailedError } from './errors.ts';
import { backUp } from './sqlite-backup.ts';
import { StoreCalls } from './sqlite-calls.ts';
import {
  isHash,
  packBlocks,
  packHashes,
  packTrusted,
  unpackHeads,
  unpackWholeBlocks,
} from './sqlite-packing.ts';
import type {
  BackupOptions,
  BackupReport,
  BlockStore,
  StoreCheckpoints,
  StoredBlock,
  StoredHead,
  StoreIdentity,
  StoreOptions,
  StorePruning,
  StoreSpace,
  StoreUsage,
  WholeBlocks,
} from './store.ts';

const { join, resolve } = process.getBuiltinModule('node:path');

const DEFAULT_CACHE_BYTES = 32 * 2 ** 20;
const MIN_CACHE_BYTES = 2 ** 20;
const MAX_CACHE_BYTES = 2 ** 30;

/** The time for which the free space after the last transaction is assumed to be current. */
const SPACE_LIFETIME_MS = 250;

/**
 * The embedded durable store in a directory, which only one opener at a time can use. While it is not open, methods
 * that read or write reject with `ERR_QANTO_STORE_FAILED`.
 */
export class SqliteStore implements BlockStore {
  /** The path of the database file. */
  readonly location: string;
  /** The checkpoint is the file `engine.checkpoint` in the directory. */
  readonly checkpoints: StoreCheckpoints;
  readonly #directory: string;
  readonly #options: StoreOptions;
  #calls: StoreCalls | undefined;
  #size = 0;
  #state: Uint8Array | undefined;
  #spaceAtMs = 0;
  #prunings = 0;
  #isBackingUp = false;

  /** `open` creates the directory if it does not exist. Throws `ERR_QANTO_INVALID_ARGUMENT`. */
  constructor(directory: string, options: StoreOptions = {}) {
    if (typeof directory !== 'string' || directory === '' || directory.includes('\0')) {
      throw mustBe('directory', directory, 'the path of a directory');
    }
    requireObject('options', options);
    refuseUnknown('options', options, OPTION_FIELDS);
    checkStoreOptions(options);
    this.#directory = resolve(directory);
    this.location = join(this.#directory, 'blocks.db');
    this.#options = options;
    this.checkpoints = {
      path: join(this.#directory, 'engine.checkpoint'),
      headsFrom: (appended, records) => this.#heads({ number: appended, trusted: records }),
    };
  }

  async open(identity: StoreIdentity): Promise<void> {
    if (this.#calls !== undefined)
      throw new StoreFailedError(this.location, new Error('the store is already open'));
    const { minFreeBytes, cacheBytes = DEFAULT_CACHE_BYTES } = this.#options;
    const calls = new StoreCalls(this.location, identity);
    try {
      const { appended = 0, state } = await calls.call((store) =>
        store.open({
          directory: this.#directory,
          network: identity.network,
          genesis: packHashes([identity.genesis]),
          cacheBytes,
          ...(minFreeBytes !== undefined && { minFreeBytes }),
        }),
      );
      this.#calls = calls;
      this.#size = appended;
      this.#state = state;
      this.#spaceAtMs = performance.now();
      this.#prunings = 0;
    } catch (error) {
      calls.end();
      throw error;
    }
  }

  get size(): number {
    return this.#size;
  }

  get state(): Uint8Array | undefined {
    return this.#state;
  }

  get space(): StoreSpace | undefined {
    const calls = this.#calls;
    return calls && { availableBytes: calls.availableBytes, minFreeBytes: calls.minFreeBytes };
  }

  heads(): AsyncGenerator<readonly StoredHead[]> {
    return this.#heads();
  }

  async *#heads(start?: StoreCursor): AsyncGenerator<readonly StoredHead[]> {
    let cursor = start;
    do {
      const from = cursor;
      const reply = await this.#call((store) => store.heads(from));
      cursor = reply.cursor;
      yield unpackHeads(reply.head!);
    } while (cursor !== undefined);
  }

  async read(hash: string): Promise<StoredBlock | undefined> {
    if (!isHash(hash)) return undefined;
    const { head, body } = await this.#call((store) => store.read(packHashes([hash])));
    return head && body && { hash, head, body };
  }

  admit(bytes = 0): Promise<void> | undefined {
    const { space } = this;
    const isKnown = performance.now() - this.#spaceAtMs < SPACE_LIFETIME_MS;
    if (isKnown && space && space.availableBytes >= Math.max(space.minFreeBytes, 3 * bytes)) return undefined;
    return this.#measure(bytes);
  }

  async append(blocks: readonly StoredBlock[], state?: Uint8Array): Promise<void> {
    await this.#call((store) => store.append(packBlocks(blocks), state));
    this.#size += blocks.length;
    this.#state = state ?? this.#state;
    this.#spaceAtMs = performance.now();
  }

  async prune({ dropped, trusted, state, archive }: StorePruning): Promise<void> {
    await this.#call((store) => store.prune(packHashes(dropped), packTrusted(trusted), state, archive));
    this.#state = state;
    this.#prunings += 1;
  }

  /**
   * Reads the next blocks with their contents: those that are held, and those that are archived. `from` is 0, or the `next` of
   * the call before. An answer has about 256 KiB, and at least one block unless there are none. Rejects with
   * `ERR_QANTO_STORE_DAMAGED`, and with `ERR_QANTO_INVALID_ARGUMENT` if `from` is not an integer of at least 0.
   */
  async readBlocks(from: number): Promise<WholeBlocks> {
    if (!Number.isSafeInteger(from) || from < 0) throw mustBe('from', from, 'an integer of at least 0');
    const { head, cursor, complete } = await this.#call((store) => store.blocks(from));
    return {
      blocks: unpackWholeBlocks(head!),
      next: cursor?.number,
      isComplete: complete!,
      prunings: this.#prunings,
    };
  }

  /**
   * Makes a backup in the directory `target`, which must not exist: a store with the blocks that this one has when the copy
   * is complete. The copy is made in small steps, so that writes go on, and every record in it is compared with its checksum.
   * Until then it is in `target` with the suffix `.partial`. A backup that was interrupted in any way is therefore never
   * mistaken for a complete one; the next backup to the same target removes what it left. Rejects with
   * `ERR_QANTO_STORE_TARGET_EXISTS`, `ERR_QANTO_STORE_FAILED` (also if there is not enough space, or another backup of this
   * store is running), `ERR_QANTO_STORE_DAMAGED`, `ERR_QANTO_STORE_LOCKED` (another process makes a backup to the same target),
   * `ERR_QANTO_INVALID_ARGUMENT` and `ABORT_ERR`.
   */
  async backup(target: string, options: BackupOptions = {}): Promise<BackupReport> {
    const calls = this.#calls;
    if (calls === undefined || this.#isBackingUp) {
      const problem = calls === undefined ? 'the store is not open' : 'a backup is already running';
      throw new StoreFailedError(this.location, new Error(problem));
    }
    this.#isBackingUp = true;
    try {
      return await backUp(calls, target, options);
    } finally {
      this.#isBackingUp = false;
    }
  }

  async usage(): Promise<StoreUsage> {
    const { size, total, available } = await this.#call((store) => store.usage());
    return { sizeBytes: size!, fileSystemBytes: total!, availableBytes: available! };
  }

  async verify(): Promise<void> {
    await this.#call((store) => store.verify());
  }

  async close(): Promise<void> {
    const calls = this.#calls;
    if (calls === undefined) return;
    this.#calls = undefined;
    try {
      await calls.call((store) => store.close());
    } finally {
      calls.end();
    }
  }

  async #measure(bytes: number): Promise<void> {
    await this.#call((store) => store.admit(bytes));
    this.#spaceAtMs = performance.now();
  }

  #call(make: Parameters<StoreCalls['call']>[0]): ReturnType<StoreCalls['call']> {
    if (this.#calls) return this.#calls.call(make);
    return Promise.reject(new StoreFailedError(this.location, new Error('the store is not open')));
  }
}

const OPTION_FIELDS: Fields<StoreOptions> = { minFreeBytes: true, cacheBytes: true };

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if an option is invalid. */
export function checkStoreOptions(options: StoreOptions): void {
  const { minFreeBytes, cacheBytes } = options;
  if (minFreeBytes !== undefined && !(Number.isSafeInteger(minFreeBytes) && minFreeBytes >= 0)) {
    throw mustBe('options.minFreeBytes', minFreeBytes, 'an integer of at least 0');
  }
  if (cacheBytes !== undefined && !isCacheSize(cacheBytes)) {
    const expected = `an integer from ${MIN_CACHE_BYTES} (1 MiB) to ${MAX_CACHE_BYTES} (1 GiB)`;
    throw mustBe('options.cacheBytes', cacheBytes, expected);
  }
}

function isCacheSize(bytes: number): boolean {
  return Number.isSafeInteger(bytes) && bytes >= MIN_CACHE_BYTES && bytes <= MAX_CACHE_BYTES;
}
