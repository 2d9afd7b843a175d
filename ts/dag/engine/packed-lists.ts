/**
 * Lists of earlier blocks, one immutable list per block, appended in block order. Each entry may have a tag of a few bits.
 *
 * These lists take most of the memory of an engine, so an entry is packed into one word of 16 bits if possible: the distance
 * from the block that has the list back to the block of the entry, above the bits of the tag. An entry that does not fit is
 * {@link FAR} and three more words: the upper and the lower half of the index of the block, and the tag.
 */
import { Lengthening } from './lengthening.ts';
import { type Counts, type RecordedColumn, recordedColumn } from './recorded-columns.ts';

/** No distance is 0, since a block is not in its own past. */
const FAR = 0;

const WORD_BITS = 16;
const FAR_WORDS = 4;

export class PackedLists {
  /** The entries of block i are `words[starts[i]]` up to, not including, `words[starts[i + 1]]`. */
  starts = new Uint32Array(64);
  words = new Uint16Array(256);
  /** The blocks and, parallel to them, the tags of the list that was read last, and other numbers after them. */
  readonly blocks: number[] = [];
  readonly tags: number[] = [];
  readonly #tagBits: number;
  readonly #starts = new Lengthening(
    () => this.starts,
    (column) => {
      this.starts = column;
    },
  );
  readonly #words = new Lengthening(
    () => this.words,
    (column) => {
      this.words = column;
    },
  );
  #count = 0;

  /** @param maxTag the greatest tag, at most 65,535 */
  constructor(maxTag: number) {
    this.#tagBits = 32 - Math.clz32(maxTag);
  }

  /** Appends the list of the next block. Without tags, each tag is 0. */
  push(blocks: readonly number[], tags?: readonly number[]): void {
    const owner = this.#count;
    const tagBits = this.#tagBits;
    const nearest = 1 << (WORD_BITS - tagBits);
    let end = this.end;
    this.#words.makeRoom(end, end + FAR_WORDS * blocks.length);
    const { words } = this;
    for (let i = 0; i < blocks.length; i++) {
      const block = blocks[i]!;
      const tag = tags === undefined ? 0 : tags[i]!;
      const distance = owner - block;
      if (distance < nearest) {
        words[end++] = (distance << tagBits) | tag;
      } else {
        words[end++] = FAR;
        words[end++] = block >>> WORD_BITS;
        // Storing an integer keeps its lowest 16 bits.
        words[end++] = block;
        words[end++] = tag;
      }
    }
    this.#count += 1;
    this.#starts.makeRoom(this.#count, this.#count + 1);
    this.starts[this.#count] = end;
  }

  /** The number of words so far. */
  get end(): number {
    return this.starts[this.#count]!;
  }

  /**
   * Reads the list of a block into {@link blocks} and {@link tags}, which stay valid until the next call. Returns its length.
   */
  read(owner: number): number {
    const { words, blocks, tags } = this;
    const tagBits = this.#tagBits;
    const tagMask = (1 << tagBits) - 1;
    const end = this.starts[owner + 1]!;
    let count = 0;
    for (let i = this.starts[owner]!; i < end; count++) {
      const word = words[i]!;
      if (word === FAR) {
        blocks[count] = (words[i + 1]! << WORD_BITS) | words[i + 2]!;
        tags[count] = words[i + 3]!;
        i += FAR_WORDS;
      } else {
        blocks[count] = owner - (word >>> tagBits);
        tags[count] = word & tagMask;
        i += 1;
      }
    }
    return count;
  }

  /** The blocks of a list. */
  of(owner: number): number[] {
    return this.blocks.slice(0, this.read(owner));
  }

  /** The columns that a record of the engine contains, of which `table` counts the words. */
  recordedColumns(table: keyof Counts): RecordedColumn[] {
    return [
      recordedColumn(
        // Entry i + 1 is the end of list i.
        { name: `${table}.ends`, table: 'blocks', offset: 1 },
        () => this.starts,
        (column) => {
          this.starts = column;
        },
      ),
      recordedColumn(
        { name: `${table}.words`, table },
        () => this.words,
        (column) => {
          this.words = column;
        },
      ),
    ];
  }

  /** Continues after the lists of this number of blocks, which were restored from a record. */
  restored(count: number): void {
    this.#count = count;
  }
}
