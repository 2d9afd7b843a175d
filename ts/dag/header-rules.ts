/**
 * The rules that the header alone must follow. They are checked before anything else of the block is read, so that a
 * block without proof of work costs the same few microseconds whatever it contains.
 */

import { decodeCompact, digestToInteger } from '../pow/targets.ts';
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
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  checkVersion(header, view.getUint32(0, true));
  const bits = view.getUint32(72, true);
  const target = targetOf(header, bits);
  // The block hash is the sha256d digest, read as a little-endian integer in hexadecimal.
  const found =
    powAlgorithm === 'sha256d' ? BigInt(`0x${header.hash}`) : digestToInteger(digest(powAlgorithm, bytes));
  if (found <= target) return;
  reject(header, 'ERR_QANTO_POW_NOT_MET', {
    field: 'header.nonce',
    value: view.getUint32(76, true),
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

function targetOf(header: HashedHeader, bits: number): bigint {
  const target = decodeCompact(bits);
  if (typeof target === 'bigint') return target;
  reject(header, 'ERR_QANTO_INVALID_BITS', { field: 'header.bits', value: showU32(bits), expected: target });
}
