/**
 * What the chain needs of a store: blocks as opaque bytes in the order they were accepted. What the bytes mean,
 * and whether they are what was written, is checked by the chain: a block's hash commits to all of them.
 */

/** The layout of the records. A store with a greater number was written by a newer qanto. */
export const STORE_SCHEMA = 1;

/** Which chain a store holds. */
export interface StoreIdentity {
  /** Name of the network. */
  readonly network: string;
  /** Hash of its genesis block, which commits to all its parameters. */
  readonly genesis: string;
}

export interface StoredHead {
  /** 64 hex digits. */
  readonly hash: string;
  /** Header (80 bytes) and context. */
  readonly head: Uint8Array;
}

export interface StoredBlock extends StoredHead {
  /** Coinbase and payloads. */
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

/** One writer's view of one chain's blocks; genesis is not among them. */
export interface BlockStore {
  /** The file or directory, for messages. */
  readonly location: string;

  /**
   * Takes the store for this opener alone; a new store becomes this chain's. Rejects with `STORE_LOCKED`,
   * `STORE_WRONG_NETWORK`, `STORE_SCHEMA_TOO_NEW`, `STORE_DAMAGED` or `STORE_FAILED`.
   */
  open(identity: StoreIdentity): Promise<void>;

  /** How many blocks it holds. */
  readonly size: number;

  /** All heads in the order of acceptance. Throws `STORE_DAMAGED` where one is missing. */
  heads(): Iterable<StoredHead>;

  /** One block, or undefined when the store does not hold it. */
  read(hash: string): StoredBlock | undefined;

  /**
   * Adds the blocks in this order, all or none. Resolves when they would survive a power loss; rejects with
   * `STORE_FAILED`, and then holds none of them. The bytes must not be changed until then.
   */
  append(blocks: readonly StoredBlock[]): Promise<void>;

  /** Of a store on a disk: what it takes, and what room there is. */
  usage?(): Promise<StoreUsage>;

  /** Waits for what is being written and lets the store go. It may be opened again. */
  close(): Promise<void>;
}

/** A chain as it reads in a message. */
export function describeIdentity({ network, genesis }: StoreIdentity): string {
  return `network ${JSON.stringify(network)} with genesis ${genesis}`;
}
