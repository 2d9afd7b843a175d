/**
 * Encodes and decodes blocks: format version, header, context, contents. The contents are the leaves of the merkle tree,
 * beginning with the coinbase. docs/protocol.md has the table.
 */
import { requireBytes, requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { COINBASE_BYTES, type Coinbase, decodeCoinbase, encodeCoinbase } from './coinbase.ts';
import { type Context, encodeContext, readContext } from './context.ts';
import { BlockRejectedError } from './errors.ts';
import { decodeHeader, encodeHeader, HEADER_BYTES, type Header, hashHeader } from './header.ts';

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
 * A block read from bytes, with the byte ranges that its hashes are computed from. It shares no memory with its input.
 */
export interface ParsedBlock {
  readonly hash: string;
  readonly block: Block;
  /** The encoded header, 80 bytes. */
  readonly header: Uint8Array;
  readonly context: Uint8Array;
  /** The coinbase and the payloads, which are the contents that the merkle tree is computed from. */
  readonly contents: readonly Uint8Array[];
  /** Header and context. */
  readonly head: Uint8Array;
  /** The number of contents, and the contents with their lengths. */
  readonly body: Uint8Array;
  readonly byteLength: number;
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
  const own = new Uint8Array(bytes);
  const reader = new ByteReader(own);
  const format = reader.u8('format');
  if (format !== BLOCK_FORMAT) reader.fail('format', format, `${BLOCK_FORMAT}`);
  const headStart = reader.offset;
  const { hash, header, headerBytes, context } = readHead(reader);
  const bodyStart = reader.offset;
  const contents = readContents(reader);
  reader.end();
  const head = own.subarray(headStart, bodyStart);
  return {
    hash,
    block: { header, context, coinbase: firstContent(hash, contents), payloads: contents.slice(1) },
    header: headerBytes,
    context: head.subarray(HEADER_BYTES),
    contents,
    head,
    body: own.subarray(bodyStart),
    byteLength: own.length,
  };
}

/** Decodes a head, and returns the hash of its header too. Throws `ERR_QANTO_MALFORMED`. */
export function parseHead(head: Uint8Array): Pick<Block, 'header' | 'context'> & { readonly hash: string } {
  const reader = new ByteReader(head);
  const { hash, header, context } = readHead(reader);
  reader.end();
  return { hash, header, context };
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

function readHead(reader: ByteReader) {
  const headerBytes = reader.bytes(HEADER_BYTES, 'header');
  return {
    hash: hashHeader(headerBytes),
    header: decodeHeader(headerBytes),
    headerBytes,
    context: readContext(reader),
  };
}

function encodeContents(contents: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(contents.reduce((total, content) => total + 4 + content.length, 4));
  writer.u32(contents.length, 'contents.length');
  for (const [index, content] of contents.entries()) {
    writer.u32(content.length, `contents[${index}].length`).bytes(content);
  }
  return writer.finish();
}

function readContents(reader: ByteReader): Uint8Array[] {
  const count = reader.u32('contents.length');
  const contents: Uint8Array[] = [];
  for (let index = 0; index < count; index++) {
    contents.push(reader.bytes(reader.u32(`contents[${index}].length`), `contents[${index}]`));
  }
  return contents;
}

function firstContent(hash: string, [first]: readonly Uint8Array[]): Coinbase {
  if (first?.length !== COINBASE_BYTES) {
    const expected = `a coinbase of ${COINBASE_BYTES} bytes`;
    throw new BlockRejectedError('ERR_QANTO_BAD_COINBASE', {
      hash,
      field: 'contents[0]',
      value: first,
      expected,
    });
  }
  return decodeCoinbase(first);
}
