/**
 * Live relay. An inventory carries header and context, so that its proof of work is checked before anything is fetched. It
 * is passed on once its block is accepted, never back to the sender, and only while the block can still be merged.
 */
import { encodeHead } from '../dag/block.ts';
import type { BlockAdded } from '../dag/status.ts';
import { workFromCompact } from '../pow/targets.ts';
import { blameFor } from './blame.ts';
import { addBlock, type NetworkContext } from './context.ts';
import type { BlockFetcher } from './fetcher.ts';
import { announcedHash, checkInventory } from './inventory.ts';
import { codeOf } from './locator.ts';
import { RateLimit } from './rate-limit.ts';
import type { GossipMessage, Verdict } from './transport.ts';

/** The inventories that a peer may send in a second, and at once. */
const INVENTORIES_PER_SECOND = 500;
const INVENTORY_BURST = 2000;
/** The time for which an inventory waits until the parents of its block are there, in ms. */
const PARENTS_TIMEOUT_MS = 5000;
/** A block with less than this part of the work of the next block is not fetched for its inventory. */
const LEAST_WORK_PART = 8n;

/** What the relay has seen. All numbers count inventories since the start. */
export interface RelayCounts {
  readonly received: number;
  /** Those whose block was known already. */
  readonly known: number;
  /** Those beyond the limit of a peer. */
  readonly overLimit: number;
  /** Those that break a rule. */
  readonly invalid: number;
  /** Those that this node published, for blocks that it did not hear of by an inventory. */
  readonly published: number;
}

/** What the relay needs of the network. */
export interface RelayHost {
  /** Whether a sync is running: then orphans are not asked for, because the sync brings what they need. */
  isSyncing(): boolean;
  /** Begins a sync with the peer if none is running. */
  wantSync(peer: string): void;
}

export class Relay {
  readonly #context: NetworkContext;
  readonly #fetcher: BlockFetcher;
  readonly #host: RelayHost;
  readonly #limits = new Map<string, RateLimit>();
  /** Blocks that are being fetched for an inventory. The transport passes their inventories on. */
  readonly #judging = new Set<string>();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #counts = { received: 0, known: 0, overLimit: 0, invalid: 0, published: 0 };

  constructor(context: NetworkContext, fetcher: BlockFetcher, host: RelayHost) {
    this.#context = context;
    this.#fetcher = fetcher;
    this.#host = host;
  }

