import { StoreLockedError, StoreWrongNetworkError } from './errors.ts';
import {
  type BlockStore,
  describeIdentity,
  type StoredBlock,
  type StoredHead,
  type StoreIdentity,
} from './store.ts';

/** Keeps blocks as long as the process lives: for tests, and for DAGs that need no more. */
export class MemoryStore implements BlockStore {
  readonly location = 'the memory store';
  readonly #blocks = new Map<string, StoredBlock>();
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
    return this.#blocks.size;
  }

  heads(): Iterable<StoredHead> {
    return this.#blocks.values();
  }

  read(hash: string): StoredBlock | undefined {
    return this.#blocks.get(hash);
  }

  async append(blocks: readonly StoredBlock[]): Promise<void> {
    for (const { hash, head, body } of blocks) this.#blocks.set(hash, { hash, head, body });
  }

  async close(): Promise<void> {
    this.#isOpen = false;
  }
}
