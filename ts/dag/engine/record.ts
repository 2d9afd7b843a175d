/**
 * What is recorded of an engine, so that another engine can continue from it without computing the consensus data of the
 * blocks again. Only what never changes is recorded. Everything else depends on it, and is found again when the engine is
 * restored: the table of the hashes, the order of the tree of selected parents, the future covering sets, the tips and the
 * children. The virtual state is not a part of the record.
 */
import { type Blocks, GENESIS } from './blocks.ts';
import type { Sample } from './pruning-samples.ts';
import type { EngineQueries } from './queries.ts';
import type { Reachability } from './reachability.ts';
import type { Counts, RecordedColumn } from './recorded-columns.ts';
import type { Rules } from './rules.ts';
import type { Tips } from './tips.ts';
import type { TrustedBlock } from './types.ts';

/** What is recorded besides the columns, as JSON. */
interface Extras {
  readonly samples: readonly Sample[];
  /** The trusted blocks by index, with the blue work in hex. */
  readonly trusted: readonly (readonly [block: number, trusted: object, blueWork: string])[];
}

export interface EngineRecordSources {
  readonly blocks: Blocks;
  readonly reachability: Reachability;
  readonly tips: Tips;
  readonly rules: Rules;
  readonly queries: EngineQueries;
}

/**
 * The depth of the chain block whose windows are built when an engine is restored, so that the windows of the blocks above it
 * are built in short time. Many of them are, because the blocks that follow may build on any recent block.
 */
const WINDOW_DEPTH = 64;

export class EngineRecord {
  readonly #blocks: Blocks;
  readonly #reachability: Reachability;
  readonly #tips: Tips;
  readonly #rules: Rules;
  readonly #queries: EngineQueries;
  readonly columns: readonly RecordedColumn[];

  constructor({ blocks, reachability, tips, rules, queries }: EngineRecordSources) {
    this.#rules = rules;
    this.#queries = queries;
    this.#blocks = blocks;
    this.#reachability = reachability;
    this.#tips = tips;
    this.columns = blocks.recordedColumns();
  }

  /** The number of entries of each table that the engine has now. They stay as they are. */
  get counts(): Counts {
    return this.#blocks.counts;
  }

  /** The number of bytes of the columns from `from` up to `to`. */
  byteLength(from: Counts, to: Counts): number {
    return this.columns.reduce((sum, { table, bytes }) => sum + bytes(from[table], to[table]).length, 0);
  }

  /** The number of blocks that hold a record of the data that they had before their past was pruned. */
  get trustedCount(): number {
    return this.#blocks.trusted.size;
  }

  /** Whether the past of a block was pruned. */
  isTrusted(block: number): boolean {
    return this.#blocks.trusted.has(block);
  }

  /** The hash of a block. */
  hashOf(block: number): string {
    return this.#blocks.index.hashOf(block);
  }

  /** The timestamp of a block, in ms. */
  timestampMs(block: number): number {
    return this.#blocks.timestampMs[block]!;
  }

  /** The number of entries that the tables have up to, but not including, a block that is held. */
  listEnds(block: number): Pick<Counts, 'parents' | 'mergeSets' | 'anticones'> {
    const { parents, mergeSet, anticoneSizes } = this.#blocks;
    return {
      parents: parents.starts[block]!,
      mergeSets: mergeSet.starts[block]!,
      anticones: anticoneSizes.starts[block]!,
    };
  }

  /** What is recorded of the entries from `from` up to `to` besides their columns; undefined if it is nothing. */
  extras(from: Counts, to: Counts): string | undefined {
    const samples = this.#blocks.samples.all.slice(from.samples, to.samples);
    const trusted: Extras['trusted'][number][] = [];
    if (this.#blocks.trusted.size > 0) {
      for (let block = from.blocks; block < to.blocks; block++) {
        const found = this.#blocks.trusted.get(block);
        if (found === undefined) continue;
        const { blueWork, ...rest } = found;
        trusted.push([block, rest, blueWork.toString(16)]);
      }
    }
    if (samples.length === 0 && trusted.length === 0) return undefined;
    return JSON.stringify({ samples, trusted } satisfies Extras);
  }

  /** Makes room for this number of entries in an engine that has genesis only. Pauses between the columns. */
  *reserve(counts: Counts): Generator<void, void> {
    for (const { table, reserve } of this.columns) {
      reserve(counts[table]);
      yield;
    }
  }

  restoreExtras(json: string): void {
    const { samples, trusted } = JSON.parse(json) as Extras;
    this.#blocks.samples.restore(samples);
    for (const [block, rest, blueWork] of trusted) {
      this.#blocks.trusted.set(block, { ...rest, blueWork: BigInt(`0x${blueWork}`) } as TrustedBlock);
    }
  }

  /**
   * Completes an engine whose columns and extras were restored. What was restored beyond these counts is forgotten. Pauses
   * often.
   */
  *complete(counts: Counts): Generator<void, void> {
    const blocks = this.#blocks;
    blocks.samples.restored(counts.samples);
    for (const block of blocks.trusted.keys()) if (block >= counts.blocks) blocks.trusted.delete(block);
    yield* blocks.restored(counts);
    const parentOf = (block: number) => Math.max(blocks.selectedParent[block]!, GENESIS);
    yield* this.#reachability.fill(counts.blocks, parentOf, blocks.mergeSet);
    yield* this.#tips.restored();
    yield* this.#queries.restored();
    yield* this.#rebuildWindows();
  }

  /** The windows of a block whose past was pruned cannot be built, but those of the blocks that build on it can. */
  *#rebuildWindows(): Generator<void, void> {
    let block = this.#tips.ascending.at(-1)!;
    if (block === GENESIS || this.isTrusted(block)) return;
    for (let depth = 0; depth < WINDOW_DEPTH; depth++) {
      const parent = this.#blocks.selectedParent[block]!;
      if (parent <= GENESIS || this.isTrusted(parent)) break;
      block = parent;
    }
    yield* this.#rules.rebuildWindows(block);
  }
}
