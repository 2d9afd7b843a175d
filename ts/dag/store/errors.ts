/** Why a store cannot be opened, read or written. Each message names the file and the way out. */
import { QantoError } from '../../errors.ts';

/** `STORE_LOCKED`: another process, or another opener in this one, writes to the store. It is left as it is. */
export class StoreLockedError extends QantoError {
  /** Path of the block file, or what the store calls its place. */
  readonly location: string;
  /** Process id of the holder, when it could be told. */
  readonly pid: number | undefined;

  /** `pid` of the holder, undefined when it could not be told. */
  constructor(location: string, pid: number | undefined) {
    const holder =
      pid === process.pid ? 'this process' : pid === undefined ? 'another process' : `process ${pid}`;
    super('STORE_LOCKED', `${location} is in use by ${holder}; close it there, or choose another directory`);
    this.location = location;
    this.pid = pid;
  }
}

/**
 * `STORE_WRONG_NETWORK`: the store holds another chain, of another network or of one with the same name and other
 * parameters.
 */
export class StoreWrongNetworkError extends QantoError {
  /** Path of the block file, or what the store calls its place. */
  readonly location: string;
  /** The chain it holds: `network "devnet" with genesis <hash>`. */
  readonly found: string;
  /** The chain it was opened for, in the same form. */
  readonly expected: string;

  /** Both chains as a message names them. */
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

/** `STORE_SCHEMA_TOO_NEW`: a newer qanto wrote the store. It is left as it is. */
export class StoreSchemaTooNewError extends QantoError {
  /** Path of the block file, or what the store calls its place. */
  readonly location: string;
  /** The schema the store has. */
  readonly found: number;
  /** The greatest schema this qanto reads. */
  readonly supported: number;

  /** Both schemas by number; `found` is greater. */
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

/** `STORE_DAMAGED`: the store's content contradicts itself. It is left as it is, for you to inspect. */
export class StoreDamagedError extends QantoError {
  /** Path of the block file, or what the store calls its place. */
  readonly location: string;
  /** What does not fit, in words; it names the block where it can. */
  readonly detail: string;

  /** `cause` is what was thrown while reading, if anything was. */
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

/**
 * `STORE_FAILED`: the file system refused a read or a write; `cause` is what it said. What was acknowledged before is
 * safe. After a failed write the DAG accepts nothing until it is opened again.
 */
export class StoreFailedError extends QantoError {
  /** Path of the block file, or what the store calls its place. */
  readonly location: string;

  /** `cause` is what the file system or LMDB threw. */
  constructor(location: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super('STORE_FAILED', `${location} failed: ${reason}; correct the cause and open it again`, { cause });
    this.location = location;
  }
}
