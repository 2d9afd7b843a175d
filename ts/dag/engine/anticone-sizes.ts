/**
 * Blue anticone sizes. Each block records the blues whose blue anticone size its merge set changed, the blues of the
 * merge set included, each with its new size. The size of a blue as seen from a block is the one recorded nearest down
 * the selected chain of that block.
 *
 * These are the longest lists of a block, so an entry is packed into one word of 16 bits if possible: the distance from the
 * block back to the blue, above as many bits as k has for the size. An entry that does not fit is {@link FAR} and three more
 * words: the upper and the lower half of the index of the blue, and the size.
 */
import { enlarged, grownCapacity } from './columns.ts';
import { type RecordedColumn, recordedColumn } from './recorded-columns.ts';

/** No distance is 0, since a block is not in its own past. */
const FAR = 0;

const WORD_BITS = 16;
const FAR_WORDS = 4;

export class AnticoneSizes {
  /** The entries of block i are `words[starts[i]]` up to, not including, `words[starts[i + 1]]`. */
  starts = new Uint32Array(64);
  words = new Uint16Array(256);
  readonly blues: number[] = [];
  readonly sizes: number[] = [];
  /** The number of bits of the size in a word. */
  readonly #sizeBits: number;
  #count = 0;

  /** @param k the greatest size */
  constructor(k: number) {
    this.#sizeBits = 32 - Math.clz32(k);
  }

  /** Appends the entries of the next block. */
  push(blues: readonly number[], sizes: readonly number[]): void {
    const block = this.#count;
    let end = this.end;
    for (let i = 0; i < blues.length; i++) {
      const distance = block - blues[i]!;
      if (end + FAR_WORDS > this.words.length) {
        this.words = enlarged(this.words, grownCapacity(this.words.length, end + FAR_WORDS));
      }
      if (distance < 2 ** (WORD_BITS - this.#sizeBits)) {
        this.words[end++] = (distance << this.#sizeBits) | sizes[i]!;
      } else {
        this.words[end++] = FAR;
        this.words[end++] = blues[i]! >>> WORD_BITS;
        // Storing an integer keeps its lowest 16 bits.
        this.words[end++] = blues[i]!;
        this.words[end++] = sizes[i]!;
      }
    }
    this.#count += 1;
    if (this.#count >= this.starts.length) {
      this.starts = enlarged(this.starts, grownCapacity(this.starts.length, this.#count + 1));
    }
    this.starts[this.#count] = end;
  }

  /** The number of words so far. */
  get end(): number {
    return this.starts[this.#count]!;
  }

  /**
   * Reads the entries of a block into {@link blues} and {@link sizes}, which stay valid until the next call. Returns their
   * number.
   */
  read(block: number): number {
    const { words, blues, sizes } = this;
    const sizeBits = this.#sizeBits;
    const sizeMask = (1 << sizeBits) - 1;
    const end = this.starts[block + 1]!;
    let count = 0;
    for (let i = this.starts[block]!; i < end; count++) {
      const word = words[i]!;
      if (word === FAR) {
        blues[count] = words[i + 1]! * 2 ** WORD_BITS + words[i + 2]!;
        sizes[count] = words[i + 3]!;
        i += FAR_WORDS;
      } else {
        blues[count] = block - (word >>> sizeBits);
        sizes[count] = word & sizeMask;
        i += 1;
      }
    }
    return count;
  }

  /** The columns that a record of the engine contains. */
  recordedColumns(): RecordedColumn[] {
    return [
      recordedColumn(
        // Entry i + 1 is the end of the entries of block i.
        { name: 'anticones.ends', table: 'blocks', offset: 1 },
        () => this.starts,
        (column) => {
          this.starts = column;
        },
      ),
      recordedColumn(
        { name: 'anticones.words', table: 'anticones' },
        () => this.words,
        (column) => {
          this.words = column;
        },
      ),
    ];
  }

  /** Continues after the entries of this number of blocks, which were restored from a record. */
  restored(count: number): void {
    this.#count = count;
  }
}
