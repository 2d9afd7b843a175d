/**
 * A template says what to hash and what counts as a hit. It is plain data, so that it can be logged, compared,
 * and sent to a worker.
 */

import {
  type Fields,
  type NameOf,
  refuseUnknown,
  requireBytes,
  requireInteger,
  requireObject,
  requireOneOf,
} from '../check-arguments.ts';
import { InvalidArgumentError, mustBe } from '../errors.ts';
import type { RuleInput, TemplateInput } from '../native.ts';
import { type HitRule, type Interval, meanHashes, toInterval } from './hit-rule.ts';
import { type CheckedNonceField, checkNonceField, type NonceField, overwrittenBytes } from './nonce.ts';
import { compactToTarget } from './targets.ts';
import { checkVersionRolling } from './version-rolling.ts';

const { types } = process.getBuiltinModule('node:util');

/**
 * The hash functions: SHA-1, SHA-256 and SHA-512 (FIPS 180-4), SHA-256 and SHA-512 applied twice, unkeyed BLAKE2b
 * (RFC 7693), and unkeyed BLAKE3 (specification of 2020) with 32 bytes of output.
 */
export const ALGORITHMS = ['sha1', 'sha256', 'sha256d', 'sha512', 'sha512d', 'blake2b', 'blake3'] as const;
/** One of {@link ALGORITHMS}. */
export type Algorithm = (typeof ALGORITHMS)[number];

/** The length of a digest in bytes. Only BLAKE2b has other lengths, too. */
const DIGEST_LENGTHS: Readonly<Record<Algorithm, number>> = {
  sha1: 20,
  sha256: 32,
  sha256d: 32,
  sha512: 64,
  sha512d: 64,
  blake2b: 64,
  blake3: 32,
};

/** The maximum length of a digest, in bytes. */
const MAX_DIGEST_BYTES = 64;

/** The maximum length of a preimage, in bytes. */
export const MAX_PREIMAGE_BYTES = 65536;

/** The maximum length of the bytes that a template repeats. */
const MAX_REPEATED_BYTES = 1024;
/** The minimum and the maximum length of all repetitions together, in bytes. */
const MIN_REPETITIONS_BYTES = 128;
const MAX_REPETITIONS_BYTES = 2 ** 24;

/**
 * What to hash and what counts as a hit, as plain data. {@link blockHeader} creates a template from a block
 * header.
 */
export interface Template {
  /** The hash function: one of {@link ALGORITHMS}. */
  readonly algorithm: NameOf<Algorithm>;
  /**
   * The length of the digest in bytes, from 1 to 64. Only `blake2b` has digests of several lengths, whose bytes
   * differ: no digest is the beginning of a longer one. Default: 64.
   */
  readonly digestLength?: number;
  /**
   * The bytes to hash, without a nonce that is text: 1 to 65,536 bytes. A binary nonce is written into a copy of
   * them, so that the bytes at its position have no effect. They are copied before the call returns; the caller may
   * change them afterwards.
   */
  readonly preimage: Uint8Array;
  /** The position and the encoding of the nonce in the message. */
  readonly nonce: NonceField;
  /**
   * What counts as a hit. A bigint is the largest digest that does: a digest of n bytes is a hit if, as a
   * little-endian integer, it is at most the target, which is from 1 to 2^(8n) - 1. An object is one of the other
   * forms of a rule, such as `{ leadingZeroBits: 20 }`.
   */
  readonly target: bigint | HitRule;
  /**
   * The number of block versions to try with each nonce, from 1 to 16 (version rolling, BIP 320). The first
   * four bytes of the preimage must be the version (u32 little-endian), and the nonce must have 4 bytes and lie
   * after them. Variant v has v in the bits of {@link VERSION_ROLLING_MASK}, which are overwritten. In a header
   * of 80 bytes, the variants share work, so that sha256d is faster. Larger numbers are faster, and even
   * numbers are best. Default: no version rolling.
   */
  readonly versionRolling?: number;
  /**
   * Bytes that follow the preimage several times, as in the proof of work of MEGA. It needs `sha256` and a binary nonce, and
   * excludes version rolling. A search is much faster than with a preimage that contains them, and can be stopped within a
   * hash. `verifyPow` hashes the whole message on the calling thread, and `verifyPowBatch` does not take such templates; to
   * check a nonce without blocking the event loop, search it with `startNonce` and `maxHashes: 1`. Default: none.
   */
  readonly repeated?: {
    /** The bytes: 1 to 1,024. */
    readonly bytes: Uint8Array;
    /** How many times they follow the preimage. All repetitions together have 128 to 16,777,216 bytes. */
    readonly times: number;
  };
}

