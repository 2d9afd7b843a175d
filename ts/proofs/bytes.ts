/** Reads and writes the encoding of proofs: little-endian, with bounds and ranges checked at every step. */
import { displayHashAt } from '../pow/hex.ts';
import { ProofError } from './errors.ts';

const { isUint8Array } = process.getBuiltinModule('node:util').types;

/** Reads untrusted bytes. Throws `ERR_QANTO_PROOF_MALFORMED`, and never reads beyond the end. */
export class ProofReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  /** Nobody else may change the bytes. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next bytes. They share memory with the input. */
  bytes(length: number, field: string): Uint8Array {
    return this.#bytes.subarray(this.#advance(length, field), this.#offset);
  }

  /** The next byte, which stays the next. */
  peek(field: string): number {
    const value = this.u8(field);
    this.#offset -= 1;
    return value;
  }

  u8(field: string): number {
    return this.#view.getUint8(this.#advance(1, field));
  }

  u16(field: string): number {
    return this.#view.getUint16(this.#advance(2, field), true);
  }

  u32(field: string): number {
    return this.#view.getUint32(this.#advance(4, field), true);
  }

  /** An unsigned 64-bit integer of at most 2^53 - 1. */
  safeU64(field: string): number {
    const value = this.#view.getBigUint64(this.#advance(8, field), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(field, value, 'at most 2^53 - 1');
    return Number(value);
  }

  u256(field: string): bigint {
    const start = this.#advance(32, field);
    let value = 0n;
    for (let word = 3; word >= 0; word--) {
      value = (value << 64n) | this.#view.getBigUint64(start + 8 * word, true);
    }
    return value;
  }

  /** A hash of 32 bytes, in displayed order. */
  hash(field: string): string {
    return displayHashAt(this.#bytes, this.#advance(32, field));
  }

  /** Throws if bytes are left. */
  end(field: string): void {
    if (this.#offset < this.#bytes.length) {
      throw malformed(field, `${this.#bytes.length} bytes`, `${this.#offset} bytes long`);
    }
  }

  #advance(length: number, field: string): number {
    const left = this.#bytes.length - this.#offset;
    if (length > left)
      throw malformed(field, `${left} bytes`, `${length} bytes long at byte ${this.#offset}`);
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}

/** Writes values. Throws `ERR_QANTO_PROOF_MALFORMED` if a value does not fit. */
export class ProofWriter {
  readonly #parts: Uint8Array[] = [];

  /** `length` is the number of bytes that the value must have. */
  bytes(value: Uint8Array, field: string, length?: number): this {
    const bytes = requireBytes(field, value);
    if (length !== undefined && bytes.length !== length) {
      throw malformed(field, `${bytes.length} bytes`, `${length} bytes long`);
    }
    this.#parts.push(bytes);
    return this;
  }

  /** An unsigned integer of this number of bytes, and of at most 2^53 - 1. */
  uint(value: number, byteLength: 1 | 2 | 4 | 8, field: string): this {
    const limit = Math.min(2 ** (8 * byteLength) - 1, Number.MAX_SAFE_INTEGER);
    if (!Number.isInteger(value) || value < 0 || value > limit) {
      throw malformed(field, value, `an integer from 0 to ${limit}`);
    }
    return this.#bigint(BigInt(value), byteLength);
  }

  u256(value: bigint, field: string): this {
    if (typeof value !== 'bigint' || value < 0n || value >= 1n << 256n) {
      throw malformed(field, value, 'a bigint from 0 to 2^256 - 1');
    }
    return this.#bigint(value, 32);
  }

  /** The bytes written. */
  finish(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts));
  }

  #bigint(value: bigint, byteLength: number): this {
    this.#parts.push(Buffer.from(value.toString(16).padStart(2 * byteLength, '0'), 'hex').reverse());
    return this;
  }
}

/** The bytes, none if their buffer was detached. Throws `ERR_QANTO_PROOF_MALFORMED` if the value is no Uint8Array. */
export function requireBytes(field: string, value: unknown): Uint8Array {
  if (!isUint8Array(value)) throw malformed(field, value, 'a Uint8Array');
  // The bytes of a detached buffer have no length, and cannot be read.
  return value.length === 0 ? new Uint8Array(0) : value;
}

export function malformed(field: string, value: unknown, expected: string): ProofError {
  return new ProofError('ERR_QANTO_PROOF_MALFORMED', field, value, expected);
}
