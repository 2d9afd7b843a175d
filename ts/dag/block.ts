/**
 * A block and its bytes: format version, header, context, contents. The contents are the leaves of the merkle
 * tree, the coinbase first; docs/protocol.md has the table.
 */
import { requireBytes, requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { COINBASE_BYTES, type Coinbase, decodeCoinbase, encodeCoinbase } from './coinbase.ts';
import { type Context, encodeContext, readContext } from './context.ts';
import { BlockRejectedError } from './errors.ts';
import { decodeHeader, encodeHeader, HEADER_BYTES, type Header, hashHeader } from './header.ts';

/** The first byte of an encoded block. Another one is `ERR_QANTO_MALFORMED`. */
export const BLOCK_FORMAT = 1;

/** A block as an object. Its id is {@link hashHeader} of its encoded header. docs/protocol.md has the bytes. */
export interface Block {
  /** What is mined; commits to all the rest. */
  readonly header: Header;
  /** Its place in the DAG; the header has its hash. */
  readonly context: Context;
  /** The first content: who mined it. */
  readonly coinbase: Coinbase;
  /**
   * The other contents: opaque to the chain, which orders them. No two are equal, none is longer than
   * `maxPayloadBytes`.
   */
  readonly payloads: readonly Uint8Array[];
}

/** A block read from bytes, with the pieces its commitments are computed over. Shares no memory with its input. */
export interface ParsedBlock {
  readonly hash: string;
  readonly block: Block;
  /** 80 bytes. */
  readonly header: Uint8Array;
  readonly context: Uint8Array;
  /** Coinbase and payloads, as the merkle tree has them. */
  readonly contents: readonly Uint8Array[];
  /** Header and context: what it takes to know a block's place in the DAG. */
  readonly head: Uint8Array;
  /** The contents with their lengths. */
  readonly body: Uint8Array;
  readonly byteLength: number;
}

/**
 * The bytes of a block, in an array of their own. Throws `ERR_QANTO_INVALID_ARGUMENT`, naming the field, for a value that does
 * not fit it.
 */
export function encodeBlock(block: Block): Uint8Array {
  requireObject('block', block);
  const contents = [encodeCoinbase(block.coinbase), ...checkPayloads(block.payloads)];
  return joinBlock(encodeHead(block), encodeContents(contents));
}

/** Header and context, as {@link ParsedBlock.head} has them. */
export function encodeHead(block: Pick<Block, 'header' | 'context'>): Uint8Array {
  const context = encodeContext(block.context);
  return new ByteWriter(HEADER_BYTES + context.length)
    .bytes(encodeHeader(block.header))
    .bytes(context)
    .finish();
}

/**
 * The block in the bytes. Throws BlockRejectedError: `ERR_QANTO_MALFORMED` unless the bytes are exactly what
 * {@link encodeBlock} writes, `ERR_QANTO_BAD_COINBASE` when the first content is none; `ERR_QANTO_INVALID_ARGUMENT` for what is no Uint8Array.
 * Checks no other rule. Allocates in proportion to the bytes given, whatever they claim.
 */
export function decodeBlock(bytes: Uint8Array): Block {
  requireBytes('bytes', bytes);
  return parseBlock(bytes).block;
}

/** {@link decodeBlock}, with the hash and the pieces. */
export function parseBlock(bytes: Uint8Array): ParsedBlock {
  // Not slice(), which for a Buffer would share its memory.
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

/** The head alone, and its hash. Throws `ERR_QANTO_MALFORMED`. */
export function parseHead(head: Uint8Array): Pick<Block, 'header' | 'context'> & { readonly hash: string } {
  const reader = new ByteReader(head);
  const { hash, header, context } = readHead(reader);
  reader.end();
  return { hash, header, context };
}

/** The bytes of a block from its head and body. */
export function joinBlock(head: Uint8Array, body: Uint8Array): Uint8Array {
  return new ByteWriter(1 + head.length + body.length)
    .u8(BLOCK_FORMAT, 'format')
    .bytes(head)
    .bytes(body)
    .finish();
}

/** The payloads, if they are a list of byte arrays. Throws `ERR_QANTO_INVALID_ARGUMENT`. */
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
