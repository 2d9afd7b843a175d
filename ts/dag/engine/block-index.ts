/**
 * Maps hashes to block indices and back: 32 bytes per block as eight big-endian words, and an open-addressing table of
 * indices. No string is kept per block, and comparing two hashes creates none.
 */
import { mustBe } from '../../errors.ts';
import { Lengthening } from './lengthening.ts';
import { type RecordedColumn, recordedColumn } from './recorded-columns.ts';

const WORDS = 8;
const HASH_BYTES = 32;
const ZERO_HASH = '0'.repeat(2 * HASH_BYTES);

/** The number of hashes that are restored between two pauses. */
const HASHES_PER_PAUSE = 4096;
/** The number of hashes that are moved to a larger table with each hash that is added. */
const HASHES_PER_MOVE = 32;
const EMPTY = 0;
const NONE = -1;
const NOT_HEX = 0xff;

/** Values of the lowercase hex digits by character code. */
const DIGIT_VALUES = new Uint8Array(128).fill(NOT_HEX);
for (let digit = 0; digit < 16; digit++) DIGIT_VALUES[digit.toString(16).charCodeAt(0)] = digit;

const DIGIT_CODES = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

/** Size of the cache of hash texts, a power of two. Blocks near the tips are named again and again. */
const REMEMBERED_TEXTS = 4096;

