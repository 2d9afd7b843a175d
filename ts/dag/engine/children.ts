/**
 * The children of each block: the links to parents in the other direction. Most children of a block arrive soon after its
 * first child, because they all name it until somebody else has built on it. So a block needs only the index of its first
 * child and a bit for each of the next 64 indices: 12 bytes, however many children these are. The rare children that come
 * later are in a list of their own.
 *
 * The index reads the columns of the parents, so it needs no other record, and catches up with whatever was appended.
 */
import { type Blocks, GENESIS } from './blocks.ts';
import { Lengthening } from './lengthening.ts';

/** The number of indices after the first child that have a bit each: two words. */
const BITS = 64;
const WORD = 32;

/** The number of blocks whose parents {@link Children.restored} reads between two pauses. */
const BLOCKS_PER_PAUSE = 8192;

/** Genesis is nobody's child. */
const NONE = GENESIS;

export class Children {
  readonly #blocks: Blocks;
  /** The number of blocks whose parents have been read. */
  #read = 0;
  /** By block: its first child, or {@link NONE}. */
  #first = new Int32Array(64);
  /** By block, two words: bit i says whether the block `first + 1 + i` is a child. */
  #bits = new Uint32Array(2 * 64);
  /** The children that are more than {@link BITS} indices after the first child, in ascending order. */
  readonly #late = new Map<number, number[]>();
  readonly #firstLengthening = new Lengthening(
    () => this.#first,
    (column) => {
      this.#first = column;
    },
  );
  readonly #bitsLengthening = new Lengthening(
    () => this.#bits,
    (column) => {
      this.#bits = column;
    },
  );

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  /** Reads the parents of the blocks that were appended since the last call. */
  catchUp(): void {
    this.#makeRoom();
    for (; this.#read < this.#blocks.size; this.#read++) this.#addTo(this.#read);
  }

  /** Reads the parents of the blocks that were restored from a record. */
  *restored(): Generator<void, void> {
    this.#makeRoom();
    for (; this.#read < this.#blocks.size; this.#read++) {
      if (this.#read % BLOCKS_PER_PAUSE === 0) yield;
      this.#addTo(this.#read);
    }
  }

  /** The children of a block, in ascending order. */
  of(block: number): number[] {
    this.catchUp();
    const first = this.#first[block]!;
    if (first === NONE) return [];
    const children = [first];
    for (let word = 0; word < 2; word++) {
      const start = first + 1 + WORD * word;
      for (let rest = this.#bits[2 * block + word]!; rest !== 0; rest &= rest - 1) {
        children.push(start + 31 - Math.clz32(rest & -rest));
      }
    }
    for (const child of this.#late.get(block) ?? []) children.push(child);
    return children;
  }

  #makeRoom(): void {
    const { size } = this.#blocks;
    this.#firstLengthening.makeRoom(this.#read, size);
    this.#bitsLengthening.makeRoom(2 * this.#read, 2 * size);
  }

  /** Adds a block to the children of its parents. */
  #addTo(child: number): void {
    const { parents } = this.#blocks;
    const count = parents.read(child);
    for (let i = 0; i < count; i++) {
      const parent = parents.blocks[i]!;
      if (parent !== GENESIS || this.#namesGenesis(child)) this.#add(parent, child);
    }
  }

  #add(parent: number, child: number): void {
    const first = this.#first[parent]!;
    const bit = child - first - 1;
    if (first === NONE) {
      this.#first[parent] = child;
      this.#firstLengthening.changed(parent, parent + 1);
    } else if (bit < BITS) {
      const word = 2 * parent + (bit >>> 5);
      this.#bits[word]! |= 1 << (bit & 31);
      this.#bitsLengthening.changed(word, word + 1);
    } else {
      const late = this.#late.get(parent);
      if (late === undefined) this.#late.set(parent, [child]);
      else late.push(child);
    }
  }

  /** In the columns, genesis also takes the place of the pruned parents of a trusted block. */
  #namesGenesis(child: number): boolean {
    const trusted = this.#blocks.trusted.get(child);
    return trusted === undefined || trusted.parents.includes(this.#blocks.index.hashOf(GENESIS));
  }
}
