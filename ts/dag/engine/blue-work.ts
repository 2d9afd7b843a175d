/**
 * The blue work of all blocks, without an object per block. The lowest 64 bits are in one column. The upper bits are in a
 * second one, which exists only once some block needs it. A block adds at most 2^255, and there are fewer than 2^53 blocks, so
 * 320 bits suffice for any nodes. On a network, blue work is less than 2^256.
 */
import { enlarged } from './columns.ts';
import { type RecordedColumn, recordedColumn } from './recorded-columns.ts';

/** The number of words of 64 bits above the lowest one. */
const HIGH_WORDS = 4;

const WORD = 64n;

const NO_WORDS = new BigUint64Array(0);

export class BlueWork {
  low = new BigUint64Array(64);
  /** {@link HIGH_WORDS} words per block, the lowest first. */
  high: BigUint64Array | undefined;

  of(block: number): bigint {
    const low = this.low[block]!;
    if (this.high === undefined) return low;
    let upper = 0n;
    for (let word = HIGH_WORDS - 1; word >= 0; word--) {
      upper = (upper << WORD) | this.high[HIGH_WORDS * block + word]!;
    }
    return (upper << WORD) | low;
  }

  /** Sets the blue work of a block. */
  set(block: number, work: bigint): void {
    // Storing a bigint keeps its lowest 64 bits.
    this.low[block] = work;
    const upper = work >> WORD;
    if (upper === 0n && this.high === undefined) return;
    this.high ??= new BigUint64Array(HIGH_WORDS * this.low.length);
    for (let word = 0; word < HIGH_WORDS; word++) {
      this.high[HIGH_WORDS * block + word] = upper >> (BigInt(word) * WORD);
    }
  }

  /** The columns that a record of the engine contains. */
  recordedColumns(): RecordedColumn[] {
    const low = recordedColumn(
      { name: 'blueWorkLow', table: 'blocks' },
      () => this.low,
      (column) => {
        this.low = column;
      },
    );
    const high = recordedColumn(
      { name: 'blueWorkHigh', table: 'blocks', stride: HIGH_WORDS },
      () => this.high ?? NO_WORDS,
      (column) => {
        this.high = column;
      },
    );
    const isNeeded = () => this.high !== undefined;
    return [
      low,
      {
        ...high,
        isOptional: true,
        bytes: (from, to) => (isNeeded() ? high.bytes(from, to) : new Uint8Array(0)),
        reserve: (entries) => isNeeded() && high.reserve(entries),
        restore: (from, bytes) => {
          if (bytes.length === 0) return;
          this.high ??= new BigUint64Array(HIGH_WORDS * this.low.length);
          high.restore(from, bytes);
        },
      },
    ];
  }

  /** Makes room for this number of blocks. */
  reserve(capacity: number): void {
    this.low = enlarged(this.low, capacity);
    if (this.high !== undefined) this.high = enlarged(this.high, HIGH_WORDS * capacity);
  }
}
