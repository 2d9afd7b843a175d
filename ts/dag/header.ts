/**
 * The mined header: 80 bytes in Bitcoin's layout, so that standard SHA-256d mining software can search its nonce. The
 * field of the previous block's hash contains the hash of the context, and the field of the merkle root that of the
 * contents.
 */
import { requireBytes, requireObject } from '../check-arguments.ts';
import { sha256dDisplayed } from '../pow/sha256d.ts';
import { ByteReader, ByteWriter } from './bytes.ts';

/**
 * The number of bytes of an encoded header: version, contextHash, contentRoot, time, bits, nonce, as in Bitcoin.
 * Integers are u32, little-endian.
 */
export const HEADER_BYTES = 80;

/** 0x20000000: the version of every header, except for the bits that miners may roll ({@link VERSION_ROLLING_MASK}). */
export const HEADER_VERSION = 0x2000_0000;

/**
 * The maximum time by which a header's time may be ahead of its context's timestamp, in seconds, since miners may roll
 * it.
 */
export const MAX_TIME_ROLL_SECONDS = 600;

/** The mined header. Its encoding has 80 bytes, whose sha256d hash is the id of the block. */
export interface Header {
  /** u32: {@link HEADER_VERSION} except for the rolling bits. */
  readonly version: number;
  /** sha256d of the serialised context, 64 hex digits in displayed order. */
  readonly contextHash: string;
  /** The merkle root of the contents, 64 hex digits in displayed order. */
  readonly contentRoot: string;
  /** u32, seconds since the Unix epoch: the context's timestamp rounded down, or up to 600 s later. */
  readonly time: number;
  /** u32: the compact target, which must be the expected bits of the block's past. */
  readonly bits: number;
  /** u32. If all nonces are exhausted, roll the version, the time or the extra nonce of the coinbase. */
  readonly nonce: number;
}

/** Encodes a header into 80 bytes. Throws `ERR_QANTO_INVALID_ARGUMENT`, naming the field, if a value does not fit. */
export function encodeHeader(header: Header): Uint8Array {
  requireObject('header', header);
  return new ByteWriter(HEADER_BYTES)
    .u32(header.version, 'header.version')
    .hash(header.contextHash, 'header.contextHash')
    .hash(header.contentRoot, 'header.contentRoot')
    .u32(header.time, 'header.time')
    .u32(header.bits, 'header.bits')
    .u32(header.nonce, 'header.nonce')
    .finish();
}

/** Decodes a header; any 80 bytes are valid. Throws `ERR_QANTO_INVALID_ARGUMENT` if the length is not 80 bytes. */
export function decodeHeader(bytes: Uint8Array): Header {
  requireBytes('header', bytes, HEADER_BYTES);
  return readHeader(new ByteReader(bytes));
}

/** Reads a header. Throws `ERR_QANTO_MALFORMED` if fewer than 80 bytes are left. */
export function readHeader(reader: ByteReader): Header {
  return {
    version: reader.u32('header.version'),
    contextHash: reader.hash('header.contextHash'),
    contentRoot: reader.hash('header.contentRoot'),
    time: reader.u32('header.time'),
    bits: reader.u32('header.bits'),
    nonce: reader.u32('header.nonce'),
  };
}

/**
 * The hash of a block, its id on every network: sha256d of the 80 bytes, 64 hex digits in displayed order. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if the length is not 80 bytes.
 */
export function hashHeader(bytes: Uint8Array): string {
  requireBytes('header', bytes, HEADER_BYTES);
  return sha256dDisplayed(bytes);
}