  get counts(): RelayCounts {
    return { ...this.#counts };
  }

  /** Forgets a peer that has gone. */
  forget(peer: string): void {
    this.#limits.delete(peer);
  }

  /** The verdict about an inventory. */
  async judge({ from, data }: GossipMessage): Promise<Verdict> {
    this.#counts.received++;
    const limit = this.#limitOf(from);
    if (!limit.take()) {
      this.#counts.overLimit++;
      if (limit.exceeded % 100 === 0) this.#context.blame(from, 'flood');
      return 'ignore';
    }
    const hash = announcedHash(data);
    if (hash !== undefined && (this.#context.dag.getView(hash) !== undefined || this.#judging.has(hash))) {
      this.#counts.known++;
      return 'ignore';
    }
    if (hash === undefined || !this.#isValid(data, hash, from)) return 'reject';
    if (!this.#hasEnoughWork(data)) return 'ignore';
    this.#judging.add(hash);
    try {
      return (await this.#obtain(hash, from)) && this.#canBeMerged(hash) ? 'accept' : 'ignore';
    } catch (error) {
      blameFor(this.#context, from, error);
      return 'ignore';
    } finally {
      this.#judging.delete(hash);
    }
  }

  /** Publishes the inventory of a block that this node did not hear of by one: one that it mined or that was submitted. */
  onAdded({ hash, block }: BlockAdded): void {
    for (const resolve of this.#waiting.get(hash) ?? []) resolve();
    if (this.#judging.has(hash) || this.#host.isSyncing() || !this.#canBeMerged(hash)) return;
    this.#counts.published++;
    const { transport, names } = this.#context;
    // A transport that is stopping refuses.
    transport.publish(names.inventory, encodeHead(block)).catch(() => {});
  }

  /** Fetches and adds a block that the peer has. Resolves to whether it was accepted. */
  async obtain(hash: string, peer: string): Promise<boolean> {
    if (this.#context.dag.getView(hash) !== undefined) return true;
    return this.#obtain(hash, peer);
  }

  async #obtain(hash: string, peer: string): Promise<boolean> {
    const status = await this.#fetchAndAdd(hash, peer);
    if (status !== 'orphan') return status !== undefined;
    if (this.#host.isSyncing()) return false;
    const missing = this.#missingParents(hash);
    await Promise.all(missing.map((parent) => this.#fetchAndAdd(parent, peer)));
    // More than one level is missing, so that the order of the peer is asked for.
    if (this.#missingParents(hash).length > 0) this.#host.wantSync(peer);
    return this.#accepted(hash);
  }

  async #fetchAndAdd(hash: string, peer: string): Promise<string | undefined> {
    const block = await this.#fetcher.fetch(hash, peer);
    if (block === undefined) return undefined;
    try {
      return (await addBlock(this.#context, block)).status;
    } catch (error) {
      blameFor(this.#context, peer, error);
      return undefined;
    }
  }

  /** The parents that are neither accepted nor wait as orphans. */
  #missingParents(hash: string): readonly string[] {
    const { dag } = this.#context;
    try {
      return dag.missingParents(hash).filter((parent) => dag.getView(parent) === undefined);
    } catch (error) {
      // It was dropped, because too many orphans wait.
      if (codeOf(error) === 'ERR_QANTO_UNKNOWN_BLOCK') return [];
      throw error;
    }
  }

  /** Resolves to whether the block is accepted within the time for its parents. */
  #accepted(hash: string): Promise<boolean> {
    const { dag, transport, signal } = this.#context;
    if (dag.getView(hash) !== undefined) return Promise.resolve(true);
    return new Promise((resolve) => {
      const waiters = this.#waiting.get(hash) ?? new Set();
      this.#waiting.set(hash, waiters);
      const end = (isAccepted: boolean) => {
        cancel();
        signal.removeEventListener('abort', giveUp);
        waiters.delete(accept);
        if (waiters.size === 0) this.#waiting.delete(hash);
        resolve(isAccepted);
      };
      const accept = () => end(true);
      const giveUp = () => end(false);
      const cancel = transport.clock.schedule(PARENTS_TIMEOUT_MS, giveUp);
      signal.addEventListener('abort', giveUp);
      waiters.add(accept);
    });
  }

  #isValid(data: Uint8Array, hash: string, from: string): boolean {
    try {
      checkInventory(data, hash, this.#context.dag.network);
      return true;
    } catch (error) {
      this.#counts.invalid++;
      blameFor(this.#context, from, error);
      return false;
    }
  }

  #hasEnoughWork(data: Uint8Array): boolean {
    const bits = new DataView(data.buffer, data.byteOffset).getUint32(72, true);
    return workFromCompact(bits) * LEAST_WORK_PART >= workFromCompact(this.#context.dag.info().bits);
  }

  /** Whether the block is so high that the next blocks may merge it. */
  #canBeMerged(hash: string): boolean {
    const { dag } = this.#context;
    const view = dag.getView(hash);
    const depth = dag.network.pruning?.mergeDepth ?? Number.POSITIVE_INFINITY;
    return view !== undefined && view.blueScore + depth >= dag.info().blueScore;
  }

  #limitOf(peer: string): RateLimit {
    const present = this.#limits.get(peer);
    if (present !== undefined) return present;
    const limit = new RateLimit(this.#context.transport.clock, INVENTORIES_PER_SECOND, INVENTORY_BURST);
    this.#limits.set(peer, limit);
    return limit;
  }
}
