/**
 * Encodes and decodes blocks: format version, header, context, contents. The contents are the leaves of the merkle tree,
 * beginning with the coinbase. docs/protocol.md has the table.
 */
import { requireBytes, requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { type Coinbase, encodeCoinbase } from './coinbase.ts';
import { encodeContents, readCoinbase, readContents } from './contents.ts';
import { type Context, encodeContext, readContext } from './context.ts';
import { decodeHeader, encodeHeader, HEADER_BYTES, type Header, hashHeader } from './header.ts';
import { runAtOnce, type Steps } from './slices.ts';

/** The first byte of an encoded block. Any other value is refused with `ERR_QANTO_MALFORMED`. */
export const BLOCK_FORMAT = 2;

/** A block as an object. Its id is {@link hashHeader} of its encoded header. docs/protocol.md describes the encoding. */
export interface Block {
  /** The header, which is mined and commits to the other fields. */
  readonly header: Header;
  /** The place of the block in the DAG. The header contains its hash. */
  readonly context: Context;
  /** The first content, which names the miner. */
  readonly coinbase: Coinbase;
  /**
   * The other contents: opaque bytes that the DAG orders. No two are equal, and none is longer than `maxPayloadBytes`.
   */
  readonly payloads: readonly Uint8Array[];
}

/**
 * A block of which only header and context have been decoded. Nothing is known about its contents. It shares no memory
 * with the caller of the DAG.
 */
export interface HeadedBlock {
  readonly hash: string;
  readonly block: Pick<Block, 'header' | 'context'>;
  /** The encoded block. The other byte ranges are parts of it. */
  readonly bytes: Uint8Array;
  /** The encoded header, 80 bytes. */
  readonly header: Uint8Array;
  readonly context: Uint8Array;
  /** Header and context. */
  readonly head: Uint8Array;
  /** The number of contents, and the contents with their lengths. */
  readonly body: Uint8Array;
}

/** A block of which the contents have been decoded too. */
export interface ParsedBlock extends HeadedBlock {
  readonly block: Block;
  /** The coinbase and the payloads, which are the contents that the merkle tree is computed from. */
  readonly contents: readonly Uint8Array[];
}

/**
 * Encodes a block into a new array. Throws `ERR_QANTO_INVALID_ARGUMENT`, naming the field, if a value does not fit.
 */
export function encodeBlock(block: Block): Uint8Array {
  requireObject('block', block);
  const contents = [encodeCoinbase(block.coinbase), ...checkPayloads(block.payloads)];
  return joinBlock(encodeHead(block), encodeContents(contents));
}

/** Encodes header and context, as in {@link ParsedBlock.head}. */
export function encodeHead(block: Pick<Block, 'header' | 'context'>): Uint8Array {
  const context = encodeContext(block.context);
  return new ByteWriter(HEADER_BYTES + context.length)
    .bytes(encodeHeader(block.header))
    .bytes(context)
    .finish();
}

/**
 * Decodes a block. Throws a BlockRejectedError with `ERR_QANTO_MALFORMED` if the bytes are not exactly what {@link
 * encodeBlock} writes, or with `ERR_QANTO_BAD_COINBASE` if the first content is not a coinbase. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if the argument is not a Uint8Array. Checks no other rule. Memory use is proportional to
 * the length of the bytes, whatever lengths they claim.
 */
export function decodeBlock(bytes: Uint8Array): Block {
  requireBytes('bytes', bytes);
  return parseBlock(bytes).block;
}

/** As {@link decodeBlock}, with the hash and the byte ranges. */
export function parseBlock(bytes: Uint8Array): ParsedBlock {
  // slice() of a Buffer would share its memory.
  return runAtOnce(parseOwnBlock(new Uint8Array(bytes)));
}

/** As {@link parseBlock}, in steps, for bytes that nobody else changes: the result shares memory with them. */
export function* parseOwnBlock(bytes: Uint8Array): Steps<ParsedBlock> {
  const headed = readHead(bytes, hashHeader(headerOf(bytes)));
  const { hash, body } = headed;
  const contents = yield* readContents(bytes, bytes.length - body.length, hash);
  return withContents(headed, readCoinbase(contents, hash), contents);
}

/** The block with its contents. The first content is the encoded coinbase. */
export function withContents(
  headed: HeadedBlock,
  coinbase: Coinbase,
  contents: readonly Uint8Array[],
): ParsedBlock {
  return new BlockWithContents(headed, coinbase, contents);
}

/**
 * The header of an encoded block: 80 bytes, which share memory with the block. Throws `ERR_QANTO_MALFORMED` if the bytes
 * have another format or are too short.
 */
export function headerOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length > HEADER_BYTES && bytes[0] === BLOCK_FORMAT) return bytes.subarray(1, 1 + HEADER_BYTES);
  // The bytes of a detached buffer have no length, and cannot be read.
  const reader = new ByteReader(bytes.length === 0 ? new Uint8Array(0) : bytes);
  const format = reader.u8('format');
  if (format !== BLOCK_FORMAT) reader.fail('format', format, `${BLOCK_FORMAT}`);
  return reader.bytes(HEADER_BYTES, 'header');
}

