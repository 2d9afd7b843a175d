/**
 * The interface between a DAG and its store. A store keeps blocks as opaque bytes in the order in which they were
 * accepted. The DAG interprets and verifies the bytes, since the hash of a block commits to all of them.
 */

/** The identity of the DAG that a store holds. */
export interface StoreIdentity {
  /** The name of the network. */
  readonly network: string;
  /** Hash of the genesis block, which commits to all parameters of the network. */
  readonly genesis: string;
}

/** The part of a stored block that determines its place in the DAG. */
export interface StoredHead {
  /** The block's id: 64 hex digits in displayed order. */
  readonly hash: string;
  /** Header (80 bytes) and context. */
  readonly head: Uint8Array;
  /** The record that the DAG wrote for a block whose past was pruned; absent for other blocks. */
  readonly trusted?: Uint8Array;
}

/** The body of a block whose contents were pruned. The body of any other block is longer. */
export const NO_BODY = new Uint8Array(0);

/** A stored block: opaque bytes identified by the id of the block. */
export interface StoredBlock extends StoredHead {
  /** The number of contents, then coinbase and payloads with their lengths. Empty if the contents were pruned. */
  readonly body: Uint8Array;
}

/**
 * What a store on disk offers so that opening it takes less time. A DAG keeps a checkpoint in a file: what it has computed from
 * the blocks. When the store is opened again, only the blocks after the checkpoint have to be added one by one.
 */
export interface StoreCheckpoints {
  /**
   * The path of the file, in an existing directory that belongs to the store. The DAG also writes a file with this path and
   * `.new` at its end. It accesses the files only while the store is open. They may be deleted at any other time.
   */
  readonly path: string;

  /**
   * As {@link BlockStore.heads}, but the first head is that of the block before which `appended` blocks were appended, or of
   * the next one that is held. `records` is the number of blocks with a pruning record before it.
   */
  headsFrom(appended: number, records: number): AsyncIterable<readonly StoredHead[]>;
}

/** A block as the embedded store has it. */
export interface WholeBlock extends StoredBlock {
  /** Whether the block is held. Otherwise it was dropped by pruning and is kept as an archive. */
  readonly isHeld: boolean;
}

/** Consecutive blocks of the embedded store. */
export interface WholeBlocks {
  /** The blocks, in the order of acceptance. */
  readonly blocks: readonly WholeBlock[];
  /** The number from which the next blocks are read; undefined after the last block. */
  readonly next: number | undefined;
  /** Whether the store has every block that was ever appended, although perhaps not its contents. */
  readonly isComplete: boolean;
  /**
   * The number of times that the store was pruned since it was opened. If it changes between two calls, blocks between those that
   * were read may be missing.
   */
  readonly prunings: number;
}

/** The options of {@link SqliteStore.backup}. */
export interface BackupOptions {
  /** Cancels the backup, which then leaves nothing behind. */
  readonly signal?: AbortSignal | undefined;
  /** Called about ten times a second with the fraction that is done, from 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** A complete backup. */
export interface BackupReport {
  /** The number of blocks ever accepted, without genesis, including pruned ones. */
  readonly appendedBlocks: number;
  /** The number of blocks that it holds. */
  readonly heldBlocks: number;
  /** The size of its files, in bytes. */
  readonly sizeBytes: number;
}

/** The disk usage of a store. */
export interface StoreUsage {
  /** The size of its files, in bytes. */
  readonly sizeBytes: number;
  /** The size of its file system, in bytes. */
  readonly fileSystemBytes: number;
  /** The number of bytes of the file system that are available to this process. */
  readonly availableBytes: number;
}

/** The space that a store has for more blocks, as of its last transaction. */
export interface StoreSpace {
  /** The number of bytes that the file system has for this process, plus the free pages in the file of the store. */
  readonly availableBytes: number;
  /** The number of bytes that must stay free; 0 for no minimum. */
  readonly minFreeBytes: number;
}

/** The options of a store on disk. */
export interface StoreOptions {
  /**
   * The number of bytes that must stay free on the file system. If fewer are free, blocks are refused with
   * `ERR_QANTO_STORE_FULL`. An integer of at least 0; 0 disables the check. The default is 64 MiB, or a twentieth of
   * the file system if that is less.
   */
  readonly minFreeBytes?: number | undefined;
  /** The size of the page cache, in bytes: an integer from 1 MiB to 1 GiB. The default is 32 MiB. */
  readonly cacheBytes?: number | undefined;
}

/** The changes that pruning makes to a store. Blocks are identified by their hashes. */
export interface StorePruning {
  /** Hashes of the blocks to drop. */
  readonly dropped: readonly string[];
  /** The oldest blocks that are kept. Their past is dropped, and a record takes its place. */
  readonly trusted: readonly {
    /** The block's id. */
    readonly hash: string;
    /** The record, which `heads` returns as {@link StoredHead.trusted} from now on. */
    readonly record: Uint8Array;
    /** Whether the block is in the past of the pruning point. Its body is then dropped unless `archive` is true. */
    readonly isSettled: boolean;
  }[];
  /** The new value of {@link BlockStore.state}. */
  readonly state: Uint8Array;
  /**
   * Whether `read` still returns dropped blocks and the bodies of settled blocks. `heads` does not return dropped
   * blocks.
   */
  readonly archive: boolean;
}

/**
 * A store of the blocks of one DAG, without genesis, for one opener at a time. Methods that read or write return
 * promises, so that a store may work on another thread.
 */
export interface BlockStore {
  /** The file or directory, which error messages name. */
  readonly location: string;