export class BlockIndex {
  #words = new Uint32Array(64 * WORDS);
  /** The table: an index plus 1, or {@link EMPTY}. */
  #slots: Int32Array = new Int32Array(128);
  #size = 0;
  /** The table that will take the place of the other one, and the number of hashes in it. */
  #larger: Int32Array | undefined;
  #moved = 0;
  readonly #lengthening = new Lengthening(
    () => this.#words,
    (column) => {
      this.#words = column;
    },
  );
  readonly #query = new Uint32Array(WORDS);
  /** The hash in `#query`. */
  #parsed = ZERO_HASH;
  /** A direct-mapped cache by block index; `#textOwners` has the block of each slot. */
  readonly #texts: string[] = new Array(REMEMBERED_TEXTS).fill('');
  readonly #textOwners = new Int32Array(REMEMBERED_TEXTS).fill(NONE);
  /** Hashes that were found, in a direct-mapped cache by their last digits, and the index of each. */
  readonly #foundTexts: string[] = new Array(REMEMBERED_TEXTS).fill('');
  readonly #found = new Int32Array(REMEMBERED_TEXTS).fill(NONE);
  readonly #raw = new Uint8Array(HASH_BYTES);
  readonly #characters: number[] = new Array(WORDS * 8).fill(0);

  /**
   * The index of the block with this hash, or -1. Throws `ERR_QANTO_INVALID_ARGUMENT` if it is not 64 lowercase hex
   * digits.
   */
  find(hash: string): number {
    const slot = foundSlot(hash);
    if (this.#found[slot] !== NONE && this.#foundTexts[slot] === hash) return this.#found[slot]!;
    this.#parse(hash);
    const index = this.#slots[this.#probe()]! - 1;
    if (index !== NONE) {
      this.#foundTexts[slot] = hash;
      this.#found[slot] = index;
    }
    return index;
  }

  /** Gives the next index to a hash that has none yet. */
  add(hash: string): void {
    this.#parse(hash);
    const index = this.#size++;
    this.#lengthening.makeRoom(index * WORDS, this.#size * WORDS);
    this.#words.set(this.#query, index * WORDS);
    this.#slots[this.#probe()] = index + 1;
    if (this.#size * 2 > this.#slots.length) this.#moveToLarger();
  }

  /** The column that a record of the engine contains. */
  recordedColumn(): RecordedColumn {
    return recordedColumn(
      { name: 'hash', table: 'blocks', stride: WORDS },
      () => this.#words,
      (column) => {
        this.#words = column;
      },
    );
  }

  /**
   * Continues after hashes whose column was restored from a record.
   */
  *restored(size: number): Generator<void, void> {
    let capacity = this.#slots.length;
    while (capacity < 2 * size) capacity *= 2;
    this.#slots = new Int32Array(capacity);
    for (let index = 0; index < size; index++) {
      if (index % HASHES_PER_PAUSE === 0) yield;
      this.#insert(this.#slots, index);
    }
    this.#size = size;
  }

  /** The hash of a block as 64 hex digits. */
  hashOf(index: number): string {
    const slot = index & (REMEMBERED_TEXTS - 1);
    if (this.#textOwners[slot] !== index) {
      this.#texts[slot] = this.#text(index);
      this.#textOwners[slot] = index;
    }
    return this.#texts[slot]!;
  }

  /** The hash of a block in raw order: 32 bytes, which stay valid until the next call. */
  rawHashOf(index: number): Uint8Array {
    for (let i = 0; i < WORDS; i++) {
      const word = this.#words[index * WORDS + i]!;
      const at = HASH_BYTES - 4 * (i + 1);
      for (let byte = 0; byte < 4; byte++) this.#raw[at + byte] = word >>> (8 * byte);
    }
    return this.#raw;
  }

  /** Compares two blocks by hash: negative, 0 or positive. */
  compare(a: number, b: number): number {
    for (let i = 0; i < WORDS; i++) {
      const difference = this.#words[a * WORDS + i]! - this.#words[b * WORDS + i]!;
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** Creates the text in one piece, since V8 keeps a concatenated string as a tree until it is read. */
  #text(index: number): string {
    const characters = this.#characters;
    for (let i = 0; i < WORDS; i++) {
      const word = this.#words[index * WORDS + i]!;
      for (let j = 0; j < 8; j++) characters[i * 8 + j] = DIGIT_CODES[(word >>> (28 - 4 * j)) & 15]!;
    }
    return String.fromCharCode(...characters);
  }

  /** Reads a hash into `#query`, unless it is there already. */
  #parse(hash: string): void {
    if (hash === this.#parsed) return;
    let wrong = typeof hash !== 'string' || hash.length !== 64 ? NOT_HEX : 0;
    for (let i = 0; i < WORDS && wrong < 16; i++) {
      let word = 0;
      for (let j = i * 8; j < i * 8 + 8; j++) {
        const value = DIGIT_VALUES[hash.charCodeAt(j)] ?? NOT_HEX;
        wrong |= value;
        word = (word << 4) | value;
      }
      this.#query[i] = word;
    }
    this.#parsed = hash;
    if (wrong < 16) return;
    this.#query.fill(0);
    this.#parsed = ZERO_HASH;
    throw mustBe('hash', hash, '64 lowercase hex digits');
  }

  /** The slot of `#query`, or the empty slot where it belongs. */
  #probe(): number {
    const mask = this.#slots.length - 1;
    let slot = mixWords(this.#query, 0) & mask;
    for (;;) {
      const found = this.#slots[slot]!;
      if (found === EMPTY || this.#holds(found - 1)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #holds(index: number): boolean {
    for (let i = 0; i < WORDS; i++) if (this.#words[index * WORDS + i] !== this.#query[i]) return false;
    return true;
  }

  /** Moves the next hashes. Moving all of a large table at once would block the event loop, so it stays in use meanwhile. */
  #moveToLarger(): void {
    if (this.#larger === undefined) {
      this.#larger = new Int32Array(this.#slots.length * 2);
      this.#moved = 0;
    }
    const end = Math.min(this.#size, this.#moved + HASHES_PER_MOVE);
    for (; this.#moved < end; this.#moved++) this.#insert(this.#larger, this.#moved);
    if (end < this.#size) return;
    this.#slots = this.#larger;
    this.#larger = undefined;
  }

  #insert(slots: Int32Array, index: number): void {
    const mask = slots.length - 1;
    let slot = mixWords(this.#words, index * WORDS) & mask;
    while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
    slots[slot] = index + 1;
  }
}

/** The slot for the text of a hash: its last three digits. Any value that is no such text has slot 0. */
function foundSlot(hash: unknown): number {
  if (typeof hash !== 'string' || hash.length !== 64) return 0;
  return (digitAt(hash, 61) << 8) | (digitAt(hash, 62) << 4) | digitAt(hash, 63);
}

/** The value of a hex digit: the codes of a to f end with 1 to 6. Of another character, any value below 16. */
function digitAt(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return (code + 9 * (code >>> 6)) & 15;
}

/** Mixes all words, since proof of work zeroes some words and the hashes of test DAGs zero others. */
function mixWords(words: Uint32Array, offset: number): number {
  let hash = 0;
  for (let i = offset; i < offset + WORDS; i++)
    hash = Math.imul(hash ^ words[i]!, 0x9e3779b1) ^ (hash >>> 15);
  return (hash ^ (hash >>> 13)) >>> 0;
}
