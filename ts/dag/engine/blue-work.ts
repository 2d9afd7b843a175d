/**
 * The blue work of all blocks, without an object per block: words of 32 bits, the uppermost first. The lowest 64 bits are in one
 * column. The upper bits are in a second one, which exists only once some block needs it. A block adds at most 2^255, and there
 * are fewer than 2^53 blocks, so 320 bits suffice for any nodes. On a network, blue work is less than 2^256.
 */
import { Lengthening } from './lengthening.ts';
import { type RecordedColumn, recordedColumn } from './recorded-columns.ts';

/** The number of words per block in each column. */
const LOW_WORDS = 2;
const HIGH_WORDS = 8;

const LOW_BITS = 64n;

const NO_WORDS = new Uint32Array(0);

/** Converts between 64 bits and two words. */
const CONVERTED = new DataView(new ArrayBuffer(8));

export class BlueWork {
  #low = new Uint32Array(64 * LOW_WORDS);
  #high: Uint32Array | undefined;
  readonly #lowLengthening = new Lengthening(
    () => this.#low,
    (column) => {
      this.#low = column;
    },
  );
  readonly #highLengthening = new Lengthening<Uint32Array>(
    () => this.#high!,
    (column) => {
      this.#high = column;
    },
  );

  of(block: number): bigint {
    const low = bitsAt(this.#low, LOW_WORDS * block);
    if (this.#high === undefined) return low;
    let upper = 0n;
    for (let word = 0; word < HIGH_WORDS; word += 2) {
      upper = (upper << LOW_BITS) | bitsAt(this.#high, HIGH_WORDS * block + word);
    }
    return (upper << LOW_BITS) | low;
  }

  /** Sets the blue work of the next block. */
  set(block: number, work: bigint): void {
    this.#lowLengthening.makeRoom(LOW_WORDS * block, LOW_WORDS * (block + 1));
    setBits(this.#low, LOW_WORDS * block, work);
    let upper = work >> LOW_BITS;
    if (upper === 0n && this.#high === undefined) return;
    this.#high ??= this.#newHigh();
    this.#highLengthening.makeRoom(HIGH_WORDS * block, HIGH_WORDS * (block + 1));
    for (let word = HIGH_WORDS - 2; word >= 0; word -= 2) {
      setBits(this.#high, HIGH_WORDS * block + word, upper);
      upper >>= LOW_BITS;
    }
  }

  /** Compares the blue work of two blocks: negative, 0 or positive. Creates no bigint. */
  compare(a: number, b: number): number {
    const low = this.#low;
    const high = this.#high;
    if (high !== undefined) {
      for (let word = 0; word < HIGH_WORDS; word++) {
        const difference = high[HIGH_WORDS * a + word]! - high[HIGH_WORDS * b + word]!;
        if (difference !== 0) return difference;
      }
    }
    const difference = low[LOW_WORDS * a]! - low[LOW_WORDS * b]!;
    return difference !== 0 ? difference : low[LOW_WORDS * a + 1]! - low[LOW_WORDS * b + 1]!;
  }

  /** The columns that a record of the engine contains. */
  recordedColumns(): RecordedColumn[] {
    const low = recordedColumn(
      { name: 'blueWorkLow', table: 'blocks', stride: LOW_WORDS },
      () => this.#low,
      (column) => {
        this.#low = column;
      },
    );
    const high = recordedColumn(
      { name: 'blueWorkHigh', table: 'blocks', stride: HIGH_WORDS },
      () => this.#high ?? NO_WORDS,
      (column) => {
        this.#high = column;
      },
    );
    const isNeeded = () => this.#high !== undefined;
    return [
      low,
      {
        ...high,
        isOptional: true,
        bytes: (from, to) => (isNeeded() ? high.bytes(from, to) : new Uint8Array(0)),
        reserve: (entries) => isNeeded() && high.reserve(entries),
        restore: (from, bytes) => {
          if (bytes.length === 0) return;
          this.#high ??= this.#newHigh();
          high.restore(from, bytes);
        },
      },
    ];
  }

  #newHigh(): Uint32Array<ArrayBuffer> {
    return new Uint32Array((HIGH_WORDS / LOW_WORDS) * this.#low.length);
  }
}

/** The 64 bits of two words. */
function bitsAt(words: Uint32Array, at: number): bigint {
  CONVERTED.setUint32(0, words[at]!);
  CONVERTED.setUint32(4, words[at + 1]!);
  return CONVERTED.getBigUint64(0);
}

/** Sets two words to the lowest 64 bits of a number. */
function setBits(words: Uint32Array, at: number, bits: bigint): void {
  CONVERTED.setBigUint64(0, bits);
  words[at] = CONVERTED.getUint32(0);
  words[at + 1] = CONVERTED.getUint32(4);
}
