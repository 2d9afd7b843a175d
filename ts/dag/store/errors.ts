/** The errors of stores. Each message names the file and what to do. */
import { QantoError } from '../../errors.ts';

/**
 * `ERR_QANTO_STORE_LOCKED`: another process, or another opener in this process, uses the store. The store is unchanged.
 */
export class StoreLockedError extends QantoError {
  /** The {@link BlockStore.location} of the store: for the embedded store, the path of its database file. */
  readonly location: string;
  /** The process id of the owner; undefined if it is not known. */
  readonly pid: number | undefined;

  /** `pid` is the process id of the owner, if it is known; `isHere` is whether the owner is this process. */
  constructor(location: string, pid: number | undefined, isHere = pid === process.pid) {
    super(
      'ERR_QANTO_STORE_LOCKED',
      `${location} is in use by ${describeOwner(pid, isHere)}; close it there, or choose another directory`,
    );
    this.location = location;
    this.pid = pid;
  }
}

/**
 * `ERR_QANTO_STORE_WRONG_NETWORK`: the store belongs to another network, or to one with the same name and other
 * parameters.
 */
export class StoreWrongNetworkError extends QantoError {
  /** The {@link BlockStore.location} of the store: for the embedded store, the path of its database file. */
  readonly location: string;
  /** The identity of the store: `network "devnet" with genesis <hash>`. */
  readonly found: string;
  /** The identity that it was opened with, in the same form. */
  readonly expected: string;

  /** Creates the error from both identities in that form. */
  constructor(location: string, found: string, expected: string) {
    super(
      'ERR_QANTO_STORE_WRONG_NETWORK',
      `${location} holds ${found}, not ${expected}; choose another directory, or the network that it was created for`,
    );
    this.location = location;
    this.found = found;
    this.expected = expected;
  }
}

/** `ERR_QANTO_STORE_SCHEMA_TOO_NEW`: a newer qanto wrote the store. The store is unchanged. */
export class StoreSchemaTooNewError extends QantoError {
  /** The {@link BlockStore.location} of the store: for the embedded store, the path of its database file. */
  readonly location: string;
  /** The schema of the store. */
  readonly found: number;
  /** The greatest schema that this qanto supports. */
  readonly supported: number;

  /** Creates the error from both schemas; `found` is greater. */
  constructor(location: string, found: number, supported: number) {
    super(
      'ERR_QANTO_STORE_SCHEMA_TOO_NEW',
      `${location} has schema ${found}, but this qanto supports at most ${supported}; upgrade qanto, or choose another directory`,
    );
    this.location = location;
    this.found = found;
    this.supported = supported;
  }
}

/**
 * `ERR_QANTO_STORE_SCHEMA_TOO_OLD`: the directory holds a store in an older format that is no longer supported. It is
 * unchanged.
 */
export class StoreSchemaTooOldError extends QantoError {
  /** The path of the database file. */
  readonly location: string;
  /** The name of the old file in the directory. */
  readonly oldFile: string;

  /** Creates the error; `oldFile` is the name of the old file. */
  constructor(location: string, oldFile: string) {
    super(
      'ERR_QANTO_STORE_SCHEMA_TOO_OLD',
      `${location} cannot be created: its directory holds ${oldFile}, which an older qanto wrote and this one cannot read; ` +
        'choose another directory (--data-dir), or move the old one away',
    );
    this.location = location;
    this.oldFile = oldFile;
  }
}

/**
 * `ERR_QANTO_STORE_DAMAGED`: the data of the store is inconsistent. The store is unchanged, so that it can be
 * inspected.
 */
export class StoreDamagedError extends QantoError {
  /** The {@link BlockStore.location} of the store: for the embedded store, the path of its database file. */
  readonly location: string;
  /** A description of the damage. It names the block if possible. */
  readonly detail: string;