export const TEMPLATE_FIELDS: Fields<Template> = {
  algorithm: true,
  digestLength: true,
  preimage: true,
  nonce: true,
  target: true,
  versionRolling: true,
  repeated: true,
};

const REPEATED_FIELDS: Fields<NonNullable<Template['repeated']>> = { bytes: true, times: true };

/** A template whose fields have been checked. */
export interface CheckedTemplate {
  readonly algorithm: Algorithm;
  readonly digestLength: number;
  readonly preimage: Uint8Array;
  readonly nonce: CheckedNonceField;
  readonly rule: Interval;
  readonly versionRolling?: number;
  readonly repeated?: NonNullable<Template['repeated']>;
}

/** The options of {@link blockHeader}. */
export interface BlockHeaderOptions {
  /** The hash function. Default: `sha256d`. */
  readonly algorithm?: Algorithm;
  /**
   * The target, from 1 to 2^(8n) - 1 for a digest of n bytes. Default: that of the compact bits in bytes 72 to 75
   * of the header.
   */
  readonly target?: bigint;
  /** The number of versions to try with each nonce, from 1 to 16. See {@link Template.versionRolling}. */
  readonly versionRolling?: number;
}

const HEADER_OPTION_FIELDS: Fields<BlockHeaderOptions> = {
  algorithm: true,
  target: true,
  versionRolling: true,
};

/**
 * Creates the template of a block header in Bitcoin's layout: 80 bytes, with compact bits at offset 72 and the
 * nonce (u32 little-endian) at offset 76. The template refers to the header and does not copy it. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if the header does not have 80 bytes, if its compact bits encode no target and
 * none is given, or if an option is invalid.
 */
export function blockHeader(
  header: Uint8Array,
  options: BlockHeaderOptions = {},
): Template & {
  /** The target, as a bigint. */
  readonly target: bigint;
} {
  requireBytes('header', header, 80);
  requireObject('options', options);
  refuseUnknown('options', options, HEADER_OPTION_FIELDS);
  const bits = new DataView(header.buffer, header.byteOffset).getUint32(72, true);
  const template = {
    algorithm: options.algorithm ?? 'sha256d',
    preimage: header,
    nonce: { offset: 76, encoding: 'u32le' },
    target: options.target ?? compactToTarget(bits),
    ...(options.versionRolling !== undefined && { versionRolling: options.versionRolling }),
  };
  checkTemplate(template);
  return template;
}

/**
 * Throws `ERR_QANTO_INVALID_ARGUMENT`, which names the field and its value, if the template is invalid. Returns
 * the checked values, because a getter may return another value the next time.
 */
export function checkTemplate(template: Template): CheckedTemplate {
  requireObject('template', template);
  refuseUnknown('template', template, TEMPLATE_FIELDS);
  const { algorithm, digestLength, preimage, nonce, target, versionRolling, repeated } = template;
  requireOneOf('template.algorithm', algorithm, ALGORITHMS);
  const length = checkDigestLength('template.digestLength', digestLength, algorithm);
  if (!types.isUint8Array(preimage) || preimage.length < 1 || preimage.length > MAX_PREIMAGE_BYTES) {
    throw mustBe('template.preimage', preimage, `a Uint8Array of 1 to ${MAX_PREIMAGE_BYTES} bytes`);
  }
  const checked = {
    algorithm,
    digestLength: length,
    preimage,
    nonce: checkNonceField(nonce, preimage),
    rule: toInterval(target, length),
  };
  if (repeated !== undefined) {
    return { ...checked, repeated: checkRepeated(repeated, checked, versionRolling) };
  }
  if (versionRolling === undefined) return checked;
  checkVersionRolling(versionRolling, checked.nonce.offset, overwrittenBytes(checked.nonce.encoding));
  return { ...checked, versionRolling };
}

