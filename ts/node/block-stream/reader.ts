/** Reads an export, and checks every byte of it. It holds one block and one chunk of the input in memory. */
import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { ImportDamagedError, ImportFormatError, ImportTruncatedError } from './errors.ts';
import {
  CRC_BYTES,
  FIXED_HEADER_BYTES,
  FORMAT_VERSION,
  HEADER_END_BYTES,
  LENGTH_BYTES,
  MAGIC,
  type StreamHeader,
  TRAILER_BYTES,
} from './format.ts';

/** Takes bytes from chunks. */
class Bytes {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #parts: Uint8Array[] = [];
  #length = 0;
  /** The number of bytes that were taken. */
  taken = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next bytes; fewer if the input ends before. */
  async take(length: number): Promise<Buffer> {
    while (this.#length < length) {
      const { value, done } = await this.#chunks.next();
      if (done) break;
      this.#parts.push(value);
      this.#length += value.length;
    }
    const all = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    const end = Math.min(length, all.length);
    this.#parts = end === all.length ? [] : [all.subarray(end)];
    this.#length = all.length - end;
    this.taken += end;
    return Buffer.from(all.buffer, all.byteOffset, end);
  }
}

export class StreamReader {
  readonly #bytes: Bytes;
  readonly #digest: Hash = createHash('sha256');
  #blocks = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#bytes = new Bytes(chunks);
  }

  /** The number of bytes that were read and checked. */
  get bytesRead(): number {
    return this.#bytes.taken;
  }

  /** Reads the header. Must be called first. Rejects with `ERR_QANTO_IMPORT_FORMAT`, `_TRUNCATED` or `_DAMAGED`. */
  async header(): Promise<StreamHeader> {
    const start = await this.#bytes.take(MAGIC.length);
    if (start.length === 0) throw new ImportFormatError('the input is empty');
    // A short input may be the beginning of an export.
    if (!start.equals(MAGIC.subarray(0, start.length))) {
      throw new ImportFormatError('the input is not an export of blocks');
    }
    this.#requireLength(start, MAGIC.length);
    const rest = await this.#take(FIXED_HEADER_BYTES - MAGIC.length);
    const version = rest.readUInt16LE(0);
    if (version !== FORMAT_VERSION) {
      const problem = `the export has format version ${version}, and this version of qanto reads version ${FORMAT_VERSION}`;
      throw new ImportFormatError(problem);
    }
    const nameLength = rest.readUInt8(3);
    const end = await this.#take(nameLength + HEADER_END_BYTES);
    const bytes = Buffer.concat([start, rest, end]);
    this.#checkCrc(bytes, 'the header of the export does not match its checksum');
    this.#digest.update(bytes);
    return {
      network: end.toString('utf8', 0, nameLength),
      genesis: end.toString('hex', nameLength, nameLength + 32),
      isComplete: rest.readUInt8(2) === 1,
    };
  }

  /**
   * Reads the encoded blocks, none of which is longer than `maxBytes`, and then the trailer. Rejects with
   * `ERR_QANTO_IMPORT_FORMAT`, `ERR_QANTO_IMPORT_TRUNCATED` or `ERR_QANTO_IMPORT_DAMAGED`.
   */
  async *blocks(maxBytes: number): AsyncGenerator<Buffer> {
    for (;;) {
      const prefix = await this.#take(LENGTH_BYTES);
      const length = prefix.readUInt32LE(0);
      if (length === 0) return this.#trailer(prefix);
      if (length > maxBytes) {
        const problem = `a block has a length of ${length} bytes, and may have at most ${maxBytes}`;
        throw new ImportDamagedError(problem, this.#blocks);
      }
      const rest = await this.#take(length + CRC_BYTES);
      const bytes = Buffer.concat([prefix, rest]);
      this.#checkCrc(bytes, 'a block does not match its checksum');
      this.#digest.update(bytes);
      this.#blocks += 1;
      yield bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
    }
  }

  async #trailer(prefix: Buffer): Promise<void> {
    const trailer = await this.#take(TRAILER_BYTES);
    this.#digest.update(prefix).update(trailer.subarray(0, 8));
    if (trailer.readBigUInt64LE(0) !== BigInt(this.#blocks)) {
      throw new ImportDamagedError('the number of blocks at the end of the export is another', this.#blocks);
    }
    if (!this.#digest.digest().equals(trailer.subarray(8))) {
      throw new ImportDamagedError('the export does not match its SHA-256', this.#blocks);
    }
    if ((await this.#bytes.take(1)).length > 0) {
      throw new ImportFormatError('the input goes on after the end of the export');
    }
  }

  async #take(length: number): Promise<Buffer> {
    const bytes = await this.#bytes.take(length);
    this.#requireLength(bytes, length);
    return bytes;
  }

  #requireLength(bytes: Buffer, length: number): void {
    if (bytes.length < length) throw new ImportTruncatedError(this.#blocks);
  }

  #checkCrc(bytes: Buffer, problem: string): void {
    if (crc32(bytes.subarray(0, -CRC_BYTES)) === bytes.readUInt32LE(bytes.length - CRC_BYTES)) return;
    throw new ImportDamagedError(problem, this.#blocks);
  }
}
