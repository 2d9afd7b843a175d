import { StoreLockedError, StoreWrongNetworkError } from './errors.ts';
import {
  type BlockStore,
  describeIdentity,
  NO_BODY,
  type StoredBlock,
  type StoredHead,
  type StoreIdentity,
  type StorePruning,
} from './store.ts';

/** A store in memory, for tests and for DAGs that need not outlive the process. */
export class MemoryStore implements BlockStore {
  /** The name that error messages use. */
  readonly location = 'the memory store';
  readonly #blocks = new Map<string, StoredBlock>();
  readonly #archived = new Map<string, StoredBlock>();
  #size = 0;
  #state: Uint8Array | undefined;
  #identity: StoreIdentity | undefined;
  #isOpen = false;

  async open(identity: StoreIdentity): Promise<void> {
    if (this.#isOpen) throw new StoreLockedError(this.location, process.pid);
    const held = this.#identity ?? identity;
    if (held.network !== identity.network || held.genesis !== identity.genesis) {
      throw new StoreWrongNetworkError(this.location, describeIdentity(held), describeIdentity(identity));
    }
    this.#identity = held;
    this.#isOpen = true;
  }

  get size(): number {
    return this.#size;
  }

  get state(): Uint8Array | undefined {
    return this.#state;
  }

  async *heads(): AsyncIterable<readonly StoredHead[]> {
    yield [...this.#blocks.values()];
  }

  async read(hash: string): Promise<StoredBlock | undefined> {
    return this.#blocks.get(hash) ?? this.#archived.get(hash);
  }

  async append(blocks: readonly StoredBlock[], state?: Uint8Array): Promise<void> {
    for (const { hash, head, body } of blocks) this.#blocks.set(hash, { hash, head, body });
    this.#size += blocks.length;
    this.#state = state ?? this.#state;
  }

  async prune({ dropped, trusted, state, archive }: StorePruning): Promise<void> {
    for (const hash of dropped) {
      if (archive) this.#archived.set(hash, this.#blocks.get(hash)!);
      this.#blocks.delete(hash);
    }
    for (const { hash, record, isSettled } of trusted) {
      const { head, body } = this.#blocks.get(hash)!;
      this.#blocks.set(hash, { hash, head, body: isSettled && !archive ? NO_BODY : body, trusted: record });
    }
    this.#state = state;
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }
}
