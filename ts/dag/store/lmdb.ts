/** Blocks in LMDB, in one file `blocks.mdb`. `lmdb-records.ts` says what is in it. */
import { accessSync, constants, readdirSync } from 'node:fs';
import { open as openDirectory, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { InvalidArgumentError, QantoError } from '../../errors.ts';
import { makeDirectory } from '../../make-directory.ts';
import { toHex } from '../../pow/hex.ts';
import { StoreDamagedError, StoreFailedError } from './errors.ts';
import { checkLmdbFile, FILE_OPTIONS } from './lmdb-file.ts';
import {
  ARCHIVED_HEAD,
  asBuffer,
  BODY,
  COUNT,
  type Counts,
  countsRecord,
  HASH_BYTES,
  HEAD,
  keyOfHash,
  keyOfNumber,
  readCounts,
  STATE,
  TRUSTED,
  uint32,
  writeIdentity,
} from './lmdb-records.ts';
import {
  type BlockStore,
  NO_BODY,
  type StoredBlock,
  type StoredHead,
  type StoreIdentity,
  type StorePruning,
  type StoreUsage,
} from './store.ts';
import { WriterLock } from './writer-lock.ts';

/** LMDB's return codes for a file it cannot make sense of: page not found, corrupted, other version, invalid. */
const DAMAGE_CODES: ReadonlySet<number> = new Set([-30797, -30796, -30794, -30793]);

interface Opened {
  readonly database: RootDatabase<Buffer, Buffer>;
  readonly lock: WriterLock;
}

/**
 * The embedded durable store, on LMDB: a directory that one opener at a time may use. As long as it is not open, what
 * reads or writes fails with `STORE_FAILED`.
 */
export class LmdbStore implements BlockStore {
  /** Path of the block file. */
  readonly location: string;
  readonly #directory: string;
  #opened: Opened | undefined;
  #counts: Counts = { appended: 0, held: 0 };

  /** `directory` is made when it does not exist. Throws `INVALID_ARGUMENT` for what is no path. */
  constructor(directory: string) {
    if (typeof directory !== 'string' || directory === '') {
      throw new InvalidArgumentError('directory', directory, 'the path of a directory');
    }
    this.#directory = resolve(directory);
    this.location = join(this.#directory, 'blocks.mdb');
  }

  async open(identity: StoreIdentity): Promise<void> {
    let lock: WriterLock | undefined;
    let database: RootDatabase<Buffer, Buffer> | undefined;
    try {
      const made = makeDirectory(this.#directory);
      requireAccess(this.#directory);
      lock = await WriterLock.acquire(this.#directory);
      checkLmdbFile(this.location);
      database = open<Buffer, Buffer>({
        ...FILE_OPTIONS,
        path: this.location,
        encoding: 'binary',
        keyEncoding: 'binary',
      });
      const counts = await readCounts(database, this.location, identity);
      if (counts === undefined) {
        await writeIdentity(database, identity, { appended: 0, held: 0 });
        await syncDirectories(this.#directory, made);
      }
      this.#counts = counts ?? { appended: 0, held: 0 };
      this.#opened = { database, lock };
    } catch (error) {
      await database?.close();
      await lock?.release();
      throw toStoreError(this.location, error);
    }
  }

  get size(): number {
    return this.#counts.appended;
  }

  get state(): Buffer | undefined {
    return this.#get(STATE);
  }

  *heads(): Iterable<StoredHead> {
    const { appended, held } = this.#counts;
    // What was pruned lies before nearly all that is held.
    const [first] = this.#database.getKeys({
      start: keyOfNumber(HEAD, 0),
      end: keyOfNumber(HEAD + 1, 0),
      limit: 1,
    });
    let found = 0;
    for (let number = first?.readUInt32BE(1) ?? appended; number < appended; number++) {
      const head = this.#head(HEAD, number);
      if (head === undefined) continue;
      found += 1;
      const trusted = this.#get(keyOfNumber(TRUSTED, number));
      yield trusted === undefined ? head : { ...head, trusted };
    }
    if (found !== held) throw this.#damaged(`it says it holds ${held} blocks and holds ${found}`);
  }

  read(hash: string): StoredBlock | undefined {
    const number = this.#findNumber(hash);
    if (number === undefined) return undefined;
    const head = this.#head(HEAD, number) ?? this.#head(ARCHIVED_HEAD, number);
    if (head === undefined) throw this.#damaged(`the head of block ${hash} is missing`);
    if (head.hash !== hash)
      throw this.#damaged(`block ${hash} is listed as number ${number}, which is another`);
    const body = this.#get(keyOfNumber(BODY, number));
    if (body === undefined) throw this.#damaged(`the body of block ${hash} is missing`);
    return { ...head, body };
  }

  async append(blocks: readonly StoredBlock[], state?: Uint8Array): Promise<void> {
    const { appended, held } = this.#counts;
    const counts = { appended: appended + blocks.length, held: held + blocks.length };
    await this.#transact(counts, (database) => {
      for (const [index, { hash, head, body }] of blocks.entries()) {
        const number = appended + index;
        const hashBytes = Buffer.from(hash, 'hex');
        database.put(keyOfNumber(HEAD, number), Buffer.concat([hashBytes, head]));
        database.put(keyOfNumber(BODY, number), asBuffer(body));
        database.put(keyOfHash(hashBytes), uint32(number));
      }
      if (state) database.put(STATE, asBuffer(state));
    });
  }

  async prune({ dropped, trusted, state, archive }: StorePruning): Promise<void> {
    const { appended, held } = this.#counts;
    // What may throw comes before the transaction: half of one must not be written.
    const numbers = new Map<string, number>();
    for (const hash of [...dropped, ...trusted.map(({ hash }) => hash)])
      numbers.set(hash, this.#numberOf(hash));
    await this.#transact({ appended, held: held - dropped.length }, (database) => {
      for (const hash of dropped) {
        const number = numbers.get(hash)!;
        if (archive) {
          database.put(keyOfNumber(ARCHIVED_HEAD, number), database.get(keyOfNumber(HEAD, number))!);
        } else {
          database.remove(keyOfNumber(BODY, number));
          database.remove(keyOfHash(Buffer.from(hash, 'hex')));
        }
        database.remove(keyOfNumber(HEAD, number));
        database.remove(keyOfNumber(TRUSTED, number));
      }
      for (const { hash, record, isSettled } of trusted) {
        const number = numbers.get(hash)!;
        database.put(keyOfNumber(TRUSTED, number), asBuffer(record));
        if (isSettled && !archive) database.put(keyOfNumber(BODY, number), asBuffer(NO_BODY));
      }
      database.put(STATE, asBuffer(state));
    });
  }

  /** One batch is one transaction, whatever else its thread is given to write. */
  async #transact(counts: Counts, write: (database: RootDatabase<Buffer, Buffer>) => void): Promise<void> {
    const database = this.#database;
    try {
      await database.batch(() => {
        write(database);
        database.put(COUNT, countsRecord(counts));
      });
    } catch (error) {
      throw toStoreError(this.location, await reasonOf(error));
    }
    this.#counts = counts;
  }

  /** LMDB makes its map larger as it fills, so the room it has is the file system's. */
  async usage(): Promise<StoreUsage> {
    try {
      const [file, { bsize, blocks, bavail }] = await Promise.all([
        stat(this.location),
        statfs(this.#directory),
      ]);
      return { sizeBytes: file.size, fileSystemBytes: blocks * bsize, availableBytes: bavail * bsize };
    } catch (error) {
      throw toStoreError(this.location, error);
    }
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    try {
      await opened?.database.close();
    } finally {
      await opened?.lock.release();
    }
  }

  get #database(): RootDatabase<Buffer, Buffer> {
    if (!this.#opened) throw new StoreFailedError(this.location, new Error('the store is not open'));
    return this.#opened.database;
  }

  #get(key: Buffer): Buffer | undefined {
    const database = this.#database;
    try {
      return database.get(key);
    } catch (error) {
      throw toStoreError(this.location, error);
    }
  }

  #findNumber(hash: string): number | undefined {
    const value = this.#get(keyOfHash(Buffer.from(hash, 'hex')));
    if (value === undefined) return undefined;
    if (value.length !== 4) throw this.#damaged(`the number of block ${hash} is no number`);
    return value.readUInt32BE();
  }

  /** The number of a block that is held. */
  #numberOf(hash: string): number {
    const number = this.#findNumber(hash);
    if (number === undefined) throw this.#damaged(`the number of block ${hash} is missing`);
    return number;
  }

  #head(kind: number, number: number): StoredHead | undefined {
    const value = this.#get(keyOfNumber(kind, number));
    if (value === undefined) return undefined;
    if (value.length < HASH_BYTES) throw this.#damaged(`the head of block number ${number} is cut off`);
    return { hash: toHex(value.subarray(0, HASH_BYTES)), head: value.subarray(HASH_BYTES) };
  }

  #damaged(detail: string): StoreDamagedError {
    return new StoreDamagedError(this.location, detail);
  }
}

