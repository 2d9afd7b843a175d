/**
 * The rules that the header alone must follow. They are checked before anything else of the block is read, so that a
 * block without proof of work costs the same few microseconds whatever it contains.
 */

import { displayHash } from '../pow/hex.ts';
import { decodeCompact } from '../pow/targets.ts';
import { digest } from '../pow/verify.ts';
import { VERSION_ROLLING_MASK } from '../pow/version-rolling.ts';
import { HEADER_VERSION } from './header.ts';
import type { NetworkParams } from './params.ts';
import { reject, showU32 } from './reject.ts';

/** An encoded header and its hash. Nothing is known about the rest of the block. */
export interface HashedHeader {
  /** The id of the block. */
  readonly hash: string;
  /** The encoded header, 80 bytes. */
  readonly bytes: Uint8Array;
}

/** Checks version, bits and proof of work of a header. Throws the BlockRejectedError of the first rule broken. */
export function checkHeader(header: HashedHeader, { powAlgorithm }: NetworkParams): void {
  const { bytes } = header;
  checkVersion(header, uint32At(bytes, 0));
  const bits = uint32At(bytes, 72);
  // Both are integers of 64 hexadecimal digits. The hash of a block is its sha256d digest in displayed order.
  const target = targetOf(header, bits);
  const found = powAlgorithm === 'sha256d' ? header.hash : displayHash(digest(powAlgorithm, bytes));
  if (found <= target) return;
  reject(header, 'ERR_QANTO_POW_NOT_MET', {
    field: 'header.nonce',
    value: uint32At(bytes, 76),
    expected: `one whose ${powAlgorithm} digest meets the target of bits ${showU32(bits)}`,
  });
}

function checkVersion(header: HashedHeader, version: number): void {
  if ((version & ~VERSION_ROLLING_MASK) >>> 0 === HEADER_VERSION) return;
  reject(header, 'ERR_QANTO_BAD_VERSION', {
    field: 'header.version',
    value: showU32(version),
    expected: `${showU32(HEADER_VERSION)} outside of the bits ${showU32(VERSION_ROLLING_MASK)}`,
  });
}

/** The targets of recent bits, since arithmetic with integers of 256 bits takes longer than the comparison. */
const targets = new Map<number, string>();
const MOST_TARGETS = 256;

function targetOf(header: HashedHeader, bits: number): string {
  const known = targets.get(bits);
  if (known !== undefined) return known;
  const target = decodeCompact(bits);
  if (typeof target === 'string') {
    reject(header, 'ERR_QANTO_INVALID_BITS', {
      field: 'header.bits',
      value: showU32(bits),
      expected: target,
    });
  }
  const digits = target.toString(16).padStart(64, '0');
  if (targets.size >= MOST_TARGETS) targets.clear();
  targets.set(bits, digits);
  return digits;
}

/** A little-endian integer. A DataView for each header would cost as much as the other checks. */
function uint32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
