/**
 * The bytes of an export: a header, the blocks in an order in which parents come before their children, and a trailer.
 * docs/store.md specifies them. All integers are little-endian.
 */
import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { StoreIdentity } from 'qanto/dag';

/**
 * The first bytes. As in PNG, a byte that is not ASCII, and a line break, show at once that a program has taken the stream for
 * text.
 */
export const MAGIC = Buffer.from('\x89QANTO\r\n', 'latin1');

export const FORMAT_VERSION = 1;

/** The bytes of the header before the name of the network: magic, version (u16), whether it is complete (u8), length (u8). */
export const FIXED_HEADER_BYTES = MAGIC.length + 4;
/** The bytes of the header after the name of the network: genesis hash, CRC-32. */
export const HEADER_END_BYTES = 32 + 4;
/** The bytes before and after a block: its length (u32), and the CRC-32 of the length and the block. */
export const LENGTH_BYTES = 4;
export const CRC_BYTES = 4;
/** The trailer after its length of 0: number of blocks (u64), SHA-256 of all bytes before. */
export const TRAILER_BYTES = 8 + 32;

/** What the header of an export says. */
export interface StreamHeader extends StoreIdentity {
  /** Whether the export has every block since genesis. Otherwise its first blocks build on blocks that it does not have. */
  readonly isComplete: boolean;
}

/** Encodes an export, piece by piece. */
export class StreamWriter {
  readonly #digest: Hash = createHash('sha256');
  #blocks = 0;

  /** The number of blocks so far. */
  get blocks(): number {
    return this.#blocks;
  }

  header({ network, genesis, isComplete }: StreamHeader): Buffer {
    const name = Buffer.from(network);
    const bytes = Buffer.alloc(FIXED_HEADER_BYTES + name.length + HEADER_END_BYTES);
    MAGIC.copy(bytes);
    bytes.writeUInt16LE(FORMAT_VERSION, MAGIC.length);
    bytes.writeUInt8(isComplete ? 1 : 0, MAGIC.length + 2);
    bytes.writeUInt8(name.length, MAGIC.length + 3);
    name.copy(bytes, FIXED_HEADER_BYTES);
    bytes.write(genesis, FIXED_HEADER_BYTES + name.length, 'hex');
    bytes.writeUInt32LE(crc32(bytes.subarray(0, -CRC_BYTES)), bytes.length - CRC_BYTES);
    return this.#hashed(bytes);
  }

  /** `encoded` is an encoded block. */
  block(encoded: Uint8Array): Buffer {
    const bytes = Buffer.alloc(LENGTH_BYTES + encoded.length + CRC_BYTES);
    bytes.writeUInt32LE(encoded.length);
    bytes.set(encoded, LENGTH_BYTES);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, -CRC_BYTES)), bytes.length - CRC_BYTES);
    this.#blocks += 1;
    return this.#hashed(bytes);
  }

  trailer(): Buffer {
    const bytes = Buffer.alloc(LENGTH_BYTES + 8);
    bytes.writeBigUInt64LE(BigInt(this.#blocks), LENGTH_BYTES);
    this.#hashed(bytes);
    return Buffer.concat([bytes, this.#digest.digest()]);
  }

  #hashed(bytes: Buffer): Buffer {
    this.#digest.update(bytes);
    return bytes;
  }
}
