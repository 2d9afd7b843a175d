/**
 * Blocks in LMDB, in one file `blocks.mdb`. One tree; the first byte of a key says what its value is:
 *
 * | key                  | value                                                       |
 * |----------------------|-------------------------------------------------------------|
 * | 0                    | identity: 4 bytes of checksum, then JSON                     |
 * | 1                    | number of blocks ever appended, of blocks held: two u32     |
 * | 2, u32 number        | hash (32 bytes), header (80 bytes), context                 |
 * | 3, u32 number        | coinbase and payloads; empty when they were pruned          |
 * | 4, hash (32 bytes)   | number of the block, u32                                    |
 * | 5                    | the chain's state                                           |
 * | 6, u32 number        | what the chain knows a block by whose past was pruned       |
 * | 7, u32 number        | what 2 was, of a block that is archived                     |
 *
 * Integers are big-endian so that keys sort by number. Blocks are numbered from 0 in the order of acceptance. Schema 1 had
 * 0 to 4 only, and one number under 1.
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
  NO_BODY,
  STORE_SCHEMA,
  type StoredBlock,
  type StoredHead,
  type StoreIdentity,
  type StorePruning,
  type StoreUsage,
} from './store.ts';
import { WriterLock } from './writer-lock.ts';

const IDENTITY = Buffer.of(0);
const COUNT = Buffer.of(1);
const HEAD = 2;
const BODY = 3;
const NUMBER = 4;
const STATE = Buffer.of(5);
const TRUSTED = 6;
const ARCHIVED_HEAD = 7;

const HASH_BYTES = 32;
const CHECKSUM_BYTES = 4;

/** LMDB's return codes for a file it cannot make sense of: page not found, corrupted, other version, invalid. */
const DAMAGE_CODES: ReadonlySet<number> = new Set([-30797, -30796, -30794, -30793]);

interface Counts {
  readonly appended: number;
  readonly held: number;
}

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
  #counts: Counts = { appended: 0, held: 0 };

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
 * How many blocks the file holds of this chain; undefined when it is new. Throws when it is another chain's. A file of an
 * older schema becomes one of this schema.
 */
async function readCounts(
  database: RootDatabase<Buffer, Buffer>,
  location: string,
  identity: StoreIdentity,
): Promise<Counts | undefined> {
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
  if (count?.length !== (found.schema === 1 ? 4 : 8)) {
    throw new StoreDamagedError(location, 'the number of its blocks is missing');
  }
  const appended = count.readUInt32BE();
  const counts = { appended, held: found.schema === 1 ? appended : count.readUInt32BE(4) };
  if (database.get(keyOfNumber(HEAD, appended)) !== undefined) {
    throw new StoreDamagedError(location, `it says it was given ${appended} blocks and holds more`);
  }
  if (found.schema < STORE_SCHEMA) await writeIdentity(database, identity, counts);
  return counts;
}

async function writeIdentity(
  database: RootDatabase<Buffer, Buffer>,
  { network, genesis }: StoreIdentity,
  counts: Counts,
): Promise<void> {
  const json = Buffer.from(JSON.stringify({ schema: STORE_SCHEMA, network, genesis }));
  await database.batch(() => {
    database.put(IDENTITY, Buffer.concat([checksum(json), json]));
    database.put(COUNT, countsRecord(counts));
  });
}

function countsRecord({ appended, held }: Counts): Buffer {
  return Buffer.concat([uint32(appended), uint32(held)]);
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
