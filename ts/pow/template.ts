/**
 * A template says what to hash and what counts as a hit. Plain data, so that it can be logged, sent to a worker
 * and compared; checked whole before any work starts.
 */

import { type Fields, type NameOf, refuseUnknown, requireBytes, requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import type { TemplateInput } from '../native.ts';
import { compactToTarget, TARGET_LIMIT } from './targets.ts';
import { checkVersionRolling } from './version-rolling.ts';

const { types } = process.getBuiltinModule('node:util');

/**
 * The hash functions: SHA-256 (FIPS 180-4), SHA-256 applied twice as Bitcoin does, BLAKE3 (the specification of 2020,
 * unkeyed) with 32 bytes of output.
 */
export const ALGORITHMS = ['sha256', 'sha256d', 'blake3'] as const;
/** One of {@link ALGORITHMS}. */
export type Algorithm = (typeof ALGORITHMS)[number];

/** How the nonce is written into the preimage: an unsigned integer of 4 or 8 bytes, little- or big-endian. */
export const NONCE_ENCODINGS = ['u32le', 'u32be', 'u64le', 'u64be'] as const;
/** One of {@link NONCE_ENCODINGS}. */
export type NonceEncoding = (typeof NONCE_ENCODINGS)[number];

/** The longest preimage that is accepted, in bytes. */
export const MAX_PREIMAGE_BYTES = 65536;

/** Where the nonce is in the preimage, and how it is written. It must lie within the preimage whole. */
export interface NonceField {
  /** Byte offset of the nonce in the preimage. */
  readonly offset: number;
  /** Its length and byte order, and so how far a search can go: to 2^32 - 1 or 2^64 - 1. */
  readonly encoding: NameOf<NonceEncoding>;
}

/** What to hash and what counts as a hit. Plain data; `blockHeader` makes one of a block header. */
export interface Template {
  /** The hash function: one of {@link ALGORITHMS}. */
  readonly algorithm: NameOf<Algorithm>;
  /**
   * What is hashed, 1 to 65,536 bytes. The nonce's bytes are overwritten, in a copy; their value here does not
   * matter. It is read before the call returns, and the caller's again then.
   */
  readonly preimage: Uint8Array;
  /** The bytes of it that the search varies. */
  readonly nonce: NonceField;
  /** 1 to 2^256 - 1. A hit is a digest that, read as a little-endian integer, is at most this. */
  readonly target: bigint;
  /**
   * Try so many versions, 1 to 16, with each nonce before the next one (BIP 320). The preimage is then a block header:
   * its first four bytes are the version, and the nonce has 4 bytes behind it. Variant v has v in the bits of
   * {@link VERSION_ROLLING_MASK}; what stands there is overwritten. Of a header of 80 bytes the variants share work:
   * sha256d gets faster, the more the better, and even numbers best. Default: no rolling, the version is what the preimage says.
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

/** A template whose fields are known to be sound. */
export interface CheckedTemplate extends Template {
  readonly algorithm: Algorithm;
  readonly nonce: { readonly offset: number; readonly encoding: NonceEncoding };
}

/** Bytes the encoding takes in the preimage. */
export function nonceByteLength(encoding: NonceEncoding): 4 | 8 {
  return encoding === 'u32le' || encoding === 'u32be' ? 4 : 8;
}

/** The greatest nonce the encoding can write. */
export function maxNonce(encoding: NonceEncoding): bigint {
  return nonceByteLength(encoding) === 4 ? 0xffff_ffffn : 0xffff_ffff_ffff_ffffn;
}

/** What {@link blockHeader} does otherwise than by default. */
export interface BlockHeaderOptions {
  /** Default `sha256d`. */
  readonly algorithm?: Algorithm;
  /** 1 to 2^256 - 1. Default: the target of the header's own compact bits (bytes 72–75), and those must mean one. */
  readonly target?: bigint;
  /** See {@link Template.versionRolling}. */
  readonly versionRolling?: number;
}

const HEADER_OPTION_FIELDS: Fields<BlockHeaderOptions> = {
  algorithm: true,
  target: true,
  versionRolling: true,
};

/**
 * The template of a block header in Bitcoin's shape: 80 bytes, compact bits at 72, nonce (u32 little-endian) at 76.
 * It holds the header itself, not a copy. Throws `ERR_QANTO_INVALID_ARGUMENT` for another length, bits that mean no target, or
 * an option that is none.
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
 * Throws `ERR_QANTO_INVALID_ARGUMENT`, naming the field and its value, unless the template is complete and sound. Returns the
 * fields as they were checked: a getter could answer otherwise when it is asked again.
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
    throw mustBe(
      'template.preimage',
      preimage,
      `long enough to hold the ${encoding} nonce (${nonceBytes} bytes)`,
    );
  }
  const lastOffset = preimage.length - nonceBytes;
  if (!Number.isInteger(offset) || offset < 0 || offset > lastOffset) {
    throw mustBe(
      'template.nonce.offset',
      offset,
      `an integer from 0 to ${lastOffset}, so that ${nonceBytes} bytes fit in the preimage of ${preimage.length}`,
    );
  }
  if (typeof target !== 'bigint' || target <= 0n || target >= TARGET_LIMIT) {
    throw mustBe('template.target', target, 'a bigint from 1 to 2^256 - 1');
  }
  const checked = { algorithm, preimage, nonce: { offset, encoding }, target };
  if (versionRolling === undefined) return checked;
  checkVersionRolling(versionRolling, offset, nonceBytes);
  return { ...checked, versionRolling };
}

/** A checked template as the addon takes it: the target as 32 little-endian bytes. */
export function toNativeTemplate(template: CheckedTemplate): TemplateInput {
  return {
    algorithm: template.algorithm,
    preimage: template.preimage,
    nonceOffset: template.nonce.offset,
    nonceEncoding: template.nonce.encoding,
    target: Buffer.from(template.target.toString(16).padStart(64, '0'), 'hex').reverse(),
    ...(template.versionRolling !== undefined && { versionRolling: template.versionRolling }),
  };
}

/**
 * A nonce given as number or bigint, as a bigint. Throws `ERR_QANTO_INVALID_ARGUMENT` outside the encoding's range or for
 * a number that is no safe integer.
 */
export function checkNonce(argument: string, nonce: number | bigint, encoding: NonceEncoding): bigint {
  const limit = maxNonce(encoding);
  if (typeof nonce === 'number' ? Number.isSafeInteger(nonce) : typeof nonce === 'bigint') {
    const value = BigInt(nonce);
    if (value >= 0n && value <= limit) return value;
  }
  throw mustBe(argument, nonce, `an integer from 0 to ${limit} (${encoding})${asBigint(nonce)}`);
}

/** To be said of a number that is too great to be exact: how to pass it. */
export function asBigint(value: unknown): string {
  return typeof value === 'number' && value > Number.MAX_SAFE_INTEGER ? ', as a bigint beyond 2^53 - 1' : '';
}

function requireOneOf<T extends string>(
  argument: string,
  value: unknown,
  allowed: readonly T[],
): asserts value is T {
  if (!(allowed as readonly unknown[]).includes(value)) {
    throw mustBe(argument, value, `one of ${allowed.join(', ')}`);
  }
}
