import { headerOf } from '../dag/block.ts';
import { hashHeader } from '../dag/header.ts';
import { blameFor } from './blame.ts';
import { encodeHashes } from './codec.ts';
import type { NetworkContext } from './context.ts';
import { PeerError } from './errors.ts';
import { REQUEST_TIMEOUT_MS } from './protocol.ts';

/** The number of blocks that are being fetched, over all peers. */
const MOST_FETCHES = 1024;
/** The number of peers that are asked for a block, one after the other. */
const MOST_SOURCES = 4;

interface Fetch {
  /** Peers that announced the block, and were not asked yet. */
  readonly sources: string[];
  readonly asked: Set<string>;
  readonly block: Promise<Uint8Array | undefined>;
}

/** Fetches blocks by their hashes. There is one outstanding request for a block over all peers. */
export class BlockFetcher {
  readonly #context: NetworkContext;
  readonly #fetches = new Map<string, Fetch>();

  constructor(context: NetworkContext) {
    this.#context = context;
  }

  /** The number of blocks that are being fetched. */
  get size(): number {
    return this.#fetches.size;
  }

  /**
   * The block with this hash, from the peer, or from others that announced it meanwhile if the peer fails. Its header has
   * this hash; nothing else of it was checked. Undefined if no peer gave it, or too many blocks are being fetched.
   */
  fetch(hash: string, peer: string): Promise<Uint8Array | undefined> {
    const present = this.#fetches.get(hash);
    if (present !== undefined) {
      if (present.asked.size + present.sources.length < MOST_SOURCES && !present.asked.has(peer)) {
        present.sources.push(peer);
      }
      return present.block;
    }
    if (this.#fetches.size >= MOST_FETCHES) return Promise.resolve(undefined);
    const sources = [peer];
    const asked = new Set<string>();
    const block = this.#ask(hash, sources, asked).finally(() => this.#fetches.delete(hash));
    this.#fetches.set(hash, { sources, asked, block });
    return block;
  }

  async #ask(hash: string, sources: string[], asked: Set<string>): Promise<Uint8Array | undefined> {
    for (let peer = sources.shift(); peer !== undefined; peer = sources.shift()) {
      if (asked.has(peer)) continue;
      asked.add(peer);
      try {
        const block = await this.#request(hash, peer);
        if (block !== undefined) return block;
        this.#context.blame(peer, 'useless-inventory');
      } catch (error) {
        if (this.#context.signal.aborted) return undefined;
        blameFor(this.#context, peer, error);
      }
    }
    return undefined;
  }

  async #request(hash: string, peer: string): Promise<Uint8Array | undefined> {
    const { transport, names, dag, signal } = this.#context;
    const limits = {
      maxBytes: dag.network.maxBlockBytes,
      maxFrames: 1,
      timeoutMs: REQUEST_TIMEOUT_MS,
      signal,
    };
    const [block] = await transport.request(peer, names.blocks, encodeHashes([hash]), limits);
    if (block === undefined || block.length === 0) return undefined;
    if (hashHeader(headerOf(block)) !== hash) {
      throw new PeerError('ERR_QANTO_PEER_WRONG_ANSWER', peer, `the peer sent another block than ${hash}`);
    }
    return block;
  }
}
