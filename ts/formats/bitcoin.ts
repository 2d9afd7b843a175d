/**
 * Block headers of Bitcoin: 80 bytes whose SHA-256d, as a little-endian integer, is at most the target of their compact bits.
 * Source: https://developer.bitcoin.org/reference/block_chain.html#block-headers.
 */
import { requireBytes } from '../check-arguments.ts';
import { displayHash } from '../pow/hex.ts';
import { type SolveOptions, solvePow } from '../pow/solve.ts';
import { type BlockHeaderOptions, blockHeader, type Template } from '../pow/template.ts';
import { digest, verifyPow } from '../pow/verify.ts';
import { rolledVersion } from '../pow/version-rolling.ts';
import { type Effort, effortOf, refused, type Verdict } from './common.ts';

const HEADER_BYTES = 80;
const NONCE_OFFSET = 76;

/** A header that {@link solve} has found. */
export interface BitcoinAnswer extends Effort {
  /** The header with its nonce and, with version rolling, its version: 80 bytes. */
  readonly header: Uint8Array;
  /** The hash of the block, as it is displayed: 64 lowercase hex digits. */
  readonly hash: string;
}

/** What {@link verify} returns about a valid header. */
export interface BitcoinDetails {
  /** The hash of the block, as it is displayed: 64 lowercase hex digits. */
  readonly hash: string;
}

/** Returns the template of a header. Throws the errors of `blockHeader`. */
export function template(header: Uint8Array, options?: BlockHeaderOptions): Template {
  return blockHeader(header, options);
}

/**
 * Finds a nonce for a header, which is not changed. `headerOptions` may set another target, such as that of a share, or version
 * rolling. Rejects with the errors of `solvePow`.
 */
export async function solve(
  header: Uint8Array,
  options?: SolveOptions,
  headerOptions?: BlockHeaderOptions,
): Promise<BitcoinAnswer> {
  const searched = template(header, headerOptions);
  const solution = await solvePow(searched, options);
  const solved = Buffer.from(searched.preimage);
  solved.writeUInt32LE(Number(solution.nonce), NONCE_OFFSET);
  if (searched.versionRolling !== undefined) {
    solved.writeUInt32LE(rolledVersion(solved.readUInt32LE(0), solution.variant), 0);
  }
  return { header: new Uint8Array(solved), hash: displayHash(solution.digest), ...effortOf(solution) };
}

/**
 * Checks whether a header meets the target of its own compact bits, or the given one. The verdict of a valid header has its hash.
 * Throws the errors of `blockHeader`.
 */
export function verify(
  header: Uint8Array,
  headerOptions?: Pick<BlockHeaderOptions, 'algorithm' | 'target'>,
): Verdict<'too-little-work', BitcoinDetails> {
  requireBytes('header', header, HEADER_BYTES);
  const expected = blockHeader(header, headerOptions);
  const nonce = Buffer.from(header.buffer, header.byteOffset, header.byteLength).readUInt32LE(NONCE_OFFSET);
  if (!verifyPow(expected, nonce)) return refused('too-little-work');
  return { valid: true, hash: displayHash(digest(headerOptions?.algorithm ?? 'sha256d', header)) };
}
