/**
 * A template says what to hash and what counts as a hit. It is plain data, so that it can be logged, compared,
 * and sent to a worker.
 */

import {
  type Fields,
  integerAsBigint,
  type NameOf,
  refuseUnknown,
  requireBytes,
  requireObject,
  requireOneOf,
} from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import type { TemplateInput } from '../native.ts';
import { compactToTarget, requireTarget } from './targets.ts';
import { checkVersionRolling } from './version-rolling.ts';

const { types } = process.getBuiltinModule('node:util');

/**
 * The hash functions: SHA-1, SHA-256 and SHA-512 (FIPS 180-4), SHA-256 and SHA-512 applied twice, unkeyed BLAKE2b
 * (RFC 7693), and unkeyed BLAKE3 (specification of 2020) with 32 bytes of output.
 */
export const ALGORITHMS = [
  'sha1',
  'sha256',
  'sha256d',
  'sha512',
  'sha512d',
  'blake2b',
  'blake3',
] as const;
/** One of {@link ALGORITHMS}. */
export type Algorithm = (typeof ALGORITHMS)[number];

/** The length of a digest in bytes, unless another one is asked for. */
export const DIGEST_LENGTHS: Readonly<Record<Algorithm, number>> = {
  sha1: 20,
  sha256: 32,
  sha256d: 32,
  sha512: 64,
  sha512d: 64,
  blake2b: 64,
  blake3: 32,
};

/**
 * The encodings of the nonce in the preimage: an unsigned integer of 4 or 8 bytes, little-endian or big-endian.
 */
export const NONCE_ENCODINGS = ['u32le', 'u32be', 'u64le', 'u64be'] as const;
/** One of {@link NONCE_ENCODINGS}. */
export type NonceEncoding = (typeof NONCE_ENCODINGS)[number];

/** The maximum length of a preimage, in bytes. */
export const MAX_PREIMAGE_BYTES = 65536;

/** The position and the encoding of the nonce in the preimage. All its bytes must lie within the preimage. */
export interface NonceField {
  /** Byte offset of the nonce in the preimage, from 0. */
  readonly offset: number;
  /**
   * One of {@link NONCE_ENCODINGS}: length and byte order of the nonce. The last nonce is 2^32 - 1 or 2^64 - 1.
   */
  readonly encoding: NameOf<NonceEncoding>;
}

/**
 * What to hash and what counts as a hit, as plain data. {@link blockHeader} creates a template from a block
 * header.
 */
export interface Template {
  /** The hash function: one of {@link ALGORITHMS}. */
  readonly algorithm: NameOf<Algorithm>;
  /**
   * The bytes to hash: 1 to 65,536 bytes. The nonce is written into a copy of them, so that the bytes at its
   * position have no effect. They are copied before the call returns; the caller may change them afterwards.
   */
  readonly preimage: Uint8Array;
  /** The position and the encoding of the nonce in the preimage. */
  readonly nonce: NonceField;
  /**
   * The target, from 1 to 2^256 - 1. A digest is a hit if, as a little-endian integer, it is at most the
   * target.
   */
  readonly target: bigint;
  /**
   * The number of block versions to try with each nonce, from 1 to 16 (version rolling, BIP 320). The first
   * four bytes of the preimage must be the version (u32 little-endian), and the nonce must have 4 bytes and lie
   * after them. Variant v has v in the bits of {@link VERSION_ROLLING_MASK}, which are overwritten. In a header
   * of 80 bytes, the variants share work, so that sha256d is faster. Larger numbers are faster, and even
   * numbers are best. Default: no version rolling.
   */
  readonly versionRolling?: number;
}

const TEMPLATE_FIELDS: Fields<Template> = {
  algorithm: true,
  preimage: true,
  nonce: true,
  target: true,
  versionRolling: true,
};
const NONCE_FIELDS: Fields<NonceField> = { offset: true, encoding: true };

/** A template whose fields have been checked. */
export interface CheckedTemplate extends Template {
  readonly algorithm: Algorithm;
  readonly nonce: { readonly offset: number; readonly encoding: NonceEncoding };
}

/** The number of bytes of the nonce. */
export function nonceByteLength(encoding: NonceEncoding): 4 | 8 {
  return encoding === 'u32le' || encoding === 'u32be' ? 4 : 8;
}

