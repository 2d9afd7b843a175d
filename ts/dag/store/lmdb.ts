/**
 * Blocks in LMDB, in one file `blocks.mdb`. One tree; the first byte of a key says what its value is:
 *
 * | key                  | value                                                       |
 * |----------------------|-------------------------------------------------------------|
 * | 0                    | identity: 4 bytes of checksum, then JSON                     |
 * | 1                    | number of blocks, u32                                       |
 * | 2, u32 number        | hash (32 bytes), header (80 bytes), context                 |
 * | 3, u32 number        | coinbase and payloads                                       |
 * | 4, hash (32 bytes)   | number of the block, u32                                    |
 *
 * Integers are big-endian so that keys sort by number. Blocks are numbered from 0 in the order of acceptance.
 */
import { accessSync, constants, mkdirSync, readdirSync } from 'node:fs';
import { open as openDirectory, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { QantoError } from '../../errors.ts';
import { toHex } from '../../pow/hex.ts';
import { sha256d } from '../../pow/sha256d.ts';
import {
  StoreDamagedError,
  StoreFailedError,
  StoreSchemaTooNewError,
  StoreWrongNetworkError,
} from './errors.ts';
import { checkLmdbFile, FILE_OPTIONS } from './lmdb-file.ts';
import {
  type BlockStore,
  describeIdentity,
  STORE_SCHEMA,
  type StoredBlock,
  type StoredHead,
  type StoreIdentity,
  type StoreUsage,
} from './store.ts';
import { WriterLock } from './writer-lock.ts';

const IDENTITY = Buffer.of(0);
const COUNT = Buffer.of(1);
const HEAD = 2;
const BODY = 3;
const NUMBER = 4;

const HASH_BYTES = 32;
const CHECKSUM_BYTES = 4;

/** LMDB's return codes for a file it cannot make sense of: page not found, corrupted, other version, invalid. */
const DAMAGE_CODES: ReadonlySet<number> = new Set([-30797, -30796, -30794, -30793]);

interface Opened {
  readonly database: RootDatabase<Buffer, Buffer>;
  readonly lock: WriterLock;
}

/** The embedded durable store: a directory that one opener at a time may use. */
export class LmdbStore implements BlockStore {
  /** Path of the block file. */
  readonly location: string;
  readonly #directory: string;
  #opened: Opened | undefined;
  #size = 0;

  /** `directory` is made when it does not exist. */
  constructor(directory: string) {
    this.#directory = resolve(directory);
    this.location = join(this.#directory, 'blocks.mdb');
  }

  async open(identity: StoreIdentity): Promise<void> {
    let lock: WriterLock | undefined;
    let database: RootDatabase<Buffer, Buffer> | undefined;
    try {
      const made = mkdirSync(this.#directory, { recursive: true });
      requireAccess(this.#directory);
      lock = await WriterLock.acquire(this.#directory);
      checkLmdbFile(this.location);
      database = open<Buffer, Buffer>({
        ...FILE_OPTIONS,
        path: this.location,
        encoding: 'binary',
        keyEncoding: 'binary',
      });
      const size = readSize(database, this.location, identity);
      if (size === undefined) {
        await writeIdentity(database, identity);
        await syncDirectories(this.#directory, made);
      }
      this.#size = size ?? 0;
      this.#opened = { database, lock };
    } catch (error) {
      await database?.close();
      await lock?.release();
      throw toStoreError(this.location, error);
    }
  }

  get size(): number {
    return this.#size;
  }

  *heads(): Iterable<StoredHead> {
    for (let number = 0; number < this.#size; number++) yield this.#head(number);
  }

  read(hash: string): StoredBlock | undefined {
    const value = this.#get(keyOfHash(Buffer.from(hash, 'hex')));
    if (value === undefined) return undefined;
    if (value.length !== 4) throw this.#damaged(`the number of block ${hash} is no number`);
    const number = value.readUInt32BE();
    const head = this.#head(number);
    if (head.hash !== hash)
      throw this.#damaged(`block ${hash} is listed as number ${number}, which is another`);
    const body = this.#get(keyOfNumber(BODY, number));
    if (body === undefined) throw this.#damaged(`the body of block ${hash} is missing`);
    return { ...head, body };
  }

  async append(blocks: readonly StoredBlock[]): Promise<void> {
    const database = this.#database;
    const size = this.#size + blocks.length;
    try {
      // One batch is one transaction, whatever else its thread is given to write.
      await database.batch(() => {
        for (const [index, { hash, head, body }] of blocks.entries()) {
          const number = this.#size + index;
          const hashBytes = Buffer.from(hash, 'hex');
          database.put(keyOfNumber(HEAD, number), Buffer.concat([hashBytes, head]));
          database.put(keyOfNumber(BODY, number), asBuffer(body));
          database.put(keyOfHash(hashBytes), uint32(number));
        }
        database.put(COUNT, uint32(size));
      });
    } catch (error) {
      throw toStoreError(this.location, await reasonOf(error));
    }
    this.#size = size;
  }

  /** LMDB makes its map larger as it fills, so the room it has is the file system's. */
  async usage(): Promise<StoreUsage> {
    const [file, { bsize, blocks, bavail }] = await Promise.all([
      stat(this.location),
      statfs(this.#directory),
    ]);
    return { sizeBytes: file.size, fileSystemBytes: blocks * bsize, availableBytes: bavail * bsize };
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

  #head(number: number): StoredHead {
    const value = this.#get(keyOfNumber(HEAD, number));
    if (value === undefined || value.length < HASH_BYTES) {
      throw this.#damaged(`block number ${number} of ${this.#size} is missing`);
    }
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

/** How many blocks the file holds of this chain; undefined when it is new. Throws when it is another chain's. */
function readSize(
  database: RootDatabase<Buffer, Buffer>,
  location: string,
  identity: StoreIdentity,
): number | undefined {
  const record = database.get(IDENTITY);
  const count = database.get(COUNT);
  if (record === undefined && count === undefined && database.getKeysCount({ limit: 1 }) === 0)
    return undefined;
  const found = parseIdentity(record);
  if (!found) throw new StoreDamagedError(location, 'the record that says whose chain it holds is damaged');
  if (found.schema > STORE_SCHEMA) throw new StoreSchemaTooNewError(location, found.schema, STORE_SCHEMA);
  if (found.network !== identity.network || found.genesis !== identity.genesis) {
    throw new StoreWrongNetworkError(location, describeIdentity(found), describeIdentity(identity));
  }
  if (count?.length !== 4) throw new StoreDamagedError(location, 'the number of its blocks is missing');
  const size = count.readUInt32BE();
  if (database.get(keyOfNumber(HEAD, size)) !== undefined) {
    throw new StoreDamagedError(location, `it says it holds ${size} blocks and holds more`);
  }
  return size;
}

async function writeIdentity(database: RootDatabase<Buffer, Buffer>, identity: StoreIdentity): Promise<void> {
  const json = Buffer.from(JSON.stringify({ schema: STORE_SCHEMA, ...identity }));
  await database.batch(() => {
    database.put(IDENTITY, Buffer.concat([checksum(json), json]));
    database.put(COUNT, uint32(0));
  });
}

function parseIdentity(record: Buffer | undefined): (StoreIdentity & { schema: number }) | undefined {
  if (record === undefined) return undefined;
  const json = record.subarray(CHECKSUM_BYTES);
  return checksum(json).equals(record.subarray(0, CHECKSUM_BYTES)) ? JSON.parse(json.toString()) : undefined;
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

function checksum(bytes: Uint8Array): Buffer {
  return Buffer.from(sha256d(bytes).subarray(0, CHECKSUM_BYTES));
}

function keyOfNumber(kind: number, number: number): Buffer {
  const key = Buffer.alloc(5);
  key[0] = kind;
  key.writeUInt32BE(number, 1);
  return key;
}

function keyOfHash(hash: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(NUMBER), hash]);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
