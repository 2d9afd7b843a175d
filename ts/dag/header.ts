/**
 * The mined header: 80 bytes in Bitcoin's shape, so that stock SHA-256d mining software can search its nonce.
 * The place of the previous block's hash commits to the context, the place of the merkle root to the contents.
 */
import { requireBytes, requireObject } from '../check-arguments.ts';
import { displayHash } from '../pow/hex.ts';
import { sha256d } from '../pow/sha256d.ts';
import { ByteReader, ByteWriter } from './bytes.ts';

/**
 * Bytes of an encoded header: version, contextHash, contentRoot, time, bits, nonce, as in Bitcoin's. Integers are u32
 * LE.
 */
export const HEADER_BYTES = 80;

/** 0x20000000: the version of every header, but for the bits miners may roll ({@link VERSION_ROLLING_MASK}). */
export const HEADER_VERSION = 0x2000_0000;

/** How far the header's time may be ahead of the context's timestamp, in seconds: room for miners that roll it. */
export const MAX_TIME_ROLL_SECONDS = 600;

/** The mined header. Its 80 bytes are what is hashed, and sha256d of them is the block's id. */
export interface Header {
  /** u32; {@link HEADER_VERSION} but for the rolling bits. */
  readonly version: number;
  /** sha256d of the serialised context, 64 hex digits in displayed order. */
  readonly contextHash: string;
  /** Merkle root of the contents, 64 hex digits in displayed order. */
  readonly contentRoot: string;
  /** u32, seconds since the Unix epoch: the context's timestamp rounded down, or up to 600 s later. */
  readonly time: number;
  /** Compact target, u32; must be the due difficulty. */
  readonly bits: number;
  /** u32. Where all are used up, roll the version, the time or the coinbase's extra nonce. */
  readonly nonce: number;
}

/** The 80 bytes. Throws `ERR_QANTO_INVALID_ARGUMENT`, naming the field, for a value that does not fit it. */
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

/** The header in 80 bytes; any 80 bytes are one. Throws `ERR_QANTO_INVALID_ARGUMENT` for another length. */
export function decodeHeader(bytes: Uint8Array): Header {
  requireBytes('header', bytes, HEADER_BYTES);
  const reader = new ByteReader(bytes);
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
 * The block's hash, its identity on every network: sha256d of the 80 bytes, 64 hex digits in displayed order. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` for another length.
 */
export function hashHeader(bytes: Uint8Array): string {
  requireBytes('header', bytes, HEADER_BYTES);
  return displayHash(sha256d(bytes));
}