/**
 * Reads header and context of an encoded block whose header has this hash. Throws `ERR_QANTO_MALFORMED`. The result
 * shares memory with the bytes.
 */
export function readHead(bytes: Uint8Array, hash: string): HeadedBlock {
  const header = headerOf(bytes);
  const reader = new ByteReader(bytes, 1 + HEADER_BYTES, hash);
  return locate(bytes, hash, { header: decodeHeader(header), context: readContext(reader) }, reader.offset);
}

/** The byte ranges of an encoded block, whose header and context end at `offset`. The result shares memory with the bytes. */
export function locate(
  bytes: Uint8Array,
  hash: string,
  block: HeadedBlock['block'],
  offset: number,
): HeadedBlock {
  return new LocatedBlock(bytes, hash, block, offset);
}

/**
 * A block in its encoded form. The byte ranges are made when they are asked for, since most blocks of a flood are refused
 * before that.
 */
class LocatedBlock implements HeadedBlock {
  readonly hash: string;
  readonly block: HeadedBlock['block'];
  readonly bytes: Uint8Array;
  readonly #offset: number;

  constructor(bytes: Uint8Array, hash: string, block: HeadedBlock['block'], offset: number) {
    this.hash = hash;
    this.block = block;
    this.bytes = bytes;
    this.#offset = offset;
  }

  get header(): Uint8Array {
    return this.bytes.subarray(1, 1 + HEADER_BYTES);
  }

  get context(): Uint8Array {
    return this.bytes.subarray(1 + HEADER_BYTES, this.#offset);
  }

  get head(): Uint8Array {
    return this.bytes.subarray(1, this.#offset);
  }

  get body(): Uint8Array {
    return this.bytes.subarray(this.#offset);
  }
}

/** A block with its contents. The head and the body are made once, since a store reads them several times. */
class BlockWithContents implements ParsedBlock {
  readonly hash: string;
  readonly block: Block;
  readonly bytes: Uint8Array;
  readonly head: Uint8Array;
  readonly body: Uint8Array;
  readonly contents: readonly Uint8Array[];

  constructor(headed: HeadedBlock, coinbase: Coinbase, contents: readonly Uint8Array[]) {
    const { header, context } = headed.block;
    this.hash = headed.hash;
    this.block = { header, context, coinbase, payloads: contents.slice(1) };
    this.bytes = headed.bytes;
    this.head = headed.head;
    this.body = headed.body;
    this.contents = contents;
  }

  get header(): Uint8Array {
    return this.head.subarray(0, HEADER_BYTES);
  }

  get context(): Uint8Array {
    return this.head.subarray(HEADER_BYTES);
  }
}

/** Decodes a head, and returns the hash of its header too. Throws `ERR_QANTO_MALFORMED`. */
export function parseHead(head: Uint8Array): Pick<Block, 'header' | 'context'> & { readonly hash: string } {
  const reader = new ByteReader(head);
  const header = reader.bytes(HEADER_BYTES, 'header');
  const context = readContext(reader);
  reader.end();
  return { hash: hashHeader(header), header: decodeHeader(header), context };
}

/** The encoded block with this head and body. */
export function joinBlock(head: Uint8Array, body: Uint8Array): Uint8Array {
  return new ByteWriter(1 + head.length + body.length)
    .u8(BLOCK_FORMAT, 'format')
    .bytes(head)
    .bytes(body)
    .finish();
}

/** Returns the payloads. Throws `ERR_QANTO_INVALID_ARGUMENT` if they are not an array of Uint8Array. */
export function checkPayloads(payloads: readonly Uint8Array[]): readonly Uint8Array[] {
  if (!Array.isArray(payloads)) throw mustBe('payloads', payloads, 'an array of Uint8Array');
  for (const [index, payload] of payloads.entries()) {
    if (!(payload instanceof Uint8Array)) {
      throw mustBe(`payloads[${index}]`, payload, 'a Uint8Array');
    }
  }
  return payloads;
}