function checkRepeated(
  repeated: NonNullable<Template['repeated']>,
  { algorithm, nonce }: CheckedTemplate,
  versionRolling: number | undefined,
): NonNullable<Template['repeated']> {
  requireObject('template.repeated', repeated);
  refuseUnknown('template.repeated', repeated, REPEATED_FIELDS);
  const { bytes, times } = repeated;
  if (!types.isUint8Array(bytes) || bytes.length < 1 || bytes.length > MAX_REPEATED_BYTES) {
    throw mustBe('template.repeated.bytes', bytes, `a Uint8Array of 1 to ${MAX_REPEATED_BYTES} bytes`);
  }
  const [least, most] = [MIN_REPETITIONS_BYTES / bytes.length, MAX_REPETITIONS_BYTES / bytes.length];
  requireInteger('template.repeated.times', times, Math.ceil(least), Math.floor(most));
  if (algorithm !== 'sha256' || overwrittenBytes(nonce.encoding) === 0 || versionRolling !== undefined) {
    throw new InvalidArgumentError(
      'template.repeated',
      repeated,
      'template.repeated must only be given for sha256 and a binary nonce, without version rolling',
    );
  }
  return { bytes, times };
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if the template repeats bytes, because many answers at once may not. */
export function refuseRepeated(argument: string, { repeated }: CheckedTemplate): void {
  if (repeated === undefined) return;
  throw new InvalidArgumentError(
    argument,
    repeated,
    `${argument} must not be given where many answers are verified at once; search the nonce with startNonce and maxHashes: 1`,
  );
}

/**
 * Returns the length of the digests of a hash function in bytes: the given one, or the default. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if the hash function has no digests of this length.
 */
export function checkDigestLength(
  argument: string,
  digestLength: number | undefined,
  algorithm: Algorithm,
): number {
  if (digestLength === undefined) return DIGEST_LENGTHS[algorithm];
  if (algorithm !== 'blake2b') {
    throw new InvalidArgumentError(
      argument,
      digestLength,
      `${argument} must not be given for ${algorithm}, whose digests have ${DIGEST_LENGTHS[algorithm]} bytes`,
    );
  }
  requireInteger(argument, digestLength, 1, MAX_DIGEST_BYTES);
  return digestLength;
}

/**
 * The expected number of hashes until a hit of the template. It is 2^(8n) / (target + 1) if the target is a bigint
 * and the digest has n bytes. The result is rounded to the precision of a number. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if the template is invalid.
 */
export function expectedHashes(template: Template): number {
  return meanHashes(checkTemplate(template).rule);
}

/** Converts a checked template for the addon. */
export function toNativeTemplate(template: CheckedTemplate): TemplateInput {
  const { algorithm, digestLength, preimage, nonce, rule, versionRolling, repeated } = template;
  return {
    algorithm,
    digestLength,
    preimage,
    nonceOffset: nonce.offset,
    nonceEncoding: nonce.encoding,
    ...(nonce.width !== undefined && { nonceWidth: nonce.width }),
    rule: toNativeRule(rule),
    ...(versionRolling !== undefined && { versionRolling }),
    ...(repeated !== undefined && { repeated }),
  };
}

/** Converts an interval for the addon, which takes its bounds as little-endian bytes. */
export function toNativeRule({ lo, hi, width, endian }: Interval): RuleInput {
  return { lo: littleEndian(lo, width), hi: littleEndian(hi, width), bigEndian: endian === 'big' };
}

function littleEndian(integer: bigint, byteLength: number): Uint8Array {
  return Buffer.from(integer.toString(16).padStart(2 * byteLength, '0'), 'hex').reverse();
}
