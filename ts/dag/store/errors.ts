/** Why a store cannot be opened, read or written. Each message names the file and the way out. */
import { QantoError } from '../../errors.ts';

/** Another process, or another opener in this one, writes to the store. */
export class StoreLockedError extends QantoError {
  readonly location: string;
  /** Process id of the holder, when it could be told. */
  readonly pid: number | undefined;

  constructor(location: string, pid: number | undefined) {
    const holder =
      pid === process.pid ? 'this process' : pid === undefined ? 'another process' : `process ${pid}`;
    super('STORE_LOCKED', `${location} is in use by ${holder}; close it there, or choose another directory`);
    this.location = location;
    this.pid = pid;
  }
}

/** The store holds another chain: another network, or the same name with other parameters. */
export class StoreWrongNetworkError extends QantoError {
  readonly location: string;
  readonly found: string;
  readonly expected: string;

  constructor(location: string, found: string, expected: string) {
    super(
      'STORE_WRONG_NETWORK',
      `${location} holds ${found}, not ${expected}; choose another directory, or the network it was made for`,
    );
    this.location = location;
    this.found = found;
    this.expected = expected;
  }
}

/** A newer qanto wrote the store. */
export class StoreSchemaTooNewError extends QantoError {
  readonly location: string;
  readonly found: number;
  readonly supported: number;

  constructor(location: string, found: number, supported: number) {
    super(
      'STORE_SCHEMA_TOO_NEW',
      `${location} has schema ${found}, this qanto reads up to ${supported}; upgrade qanto, or choose another directory`,
    );
    this.location = location;
    this.found = found;
    this.supported = supported;
  }
}

/** The store's content contradicts itself. It is left as it is, for you to inspect. */
export class StoreDamagedError extends QantoError {
  readonly location: string;
  readonly detail: string;

  constructor(location: string, detail: string, cause?: unknown) {
    super(
      'STORE_DAMAGED',
      `${location} is damaged: ${detail}; restore it from a backup, or move it away to start a new one`,
      cause === undefined ? undefined : { cause },
    );
    this.location = location;
    this.detail = detail;
  }
}

/** The file system refused a read or a write; what was acknowledged before is safe. */
export class StoreFailedError extends QantoError {
  readonly location: string;

  constructor(location: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super('STORE_FAILED', `${location} failed: ${reason}; correct the cause and open it again`, { cause });
    this.location = location;
  }
}
