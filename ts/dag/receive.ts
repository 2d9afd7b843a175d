/**
 * Receives offered blocks. The header is checked before anything else of the block is copied, encoded or read, and the
 * contents are not copied before it is known that the block is kept.
 */
import { requireObject } from '../check-arguments.ts';
import { type Block, encodeBlock, type HeadedBlock, headerOf } from './block.ts';
import { ByteReader } from './bytes.ts';
import { contextBytes, MAX_CONTEXT_BYTES, readContext } from './context.ts';
import { encodeHeader, HEADER_BYTES, hashHeader, readHeader } from './header.ts';
import { checkHeader, type HashedHeader } from './header-rules.ts';
import type { NetworkParams } from './params.ts';
import { checkBlockSize } from './validation.ts';

/** The maximum length of the format, the header and the context of an encoded block. */
const MAX_HEAD_BYTES = 1 + HEADER_BYTES + MAX_CONTEXT_BYTES;

/** An offered block whose header and context have been copied and decoded. Its contents are still where they were. */
export interface OfferedBlock extends Pick<HeadedBlock, 'hash' | 'block' | 'context'> {
  /** The length of the encoded block. */
  readonly byteLength: number;
  /** The length of the part before the contents. */
  readonly headLength: number;
  /** The contents. They may be in the memory of the caller, who may change them at any time. */
  readonly body: Uint8Array;
  /**
   * The encoded block, in memory that the caller does not have. A given buffer, which must be at least as long as the
   * block, may be used for it.
   */
  take(buffer?: ArrayBuffer): Uint8Array;
}

/** A block that is in the memory of the DAG already, as an offered one. */
export function offeredAgain({ hash, block, context, bytes, body }: HeadedBlock): OfferedBlock {
  const headLength = bytes.length - body.length;
  return { hash, block, context, byteLength: bytes.length, headLength, body, take: () => bytes };
}

/**
 * Copies the header of an offered block. Throws the BlockRejectedError of a block that is too large or has no header,
 * and `ERR_QANTO_INVALID_ARGUMENT` if an object cannot be encoded.
 */
export function receiveHeader(block: Block | Uint8Array, network: NetworkParams): HashedHeader {
  const bytes = block instanceof Uint8Array ? copyHeader(block, network) : encodedHeader(block);
  return { hash: hashHeader(bytes), bytes };
}

/**
 * Checks the header of an offered block, and then reads its context. Throws the BlockRejectedError of the first rule
 * broken, and `ERR_QANTO_INVALID_ARGUMENT` if an object cannot be encoded. The size of an object is not known before it
 * is encoded, so its header is checked first.
 */
export function receiveHead(
  block: Block | Uint8Array,
  header: HashedHeader,
  network: NetworkParams,
): OfferedBlock {
  checkHeader(header, network);
  const isEncoded = block instanceof Uint8Array;
  const source = isEncoded ? fixedView(block) : encodeBlock(block);
  const { length: byteLength } = source;
  checkBlockSize(byteLength, network);
  const start = pooledCopy(source, Math.min(byteLength, MAX_HEAD_BYTES, headLengthOf(source)));
  // Keep the header that was checked. Meanwhile another thread may have changed the bytes, or a getter the object.
  start.set(header.bytes, 1);
  const reader = new ByteReader(start, 1, header.hash);
  const decoded = { header: readHeader(reader), context: readContext(reader) };
  const head = start.subarray(0, reader.offset);
  return new ReceivedBlock({ hash: header.hash, block: decoded, head, source, byteLength, isEncoded });
}

interface Received extends Pick<HeadedBlock, 'hash' | 'block'> {
  /** A copy of the head. */
  readonly head: Uint8Array;
  /** The encoded block. It is in the memory of the caller if the block was offered encoded. */
  readonly source: Uint8Array;
  readonly byteLength: number;
  readonly isEncoded: boolean;
}

/** A class, since V8 creates an object literal with a getter slowly. */
class ReceivedBlock implements OfferedBlock {
  readonly #received: Received;

  constructor(received: Received) {
    this.#received = received;
  }

  get hash(): string {
    return this.#received.hash;
  }

  get block(): HeadedBlock['block'] {
    return this.#received.block;
  }

  get context(): Uint8Array {
    return this.#received.head.subarray(1 + HEADER_BYTES);
  }

  get byteLength(): number {
    return this.#received.byteLength;
  }

  get headLength(): number {
    return this.#received.head.length;
  }

  get body(): Uint8Array {
    return this.#received.source.subarray(this.headLength);
  }

  take(buffer?: ArrayBuffer): Uint8Array {
    const { head, source, byteLength, isEncoded } = this.#received;
    const bytes = isEncoded ? copyOf(source, byteLength, buffer) : source;
    bytes.set(head);
    return bytes;
  }
}

/**
 * The length of the head of an encoded block, which depends on its number of parents. If the bytes end before that number, it
 * is the length of the format's byte and the header.
 */
function headLengthOf(source: Uint8Array): number {
  const parents = source[1 + HEADER_BYTES];
  return 1 + HEADER_BYTES + (parents === undefined ? 0 : contextBytes(parents));
}

/**
 * A copy of the first bytes for as long as a block is being received. It is taken from the pool of Node.js, because
 * a separate buffer for each refused block would make the garbage collector pause longer. Nothing may keep it.
 */
function pooledCopy(source: Uint8Array, length: number): Uint8Array {
  const copy = Buffer.allocUnsafe(length);
  copy.set(source.length === length ? source : source.subarray(0, length));
  return copy;
}

/** The same bytes, whose number does not change if the buffer grows meanwhile. */
function fixedView({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

/** A copy of the first `length` bytes. If the source has become shorter meanwhile, zeros follow. */
function copyOf(source: Uint8Array, length: number, buffer = new ArrayBuffer(length)): Uint8Array {
  const bytes = new Uint8Array(buffer, 0, length);
  bytes.set(source.length === length ? source : source.subarray(0, length));
  if (source.length < length) bytes.fill(0, source.length);
  return bytes;
}

function copyHeader(block: Uint8Array, network: NetworkParams): Uint8Array {
  checkBlockSize(block.length, network);
  return pooledCopy(headerOf(block), HEADER_BYTES);
}

function encodedHeader(block: Block): Uint8Array {
  requireObject('block', block);
  return encodeHeader(block.header);
}