/** The largest nonce. */
export function maxNonce(encoding: NonceEncoding): bigint {
  return nonceByteLength(encoding) === 4 ? 0xffff_ffffn : 0xffff_ffff_ffff_ffffn;
}

/** The options of {@link blockHeader}. */
export interface BlockHeaderOptions {
  /** The hash function. Default: `sha256d`. */
  readonly algorithm?: Algorithm;
  /**
   * The target, from 1 to 2^256 - 1. Default: the target of the compact bits in bytes 72 to 75 of the header.
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
export function blockHeader(header: Uint8Array, options: BlockHeaderOptions = {}): Template {
  requireBytes('header', header, 80);
  requireObject('options', options);
  refuseUnknown('options', options, HEADER_OPTION_FIELDS);
  const bits = new DataView(header.buffer, header.byteOffset).getUint32(72, true);
  const template: Template = {
    algorithm: options.algorithm ?? 'sha256d',
    preimage: header,
    nonce: { offset: 76, encoding: 'u32le' },
    target: options.target ?? compactToTarget(bits),
    ...(options.versionRolling !== undefined && { versionRolling: options.versionRolling }),
  };
  return checkTemplate(template);
}

/**
 * Throws `ERR_QANTO_INVALID_ARGUMENT`, which names the field and its value, if the template is invalid. Returns
 * the checked values, because a getter may return another value the next time.
 */
export function checkTemplate(template: Template): CheckedTemplate {
  requireObject('template', template);
  refuseUnknown('template', template, TEMPLATE_FIELDS);
  const { algorithm, preimage, nonce, target, versionRolling } = template;
  requireOneOf('template.algorithm', algorithm, ALGORITHMS);
  if (!types.isUint8Array(preimage) || preimage.length < 1 || preimage.length > MAX_PREIMAGE_BYTES) {
    throw mustBe('template.preimage', preimage, `a Uint8Array of 1 to ${MAX_PREIMAGE_BYTES} bytes`);
  }
  requireObject('template.nonce', nonce);
  refuseUnknown('template.nonce', nonce, NONCE_FIELDS);
  const { offset, encoding } = nonce;
  requireOneOf('template.nonce.encoding', encoding, NONCE_ENCODINGS);
  const nonceBytes = nonceByteLength(encoding);
  if (preimage.length < nonceBytes) {
    throw mustBe('template.preimage', preimage, `long enough for a ${encoding} nonce (${nonceBytes} bytes)`);
  }
  const lastOffset = preimage.length - nonceBytes;
  if (!Number.isInteger(offset) || offset < 0 || offset > lastOffset) {
    throw mustBe(
      'template.nonce.offset',
      offset,
      `an integer from 0 to ${lastOffset}, so that its ${nonceBytes} bytes lie within the ${preimage.length} bytes of the preimage`,
    );
  }
  requireTarget('template.target', target);
  const checked = { algorithm, preimage, nonce: { offset, encoding }, target };
  if (versionRolling === undefined) return checked;
  checkVersionRolling(versionRolling, offset, nonceBytes);
  return { ...checked, versionRolling };
}

/** Converts a checked template for the addon, which takes the bounds of the rule as little-endian bytes. */
export function toNativeTemplate(template: CheckedTemplate): TemplateInput {
  const digestLength = DIGEST_LENGTHS[template.algorithm];
  const digits = template.target.toString(16).padStart(2 * digestLength, '0');
  return {
    algorithm: template.algorithm,
    digestLength,
    preimage: template.preimage,
    nonceOffset: template.nonce.offset,
    nonceEncoding: template.nonce.encoding,
    ruleLo: new Uint8Array(digestLength),
    ruleHi: Buffer.from(digits, 'hex').reverse(),
    ruleBigEndian: false,
    ...(template.versionRolling !== undefined && { versionRolling: template.versionRolling }),
  };
}

/**
 * Converts a nonce, a number or a bigint, to a bigint. Throws `ERR_QANTO_INVALID_ARGUMENT` if it is out of the
 * range of the encoding, or is a number that is not a safe integer.
 */
export function checkNonce(argument: string, nonce: number | bigint, encoding: NonceEncoding): bigint {
  return integerAsBigint(argument, nonce, 0n, maxNonce(encoding), ` (${encoding})`);
}
