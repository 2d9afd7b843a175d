/**
 * Queries of a DAG. Blocks that are being written are in the engine already, but they are not visible before they are on
 * disk. They are never in the total order, since the virtual state is brought up to date when they are.
 */
import type { BlockWriter } from './block-writer.ts';
import type { DagEngine } from './engine/engine.ts';
import { DagEngineError } from './engine/errors.ts';
import type { InclusionPath } from './engine/inclusion-path.ts';
import type { ColourExplanation, EngineQueries } from './engine/queries.ts';
import type { OrphanPool } from './orphans.ts';

/** See the methods of {@link QantoDag}. */
export class DagQueries {
  readonly #writer: BlockWriter;
  readonly #orphans: OrphanPool;

  constructor(writer: BlockWriter, orphans: OrphanPool) {
    this.#writer = writer;
    this.#orphans = orphans;
  }

  position(hash: string): number {
    return this.#of(hash).position(hash);
  }

  orderSlice(from: number, count: number): string[] {
    return this.#of().orderSlice(from, count);
  }

  orderBetween(lower: string, upper: string): string[] {
    return this.#of(lower, upper).orderBetween(lower, upper);
  }

  selectedChain(from: number | string, count: number): string[] {
    return (typeof from === 'string' ? this.#of(from) : this.#of()).selectedChain(from, count);
  }

  children(hash: string): string[] {
    const children = this.#of(hash).children(hash);
    return children.filter((child) => !this.#writer.isWriting(child));
  }

  isAncestor(a: string, b: string): boolean {
    this.#requireVisible(a, b);
    return this.#engine.isAncestor(a, b);
  }

  explainColour(hash: string): ColourExplanation {
    return this.#of(hash).explainColour(hash);
  }

  inclusionPath(hash: string, sink: string): InclusionPath {
    return this.#of(hash, sink).inclusionPath(hash, sink);
  }

  missingParents(hash: string): string[] {
    const orphan = this.#orphans.get(hash);
    if (orphan !== undefined) return [...orphan.missing];
    // An orphan that is ready, and may be in the engine already, waits for no parent.
    if (!this.#writer.isReadyOrphan(hash)) this.#requireVisible(hash);
    return [];
  }

  /** The queries of the engine, once these blocks are known to be visible. Pruning replaces the engine. */
  #of(...hashes: readonly string[]): EngineQueries {
    this.#requireVisible(...hashes);
    return this.#engine.queries;
  }

  /** Throws `ERR_QANTO_UNKNOWN_BLOCK`, and `ERR_QANTO_INVALID_ARGUMENT` if a hash is malformed. */
  #requireVisible(...hashes: readonly string[]): void {
    for (const hash of hashes) {
      if (!this.#engine.has(hash) || this.#writer.isWriting(hash)) {
        throw new DagEngineError('ERR_QANTO_UNKNOWN_BLOCK', { hash });
      }
    }
  }

  get #engine(): DagEngine {
    return this.#writer.engine;
  }
}
