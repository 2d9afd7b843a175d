/**
 * Block headers of Bitcoin: 80 bytes whose SHA-256d, as a little-endian integer, is at most the target of their compact bits.
 * Source: https://developer.bitcoin.org/reference/block_chain.html#block-headers.
 */
import { requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { displayHash } from '../pow/hex.ts';
import { type SolveOptions, solvePow } from '../pow/solve.ts';
import { compactProblem } from '../pow/targets.ts';
import {
  type Algorithm,
  type BlockHeaderOptions,
  blockHeader,
  checkDigestLength,
  type Template,
} from '../pow/template.ts';
import { digest, verifyPow } from '../pow/verify.ts';
import { rolledVersion } from '../pow/version-rolling.ts';
import { type Effort, effortOf, refused, type Verdict } from './common.ts';

const { types } = process.getBuiltinModule('node:util');

const HEADER_BYTES = 80;
const BITS_OFFSET = 72;
const NONCE_OFFSET = 76;
const DIGEST_BYTES = 32;

/** A header, and what it must meet: the fields of `BlockHeaderOptions`. */
export interface BitcoinChallenge extends BlockHeaderOptions {
  /** The header: 80 bytes. It is not changed. */
  readonly header: Uint8Array;
}

/** A header that {@link solve} has found. */
export interface BitcoinAnswer extends Effort {
  /** The header with its nonce and, with version rolling, its version: 80 bytes. */
  readonly header: Uint8Array;
  /** The hash of the block, as it is displayed: 64 lowercase hex digits. */
  readonly hash: string;
}

/** The reasons why {@link verify} refuses a header: it is not one, or its hash is above the target. */
export type BitcoinReason = 'malformed' | 'too-little-work';

/** What {@link verify} returns about a valid header. */
export interface BitcoinDetails {
  /** The hash of the block, as it is displayed: 64 lowercase hex digits. */
  readonly hash: string;
}

/**
 * Returns the template of a header. The target is that of its compact bits unless another one, such as that of a share, is given.
 * Throws `ERR_QANTO_INVALID_ARGUMENT` if the challenge is invalid.
 */
export function template(challenge: BitcoinChallenge): Template {
  requireObject('challenge', challenge);
  const { header, ...options } = challenge;
  const searched = blockHeader(header, options);
  if (checkDigestLength('digestLength', undefined, searched.algorithm as Algorithm) !== DIGEST_BYTES) {
    throw mustBe(
      'challenge.algorithm',
      searched.algorithm,
      `a hash function with a digest of ${DIGEST_BYTES} bytes`,
    );
  }
  return searched;
}

/** Finds a nonce for a header. Rejects with the errors of `solvePow`. */
export async function solve(challenge: BitcoinChallenge, options?: SolveOptions): Promise<BitcoinAnswer> {
  const searched = template(challenge);
  const solution = await solvePow(searched, options);
  const solved = Buffer.from(searched.preimage);
  solved.writeUInt32LE(Number(solution.nonce), NONCE_OFFSET);
  if (searched.versionRolling !== undefined) {
    solved.writeUInt32LE(rolledVersion(solved.readUInt32LE(0), solution.variant), 0);
  }
  return { header: new Uint8Array(solved), hash: displayHash(solution.digest), ...effortOf(solution) };
}

/**
 * Checks whether a header from outside, with its nonce, meets the target of its own compact bits, or the given one. Without a
 * given one, its bits alone decide how much work it needs. It is malformed if it does not have 80 bytes, or if its bits, where
 * they are needed, encode no target. The verdict of a valid header has its hash. Throws `ERR_QANTO_INVALID_ARGUMENT` if the
 * algorithm or the target is invalid.
 */
export function verify(
  challenge: Omit<BitcoinChallenge, 'versionRolling'>,
): Verdict<BitcoinReason, BitcoinDetails> {
  requireObject('challenge', challenge);
  if (!isHeader(challenge.header, challenge.target === undefined)) return refused('malformed');
  const expected = template(challenge);
  const header = Buffer.from(expected.preimage);
  if (!verifyPow(expected, header.readUInt32LE(NONCE_OFFSET))) return refused('too-little-work');
  return { valid: true, hash: displayHash(digest(challenge.algorithm ?? 'sha256d', header)) };
}

/** Returns whether a value from outside is 80 bytes and, if they are needed, has compact bits that encode a target. */
function isHeader(header: unknown, needsBits: boolean): boolean {
  if (!types.isUint8Array(header) || header.length !== HEADER_BYTES) return false;
  const bits = new DataView(header.buffer, header.byteOffset).getUint32(BITS_OFFSET, true);
  return !needsBits || compactProblem(bits, DIGEST_BYTES) === undefined;
}
