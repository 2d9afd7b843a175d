/**
 * The calls of one open store, and the promises that wait for their answers. The addon wakes the event loop with one
 * coalesced call, however many answers there are; they are drained here.
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

/** Stores that are open in this thread: Node runs no cleanup on process.exit(), so they are closed in its `exit` event. */
const open = new Set<NativeBlockStore>();

/** No call is waited for so long. */
const FOR_EVER_MS = 2 ** 31 - 1;

export class StoreCalls {
  readonly #location: string;
  readonly #identity: StoreIdentity;
  readonly #native: NativeBlockStore;
  readonly #waiting = new Map<number, Waiting>();
  /** Holds the event loop while an answer is waited for: the addon does not. */
  readonly #hold: NodeJS.Timeout;

  /** Throws `ERR_QANTO_NATIVE_UNAVAILABLE`. */
  constructor(location: string, identity: StoreIdentity) {
    const { BlockStore } = native();
    this.#location = location;
    this.#identity = identity;
    this.#native = new BlockStore(() => this.#drain());
    this.#hold = setInterval(() => {}, FOR_EVER_MS).unref();
    if (open.size === 0) process.once('exit', closeAll);
    open.add(this.#native);
  }

  /** Bytes that were free after the last transaction, those within the file included. */
  get availableBytes(): number {
    return this.#native.availableBytes;
  }

  get minFreeBytes(): number {
    return this.#native.minFreeBytes;
  }

  /** Makes a call of the addon; rejects with the error that its answer asks for. */
  ask(call: (store: NativeBlockStore) => number): Promise<StoreReply> {
    return new Promise((resolve, reject) => {
      try {
        this.#waiting.set(call(this.#native), { resolve, reject });
        if (this.#waiting.size === 1) this.#hold.ref();
      } catch (error) {
        reject(error instanceof QantoError ? error : new StoreFailedError(this.#location, error));
      }
    });
  }

  /** The store is closed, or was never opened: nothing more is asked. */
  end(): void {
    clearInterval(this.#hold);
    open.delete(this.#native);
    if (open.size === 0) process.off('exit', closeAll);
  }

  #drain(): void {
    for (const reply of this.#native.drain()) {
      const waiting = this.#waiting.get(reply.call);
      this.#waiting.delete(reply.call);
      if (this.#waiting.size === 0) this.#hold.unref();
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

/** The error's class says that already. */
function withoutPrefix(detail: string): string {
  return detail.replace(/^the store is damaged: /, '');
}

/** What the operating system or SQLite said, with the code that Node gives such an error. */
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
