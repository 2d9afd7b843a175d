/** Adds the blocks that miners find to the DAG, and follows which colour they get. */
import type { Block } from '../dag/block.ts';
import type { VirtualChange } from '../dag/engine/types.ts';
import { encodeHeader, hashHeader } from '../dag/header.ts';
import type { Logger } from '../logger.ts';
import type { StratumDag } from './options.ts';

/** What became of the blocks that miners found. */
export interface FoundBlocks {
  /** The number of blocks that the DAG accepted. */
  readonly accepted: number;
  /** Of the accepted blocks, the number that were blue when they got their first place in the order. */
  readonly blue: number;
  /** Of the accepted blocks, the number that were red then, because too many others had been found at the same time. */
  readonly red: number;
  /** The number of blocks that the DAG refused. The log has the errors. */
  readonly refused: number;
}

/** Blocks whose colour is not known yet. Those beyond it are counted as accepted only. */
const MAX_PENDING = 10_000;

export class BlockFinder {
  readonly #dag: StratumDag;
  readonly #logger: Logger;
  readonly #pending = new Set<string>();
  /** Blocks that are being written. */
  readonly #writing = new Set<Promise<unknown>>();
  readonly #counts = { accepted: 0, blue: 0, red: 0, refused: 0 };

  constructor(dag: StratumDag, logger: Logger) {
    this.#dag = dag;
    this.#logger = logger;
    dag.on('virtual-changed', this.#onChange);
  }

  get counts(): FoundBlocks {
    return { ...this.#counts };
  }

  /** Resolves to the hash of the block when it is on disk, and to undefined if the DAG refuses it. */
  async add(block: Block, worker: string): Promise<string | undefined> {
    const added = this.#dag.addBlock(block);
    this.#writing.add(added);
    try {
      const { hash, status } = await added;
      if (status !== 'accepted') throw new Error(`the block is no new block of the DAG: ${status}`);
      this.#counts.accepted += 1;
      if (this.#pending.size < MAX_PENDING) this.#pending.add(hash);
      // The order may have changed before this function heard of it.
      this.#settle(hash);
      this.#logger.info('a worker found a block', { hash, worker });
      return hash;
    } catch (error) {
      this.#counts.refused += 1;
      const hash = hashHeader(encodeHeader(block.header));
      this.#logger.warn('the DAG refused a block that a worker found', { error, hash, worker });
      return undefined;
    } finally {
      this.#writing.delete(added);
    }
  }

  /** Resolves when no block is being written. */
  async close(): Promise<void> {
    this.#dag.off('virtual-changed', this.#onChange);
    await Promise.allSettled(this.#writing);
  }

  readonly #onChange = ({ added }: VirtualChange): void => {
    if (this.#pending.size === 0) return;
    for (const hash of added) this.#settle(hash);
  };

  #settle(hash: string): void {
    if (!this.#pending.has(hash)) return;
    const colour = this.#colourOf(hash);
    if (colour === undefined) return;
    this.#pending.delete(hash);
    this.#counts[colour] += 1;
  }

  /** Undefined if it has no place in the order yet. */
  #colourOf(hash: string): 'blue' | 'red' | undefined {
    try {
      return this.#dag.explainColour(hash).colour;
    } catch {
      return undefined;
    }
  }
}
