/**
 * First sync: takes the blocks of a peer's total order that follow the highest common block of both selected chains. The
 * past of a chain block is a prefix of the order, so that parents come before their children. The next slice is on its way
 * while the last one is checked. What was checked is in the store, so that a sync after a restart goes on from there.
 */
import { decodeSliceHead, encodeOrderRequest, type SliceHead } from './codec.ts';
import { addBlock, type NetworkContext } from './context.ts';
import { PeerError } from './errors.ts';
import { locator } from './locator.ts';
import { MAX_SLICE_BLOCKS, SLICE_TIMEOUT_MS, SOFT_ANSWER_BYTES } from './protocol.ts';

/** How far a sync is. */
export interface SyncProgress {
  /** The id of the peer that the blocks come from. */
  readonly peer: string;
  /** The number of blocks that this sync has added. */
  readonly blocks: number;
  /** The number of blocks of the peer's order that are still to come, as the peer says. */
  readonly remainingBlocks: number;
  /** The time since the sync began, in ms. */
  readonly elapsedMs: number;
  /** The time that the rest takes at the average rate so far, in ms; undefined before the first slice. */
  readonly remainingMs: number | undefined;
}

/** A sync begins again if the peer's selected chain leaves the common block, which is rare. */
const MOST_RESTARTS = 8;
/** A peer whose slices bring nothing new for so long does not know its own order, or wants to keep this node busy. */
const MOST_USELESS_SLICES = 64;

interface Slice {
  readonly head: SliceHead;
  readonly blocks: readonly Uint8Array[];
}

/** One sync with one peer. */
export class Sync {
  readonly #context: NetworkContext;
  readonly #peer: string;
  readonly #onProgress: (progress: SyncProgress) => void;
  readonly #startMs: number;
  #added = 0;
  #useless = 0;

  constructor(context: NetworkContext, peer: string, onProgress: (progress: SyncProgress) => void) {
    this.#context = context;
    this.#peer = peer;
    this.#onProgress = onProgress;
    this.#startMs = context.transport.clock.monotonicMs();
  }

  /**
   * Resolves to the number of blocks that were added. Rejects with a PeerError (`ERR_QANTO_PEER_PRUNED`,
   * `ERR_QANTO_PEER_WRONG_ANSWER`), a TransportError, the BlockRejectedError of a block, or an error of the DAG.
   */
  async run(): Promise<number> {
    for (let restarts = 0; !(await this.#fromCommonBlock()); restarts++) {
      if (restarts >= MOST_RESTARTS)
        throw this.#wrong('the selected chain of the peer does not come to rest');
    }
    return this.#added;
  }

  /** Resolves to false if the peer's chain left the common block. */
  async #fromCommonBlock(): Promise<boolean> {
    let slice = await this.#request(locator(this.#context.dag), 1);
    if (slice.head.status !== 'found') throw this.#behind(slice.head.status);
    const { low } = slice.head;
    for (let offset = 1; slice.blocks.length > 0; ) {
      offset += slice.blocks.length;
      const isLast = slice.head.position + slice.blocks.length >= slice.head.orderEnd;
      const next = isLast ? undefined : this.#request([low], offset);
      // If a block is refused, nobody waits for the next slice.
      next?.catch(() => {});
      const isOrdered = await this.#add(slice.blocks);
      this.#report(slice);
      if (!isOrdered) return false;
      if (next === undefined) break;
      slice = await next;
      if (slice.head.status === 'unknown') return false;
      if (slice.head.status === 'pruned') throw this.#behind('pruned');
    }
    return true;
  }

  async #request(hashes: readonly string[], offset: number): Promise<Slice> {
    const { transport, names, dag, signal } = this.#context;
    const payload = encodeOrderRequest({ locator: hashes, offset, count: MAX_SLICE_BLOCKS });
    const [head, ...blocks] = await transport.request(this.#peer, names.order, payload, {
      signal,
      timeoutMs: SLICE_TIMEOUT_MS,
      maxBytes: SOFT_ANSWER_BYTES + dag.network.maxBlockBytes,
      maxFrames: 1 + MAX_SLICE_BLOCKS,
    });
    if (head === undefined) throw this.#wrong('the answer has no head');
    const decoded = decodeSliceHead(head);
    if (decoded.status === 'found' && !hashes.includes(decoded.low)) {
      throw this.#wrong('the common block is not one of the locator');
    }
    return { head: decoded, blocks };
  }

  /** Adds a slice. Resolves to whether all its blocks had their parents. */
  async #add(blocks: readonly Uint8Array[]): Promise<boolean> {
    const results = await Promise.allSettled(blocks.map((block) => addBlock(this.#context, block)));
    let isOrdered = true;
    let added = 0;
    for (const result of results) {
      if (result.status === 'rejected') throw result.reason;
      if (result.value.status === 'accepted') added++;
      if (result.value.status === 'orphan') isOrdered = false;
    }
    this.#added += added;
    this.#useless = added > 0 ? 0 : this.#useless + 1;
    if (this.#useless > MOST_USELESS_SLICES) throw this.#wrong('the peer sends nothing new');
    return isOrdered;
  }

  #report({ head, blocks }: Slice): void {
    const elapsedMs = this.#context.transport.clock.monotonicMs() - this.#startMs;
    const remainingBlocks = Math.max(0, head.orderEnd - head.position - blocks.length);
    const remainingMs = this.#added === 0 ? undefined : (elapsedMs * remainingBlocks) / this.#added;
    const progress = { blocks: this.#added, remainingBlocks, elapsedMs, remainingMs };
    this.#onProgress({ peer: this.#peer, ...progress });
  }

  #behind(status: 'unknown' | 'pruned'): PeerError {
    const problem =
      status === 'pruned'
        ? 'the peer has pruned blocks that this node lacks; connect to an archive node, or start from a backup'
        : 'the selected chains of the peer and of this node have no block in common that both hold';
    return new PeerError('ERR_QANTO_PEER_PRUNED', this.#peer, problem);
  }

  #wrong(problem: string): PeerError {
    return new PeerError('ERR_QANTO_PEER_WRONG_ANSWER', this.#peer, problem);
  }
}
