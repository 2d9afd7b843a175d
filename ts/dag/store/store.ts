/**
 * What the chain needs of a store: blocks as opaque bytes in the order they were accepted. What the bytes mean,
 * and whether they are what was written, is checked by the chain: a block's hash commits to all of them.
 */

/** The layout of the records. A store with a greater number was written by a newer qanto. */
export const STORE_SCHEMA = 2;

/** Which chain a store holds. */
export interface StoreIdentity {
  /** Name of the network. */
  readonly network: string;
  /** Hash of its genesis block, which commits to all its parameters. */
  readonly genesis: string;
}

/** Of a stored block, what it takes to know its place in the DAG. */
export interface StoredHead {
  /** The block's id: 64 hex digits in displayed order. */
  readonly hash: string;
  /** Header (80 bytes) and context. */
  readonly head: Uint8Array;
  /** What the chain wrote to know the block by without its past. */
  readonly trusted?: Uint8Array;
}

/** The body of a block that was settled and pruned: no block's contents take so few bytes. */
export const NO_BODY = new Uint8Array(0);

/** A block as a store has it: opaque bytes by the block's id. */
export interface StoredBlock extends StoredHead {
  /** Number of contents, then coinbase and payloads with their lengths; no bytes once they were pruned. */
  readonly body: Uint8Array;
}

/** What a store takes of its file system. */
export interface StoreUsage {
  /** Bytes of its files. */
  readonly sizeBytes: number;
  /** Bytes of the file system it is on. */
  readonly fileSystemBytes: number;
  /** Bytes of it that this process may still use. */
  readonly availableBytes: number;
}

/** What room a store has for more blocks, as of its last commit. */
export interface StoreSpace {
  /** Bytes that the file system has left for this process, and those of free pages within the store's file. */
  readonly availableBytes: number;
  /** The least of them that must stay free; 0 when nothing must. */
  readonly minFreeBytes: number;
}

/** What a store on a disk is told about the machine it works on. */
export interface StoreOptions {
  /**
   * Bytes that must stay free on the file system: when there are fewer, blocks are refused with `ERR_QANTO_STORE_FULL`. An integer
   * of at least 0, which turns the check off. Default: 64 MiB, or a twentieth of the file system where that is less.
   */
  readonly minFreeBytes?: number | undefined;
  /** Memory for the store's page cache, in bytes: an integer from 1 MiB to 1 GiB. Default 32 MiB. */
  readonly cacheBytes?: number | undefined;
}

/** What goes and what comes when the past of the pruning point is dropped. Blocks are named by their hashes. */
export interface StorePruning {
  /** Blocks that are not held any more. */
  readonly dropped: readonly string[];
  /** Blocks at the lower end of what is held: their past goes, and a record takes its place. */
  readonly trusted: readonly {
    /** The block's id. */
    readonly hash: string;
    /** What its head is to come with from now on, as `trusted`. */
    readonly record: Uint8Array;
    /** Whether its body goes, unless the store is an archive. */
    readonly isSettled: boolean;
  }[];
  /** What {@link BlockStore.state} is from now on. */
  readonly state: Uint8Array;
  /** Keep dropped blocks and settled bodies to be read: `heads` gives what is held all the same. */
  readonly archive: boolean;
}

/**
 * One writer's view of one chain's blocks; genesis is not among them. What reads or writes answers with a promise, so
 * that a store may do its work on another thread.
 */
export interface BlockStore {
  /** The file or directory, for messages. */
  readonly location: string;

  /**
   * Takes the store for this opener alone; a new store becomes this chain's. Rejects with `ERR_QANTO_STORE_LOCKED`,
   * `ERR_QANTO_STORE_WRONG_NETWORK`, `ERR_QANTO_STORE_SCHEMA_TOO_NEW`, `ERR_QANTO_STORE_DAMAGED` or `ERR_QANTO_STORE_FAILED`.
   */
  open(identity: StoreIdentity): Promise<void>;

  /** How many blocks were ever appended; known from opening on. */
  readonly size: number;

  /** What the chain wrote last with `append` or `prune`, to go on from; undefined before. Known from opening on. */
  readonly state: Uint8Array | undefined;

  /**
   * The heads of all blocks held, in the order of acceptance and in batches of any length. Rejects with `ERR_QANTO_STORE_DAMAGED`
   * where one is missing.
   */
  heads(): AsyncIterable<readonly StoredHead[]>;

  /**
   * One block, held or archived, or undefined. Rejects with `ERR_QANTO_STORE_DAMAGED` where a part of it is missing. The bytes
   * are the store's: not to be written to.
   */
  read(hash: string): Promise<StoredBlock | undefined>;

  /**
   * Asked before blocks of so many bytes are checked. Rejects with `ERR_QANTO_STORE_FULL` when the store has no room for them; undefined
   * when there certainly is room.
   */
  admit?(bytes: number): Promise<void> | undefined;

  /**
   * Adds the blocks in this order, all or none. Resolves when they would survive a power loss; rejects with
   * `ERR_QANTO_STORE_FAILED`, and then holds none of them. The bytes must not be changed: a store may keep them as they are.
   * `state`, when given, becomes {@link BlockStore.state} in the same transaction.
   */
  append(blocks: readonly StoredBlock[], state?: Uint8Array): Promise<void>;

  /** Does all of it or nothing, as {@link append} does. */
  prune(pruning: StorePruning): Promise<void>;

  /** Of a store on a disk: what it takes, and what room there is. Rejects with the file system's own errors. */
  usage?(): Promise<StoreUsage>;

  /**
   * Of a store on a disk: the room it had after its last commit; undefined when it cannot tell. A store that refuses
   * blocks with `admit` has it, so that it can be told when there is room again.
   */
  readonly space?: StoreSpace | undefined;

  /**
   * Reads everything held in the background and compares it with its checksums, without getting in the way of other
   * calls. Rejects with `ERR_QANTO_STORE_DAMAGED` at the first record that is wrong. Resolves early when the store is closed.
   */
  verify?(): Promise<void>;

  /** Waits for what is being written and lets the store go. It may be opened again, and closed again. */
  close(): Promise<void>;
}

/** A chain as it reads in a message. */
export function describeIdentity({ network, genesis }: StoreIdentity): string {
  return `network ${JSON.stringify(network)} with genesis ${genesis}`;
}