  /** Creates the error; `cause` is the error that was thrown while reading, if there is one. */
  constructor(location: string, detail: string, cause?: unknown) {
    super(
      'ERR_QANTO_STORE_DAMAGED',
      `${location} is damaged: ${detail}; restore it from a backup, or move it away to start a new one`,
      cause === undefined ? undefined : { cause },
    );
    this.location = location;
    this.detail = detail;
  }
}

/**
 * `ERR_QANTO_STORE_FULL`: the store refuses blocks, since fewer bytes are free than must stay free. The store is
 * unchanged: its blocks can be read and pruned, and it accepts blocks again once there is room.
 */
export class StoreFullError extends QantoError {
  /** The {@link BlockStore.location} of the store: for the embedded store, the path of its database file. */
  readonly location: string;
  /** The number of bytes available to the store, including free pages in its file. */
  readonly availableBytes: number;
  /** The number of bytes that must stay free. */
  readonly minFreeBytes: number;

  /** Creates the error; `availableBytes` is less than `minFreeBytes`. */
  constructor(location: string, availableBytes: number, minFreeBytes: number) {
    super(
      'ERR_QANTO_STORE_FULL',
      `${location} has ${availableBytes} bytes left, and ${minFreeBytes} bytes must stay free. ` +
        'Free space on its file system, or lower minFreeBytes (--min-free-bytes).',
    );
    this.location = location;
    this.availableBytes = availableBytes;
    this.minFreeBytes = minFreeBytes;
  }
}

/**
 * `ERR_QANTO_STORE_TARGET_EXISTS`: the directory in which a backup is to be made exists already. It is unchanged.
 */
export class StoreTargetExistsError extends QantoError {
  /** The path of the directory. */
  readonly target: string;

  /** Creates the error for a path at which there is something. */
  constructor(target: string) {
    super(
      'ERR_QANTO_STORE_TARGET_EXISTS',
      `${target} exists already; name a directory that does not exist, or move this one away`,
    );
    this.target = target;
  }
}

/** The error codes of the system for which another directory may help. */
const DIRECTORY_CODES: ReadonlySet<unknown> = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOTDIR',
  'ENOENT',
  'ENOSPC',
]);

/**
 * `ERR_QANTO_STORE_FAILED`: a read or a write failed in the file system or in SQLite; `cause` is the error. Blocks
 * acknowledged before are safe. After a failed write the DAG accepts no block until it is opened again.
 */
export class StoreFailedError extends QantoError {
  /** The {@link BlockStore.location} of the store: for the embedded store, the path of its database file. */
  readonly location: string;

  /** Creates the error; `cause` is the error of the file system or of SQLite. */
  constructor(location: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const { code } = Object(cause) as { code?: unknown };
    const instead = DIRECTORY_CODES.has(code) ? ', or choose another directory (--data-dir)' : '';
    super(
      'ERR_QANTO_STORE_FAILED',
      `${location} failed: ${reason}; correct the cause and open it again${instead}`,
      {
        cause,
      },
    );
    this.location = location;
  }
}

/**
 * `ERR_QANTO_CHECKPOINT_FAILED`: a checkpoint could not be written; `cause` is the error of the file system, if there is one.
 * The store is not affected, and the next checkpoint is tried later. Until then, opening the store takes longer.
 */
export class CheckpointFailedError extends QantoError {
  /** The path of the checkpoint. */
  readonly location: string;

  /** Creates the error; `reason` says what is wrong, unless `cause` does. */
  constructor(location: string, reason: string | undefined, cause?: unknown) {
    const problem = reason ?? (cause instanceof Error ? cause.message : String(cause));
    super(
      'ERR_QANTO_CHECKPOINT_FAILED',
      `the checkpoint ${location} was not written: ${problem}. All blocks are stored, but opening the store takes longer until a checkpoint is written`,
      cause === undefined ? undefined : { cause },
    );
    this.location = location;
  }
}

function describeOwner(pid: number | undefined, isHere: boolean): string {
  if (isHere) return 'this process';
  if (pid === undefined) return 'another process';
  // Two containers that share a directory have separate process ids.
  return pid === process.pid ? `process ${pid} of another container` : `process ${pid}`;
}