  /**
   * Opens the store exclusively for the DAG with this identity. A new store takes the identity. Rejects with
   * `ERR_QANTO_STORE_LOCKED`, `ERR_QANTO_STORE_WRONG_NETWORK`, `ERR_QANTO_STORE_SCHEMA_TOO_NEW`,
   * `ERR_QANTO_STORE_DAMAGED` or `ERR_QANTO_STORE_FAILED`.
   */
  open(identity: StoreIdentity): Promise<void>;

  /** The number of blocks ever appended, including pruned ones. Valid once the store was opened. */
  readonly size: number;

  /** The state that was last written with `append` or `prune`; undefined if none was. Valid once the store was opened. */
  readonly state: Uint8Array | undefined;

  /**
   * The heads of all blocks held, in the order of acceptance, in batches of any length. Rejects with
   * `ERR_QANTO_STORE_DAMAGED` if one is missing.
   */
  heads(): AsyncIterable<readonly StoredHead[]>;

  /**
   * Reads a block that is held or archived; resolves to undefined for any other. Rejects with `ERR_QANTO_STORE_DAMAGED`
   * if a part of it is missing. The caller must not modify the bytes.
   */
  read(hash: string): Promise<StoredBlock | undefined>;

  /**
   * Checks whether the store has room for blocks of this number of bytes. The DAG calls it before it validates them.
   * Returns undefined if there certainly is room. Rejects with `ERR_QANTO_STORE_FULL` if there is not.
   */
  admit?(bytes: number): Promise<void> | undefined;

  /**
   * Adds the blocks in this order, all or none. Resolves when they would survive a power loss. Rejects with
   * `ERR_QANTO_STORE_FAILED`, and then holds none of them. The caller must not modify the bytes afterwards, since a
   * store may keep them without copying. `state`, if given, becomes {@link BlockStore.state} in the same transaction.
   */
  append(blocks: readonly StoredBlock[], state?: Uint8Array): Promise<void>;

  /** Makes all changes of a pruning or none of them, durably as {@link append} does. */
  prune(pruning: StorePruning): Promise<void>;

  /** The disk usage, for a store on disk. Rejects with the errors of the file system. */
  usage?(): Promise<StoreUsage>;

  /**
   * The space after the last transaction, for a store on disk; undefined if the store does not know it. A store whose
   * `admit` refuses blocks must have it, so that the DAG can report when there is room again.
   */
  readonly space?: StoreSpace | undefined;

  /** For a store on disk whose opening is to take less time. */
  readonly checkpoints?: StoreCheckpoints;

  /**
   * Whether a DAG is opened only to look into the store. It then neither prunes the store nor writes or renames a checkpoint. The
   * default is false.
   */
  readonly readOnly?: boolean;

  /**
   * Reads everything held and compares it with its checksums in the background, without delaying other calls. Rejects
   * with `ERR_QANTO_STORE_DAMAGED` at the first damaged record. Resolves early if the store is closed.
   */
  verify?(): Promise<void>;

  /** Waits for pending writes and closes the store. It may be opened again. Closing a closed store has no effect. */
  close(): Promise<void>;
}

/** An identity as error messages name it. */
export function describeIdentity({ network, genesis }: StoreIdentity): string {
  return `network ${JSON.stringify(network)} with genesis ${genesis}`;
}
