/**
 * The blocks that the page holds. Their colours follow from the selected chain: each block of the chain has the selected parent
 * and the blues of its merge set merged as blue, and the reds as red. When the chain changes, only the blocks above the fork
 * are coloured again.
 */
import { Layout } from './layout.ts';
import type { BlockRecord, BlockRef, ChainEnd, Window } from './messages.ts';

/** `pending`: neither the chain nor the next block merges the block. */
export type Colour = 'blue' | 'red' | 'pending';

export interface Block {
  readonly serial: number;
  readonly hash: string;
  /** The parents that the page holds. */
  readonly parents: readonly Block[];
  /** Undefined if the page does not hold it. */
  readonly selectedParent: Block | undefined;
  /** Including those that the page does not hold. */
  readonly parentCount: number;
  readonly blues: readonly Block[];
  readonly reds: readonly Block[];
  readonly mergeSetSize: number;
  readonly timestampMs: number;
  readonly blueScore: number;
  readonly children: Block[];
  colour: Colour;
  /** Undefined if it is pending. */
  mergedBy: Block | 'next' | undefined;
  isChain: boolean;
  /** Where it is: columns to the right, rows down from the selected chain, which is row 0. */
  column: number;
  row: number;
  /** Where it is drawn, while it moves to its place. */
  x: number;
  y: number;
}

/** The number of blocks that the page keeps. If there are more, a fifth of them is dropped, the oldest first. */
const MAX_BLOCKS = 2500;

export class Model {
  readonly layout = new Layout();
  readonly #maximum: number;
  #blocks: Block[] = [];
  readonly #byHash = new Map<string, Block>();
  readonly #bySerial = new Map<number, Block>();
  #sink: Block | undefined;
  #nextMerges: Block[] = [];

  constructor(maximum = MAX_BLOCKS) {
    this.#maximum = maximum;
  }

  static of({ blocks, chain }: Window): Model {
    const model = new Model(Number.POSITIVE_INFINITY);
    model.add(blocks);
    model.follow(chain);
    return model;
  }

  /** Parents before children. */
  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  get sink(): Block | undefined {
    return this.#sink;
  }

  get(hash: string): Block | undefined {
    return this.#byHash.get(hash);
  }

  /** Adds blocks that are not held yet. Returns those. */
  add(records: readonly BlockRecord[]): Block[] {
    const added = records.filter(({ hash }) => !this.#byHash.has(hash)).map((record) => this.#insert(record));
    const excess = this.#blocks.length - this.#maximum;
    if (excess > 0) this.#drop(excess + Math.floor(this.#maximum / 5));
    return added;
  }

  /** Follows another selected chain. */
  follow({ sink, blues, reds }: ChainEnd): void {
    for (const block of this.#nextMerges) uncolour(block);
    this.#nextMerges = [];
    const next = this.#byHash.get(sink);
    const joining: Block[] = [];
    let fork = next;
    for (; fork && !fork.isChain; fork = fork.selectedParent) joining.push(fork);
    for (let block = this.#sink; block && block !== fork; block = block.selectedParent) leaveChain(block);
    for (const block of joining.reverse()) this.#joinChain(block);
    this.#sink = next;
    const merge = (hash: string, colour: Colour) => {
      const block = this.#byHash.get(hash);
      if (block === undefined) return;
      this.#nextMerges.push(block);
      block.colour = colour;
      block.mergedBy = 'next';
    };
    merge(sink, 'blue');
    for (const hash of blues) merge(hash, 'blue');
    for (const hash of reds) merge(hash, 'red');
  }

  #insert(record: BlockRecord): Block {
    const resolve = (refs: readonly BlockRef[]) =>
      refs.flatMap(
        (ref) => (typeof ref === 'number' ? this.#bySerial.get(ref) : this.#byHash.get(ref)) ?? [],
      );
    const parents = resolve(record.parents);
    const block: Block = {
      serial: record.serial,
      hash: record.hash,
      parents,
      selectedParent: resolve(record.parents.slice(0, 1))[0],
      parentCount: record.parents.length,
      blues: resolve(record.blues),
      reds: resolve(record.reds),
      mergeSetSize: record.blues.length + record.reds.length,
      timestampMs: record.timestampMs,
      blueScore: record.blueScore,
      children: [],
      ...{ colour: 'pending', mergedBy: undefined, isChain: false },
      ...{ column: 0, row: 0, x: 0, y: 0 },
    };
    for (const parent of parents) parent.children.push(block);
    this.#blocks.push(block);
    this.#byHash.set(block.hash, block);
    this.#bySerial.set(block.serial, block);
    this.layout.place(block);
    return block;
  }

  #joinChain(block: Block): void {
    block.isChain = true;
    this.layout.moveToChain(block);
    const merge = (merged: Block, colour: Colour) => {
      merged.colour = colour;
      merged.mergedBy = block;
    };
    if (block.selectedParent) merge(block.selectedParent, 'blue');
    for (const blue of block.blues) merge(blue, 'blue');
    for (const red of block.reds) merge(red, 'red');
  }

  #drop(count: number): void {
    const dropped = this.#blocks.slice(0, count);
    this.#blocks = this.#blocks.slice(count);
    for (const block of dropped) {
      this.#byHash.delete(block.hash);
      this.#bySerial.delete(block.serial);
      this.layout.remove(block);
      for (const child of block.children) forget(child, block);
      // Otherwise it would keep in memory what was dropped before it.
      Object.assign(block, { parents: [], selectedParent: undefined, blues: [], reds: [], children: [] });
    }
  }
}

function leaveChain(block: Block): void {
  block.isChain = false;
  for (const merged of [block.selectedParent, ...block.blues, ...block.reds]) {
    if (merged?.mergedBy === block) uncolour(merged);
  }
}

function uncolour(block: Block): void {
  block.colour = 'pending';
  block.mergedBy = undefined;
}

/** Removes a dropped block from one of its children. */
function forget(child: Block, parent: Block): void {
  const rest = (blocks: readonly Block[]) => blocks.filter((block) => block !== parent);
  Object.assign(child, {
    parents: rest(child.parents),
    ...(child.selectedParent === parent && { selectedParent: undefined }),
  });
}
