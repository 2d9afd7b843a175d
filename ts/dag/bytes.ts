/** Reads and writes the binary formats: little-endian, with bounds and ranges checked at every step. */
import { mustBe } from '../errors.ts';
import { displayHashAt, hexAt } from '../pow/hex.ts';
import { BlockRejectedError } from './errors.ts';

/**
 * Reads untrusted bytes. Throws `ERR_QANTO_MALFORMED`, naming field and offset, and never reads beyond the end. In the name of
 * a field, `#` stands for `index`: a text with the number would be made for each field, although few are ever needed.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #hash: string | undefined;
  #offset: number;

  /** Reads from `offset` on. Errors name the block with this hash. */
  constructor(bytes: Uint8Array, offset = 0, hash?: string) {
    this.#bytes = bytes;
    this.#offset = offset;
    this.#hash = hash;
  }

  /** The position of the next byte. */
  get offset(): number {
    return this.#offset;
  }

  /** The number of bytes left to read. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** The next bytes. They share memory with the input. */
  bytes(length: number, field: string, index?: number): Uint8Array {
    return this.#bytes.subarray(this.#advance(length, field, index), this.#offset);
  }

  u8(field: string): number {
    return this.#bytes[this.#advance(1, field)]!;
  }

  u32(field: string, index?: number): number {
    return this.#u32At(this.#advance(4, field, index));
  }

  /** An unsigned 64-bit integer. */
  u64(field: string): bigint {
    return this.#integerAt(this.#advance(8, field), 2);
  }

  /** An unsigned 64-bit integer that is exact as a number: at most 2^53 - 1. */
  safeU64(field: string): number {
    const start = this.#advance(8, field);
    const high = this.#u32At(start + 4);
    if (high >= 2 ** 21) this.fail(field, this.#integerAt(start, 2), 'at most 2^53 - 1');
    return high * 2 ** 32 + this.#u32At(start);
  }

  /** An unsigned 256-bit integer. */
  u256(field: string): bigint {
    return this.#integerAt(this.#advance(32, field), 8);
  }

  /** A hash of 32 bytes, in displayed order. */
  hash(field: string, index?: number): string {
    return displayHashAt(this.#bytes, this.#advance(32, field, index));
  }

  /** The next 32 bytes as hex digits, in the order of the bytes. */
  hex32(field: string): string {
    return hexAt(this.#bytes, this.#advance(32, field));
  }

  /** Throws if bytes are left. */
  end(): void {
    if (this.remaining > 0) this.fail('bytes', `${this.#bytes.length} bytes`, `${this.#offset} bytes long`);
  }

  fail(field: string, value: unknown, expected: string): never {
    throw new BlockRejectedError('ERR_QANTO_MALFORMED', { hash: this.#hash, field, value, expected });
  }

  /** An integer of 32 bits. A DataView for each reader would cost as much as several of them. */
  #u32At(start: number): number {
    const bytes = this.#bytes;
    const upper = (bytes[start + 2]! | (bytes[start + 3]! << 8)) << 16;
    return (bytes[start]! | (bytes[start + 1]! << 8) | upper) >>> 0;
  }

  /** An integer of several words of 32 bits. The upper ones are mostly zero, and cost no bigint then. */
  #integerAt(start: number, words: number): bigint {
    let value = 0n;
    for (let word = words - 1; word >= 0; word--) {
      const digits = this.#u32At(start + 4 * word);
      if (value !== 0n || digits !== 0) value = (value << 32n) | BigInt(digits);
    }
    return value;
  }

  #advance(length: number, field: string, index?: number): number {
    if (length > this.remaining) {
      this.fail(
        field.replace('#', `${index}`),
        `${this.remaining} bytes`,
        `${length} bytes long at byte ${this.#offset}`,
      );
    }
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}

/** Writes values. Throws `ERR_QANTO_INVALID_ARGUMENT`, naming the field, if a value does not fit. */
export class ByteWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(length: number) {
    this.#bytes = new Uint8Array(length);
    this.#view = new DataView(this.#bytes.buffer);
  }

  bytes(value: Uint8Array): this {
    this.#bytes.set(value, this.#advance(value.length));
    return this;
  }

  u8(value: number, field: string): this {
    requireInteger(value, 0xff, field);
    this.#view.setUint8(this.#advance(1), value);
    return this;
  }

  u32(value: number, field: string): this {
    requireInteger(value, 0xffff_ffff, field);
    this.#view.setUint32(this.#advance(4), value, true);
    return this;
  }

  u64(value: bigint, field: string): this {
    requireBigint(value, 64n, field);
    this.#view.setBigUint64(this.#advance(8), value, true);
    return this;
  }

  safeU64(value: number, field: string): this {
    requireInteger(value, Number.MAX_SAFE_INTEGER, field);
    return this.u64(BigInt(value), field);
  }

  u256(value: bigint, field: string): this {
    requireBigint(value, 256n, field);
    for (let word = 0n; word < 4n; word++) this.u64((value >> (64n * word)) & 0xffff_ffff_ffff_ffffn, field);
    return this;
  }

  /** A hash in displayed order: 64 hex digits. */
  hash(value: string, field: string): this {
    if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value)) {
      throw mustBe(field, value, '64 lowercase hex digits');
    }
    return this.bytes(Buffer.from(value, 'hex').reverse());
  }

  /** The bytes written. */
  finish(): Uint8Array {
    return this.#bytes;
  }

  #advance(length: number): number {
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}

function requireInteger(value: number, limit: number, field: string): void {
  if (!Number.isInteger(value) || value < 0 || value > limit) {
    throw mustBe(field, value, `an integer from 0 to ${limit}`);
  }
}

function requireBigint(value: bigint, bits: bigint, field: string): void {
  if (typeof value !== 'bigint' || value < 0n || value >= 1n << bits) {
    throw mustBe(field, value, `a bigint from 0 to 2^${bits} - 1`);
  }
}
