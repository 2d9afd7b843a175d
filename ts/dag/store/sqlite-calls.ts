/**
 * Calls of the addon's store, each with the promise that waits for its reply. The addon wakes the event loop with one
 * coalesced call for any number of replies, which are then drained here.
 */
import { QantoError } from '../../errors.ts';
import { type NativeBlockStore, native, type StoreFailure, type StoreReply } from '../../native.ts';
import {
  StoreDamagedError,
  StoreFailedError,
  StoreFullError,
  StoreLockedError,
  StoreSchemaTooNewError,
  StoreSchemaTooOldError,
  StoreWrongNetworkError,
} from './errors.ts';
import { describeIdentity, type StoreIdentity } from './store.ts';

const { getSystemErrorName } = process.getBuiltinModule('node:util');

interface Waiting {
  resolve(reply: StoreReply): void;
  reject(error: QantoError): void;
}

/** The stores open in this thread. Node runs no cleanup on process.exit(), so the `exit` event closes them. */
const open = new Set<NativeBlockStore>();

/** The longest interval that setInterval accepts. */
const MAX_INTERVAL_MS = 2 ** 31 - 1;

export class StoreCalls {
  readonly #location: string;
  readonly #identity: StoreIdentity;
  readonly #native: NativeBlockStore;
  readonly #waiting = new Map<number, Waiting>();
  /** Keeps the event loop alive while a reply is pending, since the addon does not. */
  readonly #keepAlive: NodeJS.Timeout;

  /** Throws `ERR_QANTO_NATIVE_UNAVAILABLE`. */
  constructor(location: string, identity: StoreIdentity) {
    const { BlockStore } = native();
    this.#location = location;
    this.#identity = identity;
    this.#native = new BlockStore(() => this.#drain());
    this.#keepAlive = setInterval(() => {}, MAX_INTERVAL_MS).unref();
    if (open.size === 0) process.once('exit', closeAll);
    open.add(this.#native);
  }

  /** The number of bytes free after the last transaction, including those in the file. */
  get availableBytes(): number {
    return this.#native.availableBytes;
  }

  get minFreeBytes(): number {
    return this.#native.minFreeBytes;
  }

  /** How much of the backup is done, and how much there is to do. */
  get backupProgress(): readonly number[] {
    return this.#native.backupProgress;
  }

  cancelBackup(): void {
    this.#native.cancelBackup();
  }

  /** Makes a call of the addon. Rejects with the error that the reply describes. */
  call(make: (store: NativeBlockStore) => number): Promise<StoreReply> {
    return new Promise((resolve, reject) => {
      try {
        this.#waiting.set(make(this.#native), { resolve, reject });
        if (this.#waiting.size === 1) this.#keepAlive.ref();
      } catch (error) {
        reject(error instanceof QantoError ? error : new StoreFailedError(this.#location, error));
      }
    });
  }

  /** Releases the resources once the store is closed. No call may follow. */
  end(): void {
    clearInterval(this.#keepAlive);
    open.delete(this.#native);
    if (open.size === 0) process.off('exit', closeAll);
  }

  #drain(): void {
    for (const reply of this.#native.drain()) {
      const waiting = this.#waiting.get(reply.call);
      this.#waiting.delete(reply.call);
      if (this.#waiting.size === 0) this.#keepAlive.unref();
      if (reply.failure === undefined) waiting?.resolve(reply);
      else waiting?.reject(this.#errorOf(reply.failure));
    }
  }

  #errorOf(failure: StoreFailure): QantoError {
    const { detail } = failure;
    switch (failure.kind) {
      case 'locked':
        return new StoreLockedError(this.#location, failure.pid, failure.thisProcess);
      case 'wrong-network': {
        const found = { network: failure.network!, genesis: failure.genesis! };
        const expected = describeIdentity(this.#identity);
        return new StoreWrongNetworkError(this.#location, describeIdentity(found), expected);
      }
      case 'schema-too-new':
        return new StoreSchemaTooNewError(this.#location, failure.schema!, failure.supported!);
      case 'schema-too-old':
        return new StoreSchemaTooOldError(this.#location, detail);
      case 'damaged':
        return new StoreDamagedError(this.#location, withoutPrefix(detail));
      case 'full':
        return new StoreFullError(this.#location, failure.available!, failure.minFree!);
      case 'failed':
        return new StoreFailedError(this.#location, causeOf(failure));
    }
  }
}

function closeAll(): void {
  for (const store of open) store.shutdown();
}

/** StoreDamagedError adds the same words to its message. */
function withoutPrefix(detail: string): string {
  return detail.replace(/^the store is damaged: /, '');
}

/** The error of the operating system or of SQLite, with the `errno` and `code` that Node gives such errors. */
function causeOf({ detail, osError }: StoreFailure): Error {
  const cause = new Error(detail);
  if (osError === undefined || process.platform === 'win32') return cause;
  return Object.assign(cause, { errno: -osError, code: systemErrorName(-osError) });
}

function systemErrorName(errno: number): string | undefined {
  try {
    return getSystemErrorName(errno);
  } catch {
    return undefined;
  }
}
