/**
 * At most one writer a directory, over processes and threads, without a file that outlives a crash. Rests on what
 * LMDB itself asks of the operating system: a process that reads holds a byte lock which the kernel lets go when
 * the process dies, however it dies, and write transactions exclude one another over processes.
 *
 * It has an LMDB file of its own, because the read transaction the holder keeps open would otherwise pin the
 * pages of the block file.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { open, type RootDatabase } from 'lmdb';
import { StoreLockedError } from './errors.ts';
import { checkLmdbFile, FILE_OPTIONS } from './lmdb-file.ts';

const OWNER = 'owner';
const CHECK_ATTEMPTS = 10;
const CHECK_INTERVAL_MS = 20;

export class WriterLock {
  readonly #database: RootDatabase<string, string>;
  readonly #pin: { done(): void };

  private constructor(database: RootDatabase<string, string>, pin: { done(): void }) {
    this.#database = database;
    this.#pin = pin;
  }

  /** Takes the directory, which must exist. Throws `STORE_LOCKED` when it is taken. */
  static async acquire(directory: string): Promise<WriterLock> {
    const path = join(directory, 'writer.mdb');
    await checkSettled(path);
    const database = open<string, string>({ ...FILE_OPTIONS, path, encoding: 'string' });
    try {
      // Threads of one process share LMDB's process-wide state, so they need a lock of their own.
      if (!tryThreadLock(database)) throw new StoreLockedError(directory, process.pid);
      const pin = pinReader(database, directory);
      const holder = database.transactionSync(() => claim(database));
      if (holder === undefined) return new WriterLock(database, pin);
      pin.done();
      throw new StoreLockedError(directory, holder);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /** The record of the owner stays: what counts is whether that process still reads. */
  async release(): Promise<void> {
    this.#pin.done();
    await this.#database.close();
  }
}

/**
 * A process that takes the directory at this very moment writes the file while it is being read, and what is read
 * may not fit together. Real damage stays.
 */
async function checkSettled(path: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      checkLmdbFile(path);
      return;
    } catch (error) {
      if (attempt === CHECK_ATTEMPTS) throw error;
      await delay(CHECK_INTERVAL_MS);
    }
  }
}

/** Within a write transaction: the process that holds the directory, or undefined when it is now this one. */
function claim(database: RootDatabase<string, string>): number | undefined {
  const owner = Number(database.get(OWNER));
  if (owner !== process.pid && livingReaders(database).has(owner)) return owner;
  database.put(OWNER, String(process.pid));
  return undefined;
}

/** Keeps a slot in LMDB's reader table, and with it the kernel's lock that says this process lives. */
function pinReader(database: RootDatabase<string, string>, directory: string): { done(): void } {
  try {
    return database.useReadTransaction();
  } catch {
    // The byte of our process id is taken: a process of that id in another container holds the directory.
    throw new StoreLockedError(directory, undefined);
  }
}

/** Process ids in LMDB's reader table, after those whose kernel lock is gone were taken out. */
function livingReaders(database: RootDatabase<string, string>): Set<number> {
  database.readerCheck();
  return new Set([...database.readerList().matchAll(/^ *(\d+) /gm)].map((match) => Number(match[1])));
}

/** lmdb-js has locks between threads, freed when the database is closed or its thread ends; its types omit them. */
function tryThreadLock(database: object): boolean {
  return (database as { tryLock(key: string): boolean }).tryLock(OWNER);
}