/** Throws what the file system says against reading and writing here: lmdb-js ends the process over it. */
function requireAccess(directory: string): void {
  const files = readdirSync(directory).filter((name) => name.includes('.mdb'));
  for (const name of ['.', ...files]) accessSync(join(directory, name), constants.R_OK | constants.W_OK);
}

/**
 * A new file survives a power loss only when the directory that names it has been flushed, and so on up to the
 * directory that was there before: the parent of the topmost one made.
 */
async function syncDirectories(directory: string, topmostMade: string | undefined): Promise<void> {
  if (process.platform === 'win32') return;
  const last = topmostMade === undefined ? directory : dirname(topmostMade);
  for (let path = directory; ; path = dirname(path)) {
    const handle = await openDirectory(path, 'r');
    await handle.sync().finally(() => handle.close());
    if (path === last) return;
  }
}

function toStoreError(location: string, error: unknown): QantoError {
  if (error instanceof QantoError) return error;
  const { code, message } = error as { code?: number; message: string };
  return code !== undefined && DAMAGE_CODES.has(code)
    ? new StoreDamagedError(location, message, error)
    : new StoreFailedError(location, error);
}

/** lmdb-js rejects a failed commit with a promise of the reason, which ends the process when nobody looks at it. */
async function reasonOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<never> };
  return commitError ? commitError.catch((reason: unknown) => reason) : error;
}
