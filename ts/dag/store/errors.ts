/** Why a store cannot be opened, read or written. Each message names the file and the way out. */
import { QantoError } from '../../errors.ts';

/** `ERR_QANTO_STORE_LOCKED`: another process, or another opener in this one, writes to the store. It is left as it is. */
export class StoreLockedError extends QantoError {
  /** Path of the block file, or what the store calls its place. */
  readonly location: string;
  /** Process id of the holder, when it could be told. */
  readonly pid: number | undefined;

  /** `pid` of the owner, undefined when it could not be told; `isHere`: the owner is this process. */
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
 * `ERR_QANTO_STORE_WRONG_NETWORK`: the store holds another chain, of another network or of one with the same name and other
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
      'ERR_QANTO_STORE_WRONG_NETWORK',
      `${location} holds ${found}, not ${expected}; choose another directory, or the network it was made for`,
    );
    this.location = location;
    this.found = found;
    this.expected = expected;
  }
}

/** `ERR_QANTO_STORE_SCHEMA_TOO_NEW`: a newer qanto wrote the store. It is left as it is. */
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
      'ERR_QANTO_STORE_SCHEMA_TOO_NEW',
      `${location} has schema ${found}, this qanto reads up to ${supported}; upgrade qanto, or choose another directory`,
    );
    this.location = location;
    this.found = found;
    this.supported = supported;
  }
}

/** `ERR_QANTO_STORE_SCHEMA_TOO_OLD`: an older qanto wrote the directory, in a format that is no longer read. It is left as it is. */
export class StoreSchemaTooOldError extends QantoError {
  /** Path of the block file. */
  readonly location: string;
  /** Name of the old file in its directory. */
  readonly oldFile: string;

  /** `oldFile` is the name of the file that tells. */
  constructor(location: string, oldFile: string) {
    super(
      'ERR_QANTO_STORE_SCHEMA_TOO_OLD',
      `${location} cannot be made: its directory holds ${oldFile}, which an older qanto wrote and this one cannot read; ` +
        'choose another directory (--data-dir), or move the old one away',
    );
    this.location = location;
    this.oldFile = oldFile;
  }
}

/** `ERR_QANTO_STORE_DAMAGED`: the store's content contradicts itself. It is left as it is, for you to inspect. */
export class StoreDamagedError extends QantoError {
  /** Path of the block file, or what the store calls its place. */
  readonly location: string;
  /** What does not fit, in words; it names the block where it can. */
  readonly detail: string;

  /** `cause` is what was thrown while reading, if anything was. */
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
 * `ERR_QANTO_STORE_FULL`: less is left for the store than must stay free, so it takes no more blocks. Nothing has changed: what it
 * holds can be read and pruned, and blocks are taken again once there is room.
 */
export class StoreFullError extends QantoError {
  /** Path of the block file, or what the store calls its place. */
  readonly location: string;
  /** Bytes that are left for it, free pages within its file included. */
  readonly availableBytes: number;
  /** The least of them that must stay free. */
  readonly minFreeBytes: number;

  /** `availableBytes` are fewer than `minFreeBytes`. */
  constructor(location: string, availableBytes: number, minFreeBytes: number) {
    super(
      'ERR_QANTO_STORE_FULL',
      `${location} has ${availableBytes} bytes of room left, and ${minFreeBytes} bytes must stay free. ` +
        'Free space on its file system, or lower minFreeBytes (--min-free-bytes).',
    );
    this.location = location;
    this.availableBytes = availableBytes;
    this.minFreeBytes = minFreeBytes;
  }
}

/** What the system says where choosing another directory helps. */
const DIRECTORY_CODES: ReadonlySet<unknown> = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOTDIR',
  'ENOENT',
  'ENOSPC',
]);

/**
 * `ERR_QANTO_STORE_FAILED`: the file system or SQLite refused a read or a write; `cause` is what it said. What was acknowledged
 * before is safe. After a failed write the DAG accepts nothing until it is opened again.
 */
export class StoreFailedError extends QantoError {
  /** Path of the block file, or what the store calls its place. */
  readonly location: string;

  /** `cause` is what was said. */
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

function describeOwner(pid: number | undefined, isHere: boolean): string {
  if (isHere) return 'this process';
  if (pid === undefined) return 'another process';
  // Two containers that share a directory count their processes apart.
  return pid === process.pid ? `process ${pid} of another container` : `process ${pid}`;
}
