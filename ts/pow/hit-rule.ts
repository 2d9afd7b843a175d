/**
 * The rules that say which digests are hits. There are several ways to write a rule, because protocols do; each
 * of them is an interval of integers.
 */
import { type NameOf, refuseUnknown, requireInteger, requireOneOf } from '../check-arguments.ts';
import { InvalidArgumentError, mustBe } from '../errors.ts';
import { decodeCompact } from './targets.ts';

const { types } = process.getBuiltinModule('node:util');

const BYTE_ORDERS = ['little', 'big'] as const;
type ByteOrder = (typeof BYTE_ORDERS)[number];

/**
 * A rule that says which digests are hits, where {@link Template.target} is not a number. It has one of these
 * forms:
 *
 * - `{ leadingZeroBits }`, `{ hexPrefix }` or `{ equals }`: the digest begins with these bits, digits or bytes;
 * - `{ compact }`: the digest, as a little-endian integer, is at most the target of these compact bits;
 * - `{ atLeast, width, endian }` or `{ lo, hi, width, endian }`: the first `width` bytes of the digest, as an
 *   unsigned integer, reach a threshold or lie between two bounds.
 */
export type HitRule =
  | {
      /**
       * The number of zero bits with which the digest must begin, from 0 to 8 times its length in bytes; the first
       * bit is the most significant one of the first byte. Hashcash, Nostr (NIP-13), go-away and Cerberus count
       * bits.
       */
      readonly leadingZeroBits: number;
    }
  | {
      /**
       * The digits with which the digest, written in hex, must begin: from one digit to all digits of the digest, in
       * upper or lower case. Their number may be odd. Cap and ALTCHA v2 draw the digits; in Anubis they are zeros.
       */
      readonly hexPrefix: string;
    }
  | {
      /**
       * The compact bits (u32) of a target: the whole digest, as a little-endian integer, must be at most this target,
       * which must be from 1 to 2^(8n) - 1 for a digest of n bytes. Bitcoin's headers contain such bits.
       */
      readonly compact: number;
    }
  | {
      /**
       * The bytes with which the digest must begin: from one byte to the whole digest. ALTCHA v1 gives the whole
       * digest, which has exactly one answer.
       */
      readonly equals: Uint8Array;
    }
  | {
      /**
       * The least integer that is a hit, from 0 to 2^(8 width) - 1. Nano reads 8 bytes, little-endian; mCaptcha reads
       * 16 bytes, big-endian.
       */
      readonly atLeast: bigint;
      /** The number of bytes, from the start of the digest, that are read as an integer. */
      readonly width: number;
      /** The order of these bytes: `little` or `big`. */
      readonly endian: NameOf<'little' | 'big'>;
    }
  | {
      /**
       * The least integer that is a hit, from 0 to `hi`. It is 0 in MEGA (4 bytes, big-endian), Friendly Captcha v1
       * (4 bytes, little-endian) and Bitmessage (8 bytes, big-endian), which set an upper bound.
       */
      readonly lo: bigint;
      /** The largest integer that is a hit, from `lo` to 2^(8 width) - 1. */
      readonly hi: bigint;
      /** The number of bytes, from the start of the digest, that are read as an integer. */
      readonly width: number;
      /** The order of these bytes: `little` or `big`. */
      readonly endian: NameOf<'little' | 'big'>;
    };

/**
 * The one form of a checked rule. A digest is a hit if its first `width` bytes, from 1 to 64, read as an unsigned
 * integer in this order, are from `lo` to `hi`.
 */
export interface Interval {
  readonly width: number;
  readonly endian: ByteOrder;
  readonly lo: bigint;
  readonly hi: bigint;
}

type RuleField<Rule = HitRule> = Rule extends HitRule ? keyof Rule : never;
type GivenRule = { readonly [Name in RuleField]?: unknown };

const RULE_FIELDS: Readonly<Record<RuleField, true>> = {
  leadingZeroBits: true,
  hexPrefix: true,
  compact: true,
  equals: true,
  atLeast: true,
  lo: true,
  hi: true,
  width: true,
  endian: true,
};

const BOUNDS: readonly RuleField[] = ['lo', 'hi', 'width', 'endian'];
/** The fields of each form, by the fields that only this form has. */
const FORMS: { readonly [Name in RuleField]?: readonly RuleField[] } = {
  leadingZeroBits: ['leadingZeroBits'],
  hexPrefix: ['hexPrefix'],
  compact: ['compact'],
  equals: ['equals'],
  atLeast: ['atLeast', 'width', 'endian'],
  lo: BOUNDS,
  hi: BOUNDS,
};

/**
 * Converts the target of a template whose digests have this length in bytes to an interval. Throws
 * `ERR_QANTO_INVALID_ARGUMENT`, which names the field and its value, if the target is invalid.
 */
export function toInterval(target: bigint | HitRule, digestLength: number): Interval {
  if (typeof target === 'bigint') {
    requireBound('template.target', target, 1n, digestLength);
    return atMost(target, digestLength);
  }
  if (typeof target !== 'object' || target === null || ArrayBuffer.isView(target)) {
    throw noRule(target, digestLength);
  }
  refuseUnknown('template.target', target, RULE_FIELDS);
  const { leadingZeroBits, hexPrefix, compact, equals, atLeast, lo, hi, width, endian } = target as GivenRule;
  const given = { leadingZeroBits, hexPrefix, compact, equals, atLeast, lo, hi, width, endian };
  switch (formOf(given, target, digestLength)) {
    case 'leadingZeroBits':
      return startsWithZeros(leadingZeroBits, digestLength);
    case 'hexPrefix':
      return startsWithDigits(hexPrefix, digestLength);
    case 'compact':
      return atMost(targetOf(compact, digestLength), digestLength);
    case 'equals':
      return startsWith(equals, digestLength);
    case 'atLeast': {
      const read = checkWidth(width, endian, digestLength);
      requireBound('template.target.atLeast', atLeast, 0n, read.width);
      return { ...read, lo: atLeast, hi: limit(read.width) - 1n };
    }
    default:
      return between(lo, hi, checkWidth(width, endian, digestLength));
  }
}

/**
 * The number of hashes that a search takes on average, which is 2^(8 width) / (hi - lo + 1). The result is rounded
 * to the precision of a number.
 */
export function meanHashes({ width, lo, hi }: Interval): number {
  return 2 ** (8 * width) / Number(hi - lo + 1n);
}

/** The number of hashes that a search takes on average, rounded down. */
export function meanHashesFloor({ width, lo, hi }: Interval): bigint {
  return limit(width) / (hi - lo + 1n);
}

/**
 * Returns the first given field that belongs to a single form. Throws if no such field is given, or if a field of
 * another form is given, too.
 */
function formOf(given: GivenRule, target: HitRule, digestLength: number): RuleField {
  const names = (Object.keys(given) as RuleField[]).filter((name) => given[name] !== undefined);
  const form = names.find((name) => FORMS[name] !== undefined);
  if (form === undefined) throw noRule(target, digestLength);
  const extra = names.find((name) => !FORMS[form]?.includes(name));
  if (extra !== undefined) {
    const argument = `template.target.${extra}`;
    throw new InvalidArgumentError(
      argument,
      given[extra],
      `${argument} must not be given together with ${form}, because a target is one rule`,
    );
  }
  return form;
}

function noRule(target: unknown, digestLength: number): InvalidArgumentError {
  return mustBe(
    'template.target',
    target,
    `${boundRange(1n, digestLength)}, or an object with leadingZeroBits, hexPrefix, compact, equals, ` +
      'atLeast, or lo and hi',
  );
}

function atMost(target: bigint, digestLength: number): Interval {
  return { width: digestLength, endian: 'little', lo: 0n, hi: target };
}

function startsWithZeros(bits: unknown, digestLength: number): Interval {
  requireInteger('template.target.leadingZeroBits', bits, 0, 8 * digestLength);
  const hi = (1n << BigInt(8 * digestLength - (bits as number))) - 1n;
  return { width: digestLength, endian: 'big', lo: 0n, hi };
}

function startsWithDigits(digits: unknown, digestLength: number): Interval {
  const maxDigits = 2 * digestLength;
  if (typeof digits !== 'string' || digits.length > maxDigits || !/^[0-9a-f]+$/i.test(digits)) {
    throw mustBe('template.target.hexPrefix', digits, `a string of 1 to ${maxDigits} hex digits`);
  }
  const width = Math.ceil(digits.length / 2);
  return {
    width,
    endian: 'big',
    lo: BigInt(`0x${digits.padEnd(2 * width, '0')}`),
    hi: BigInt(`0x${digits.padEnd(2 * width, 'f')}`),
  };
}

function targetOf(bits: unknown, digestLength: number): bigint {
  requireInteger('template.target.compact', bits, 0, 0xffff_ffff);
  const target = decodeCompact(bits as number, digestLength);
  if (typeof target === 'bigint') return target;
  throw mustBe('template.target.compact', bits, target);
}

function startsWith(given: unknown, digestLength: number): Interval {
  // The length of the copy is the true one, whatever properties the array has.
  const bytes = types.isUint8Array(given) ? new Uint8Array(given) : [];
  if (bytes.length < 1 || bytes.length > digestLength) {
    throw mustBe('template.target.equals', given, `a Uint8Array of 1 to ${digestLength} bytes`);
  }
  const integer = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  return { width: bytes.length, endian: 'big', lo: integer, hi: integer };
}

function between(lo: unknown, hi: unknown, read: Pick<Interval, 'width' | 'endian'>): Interval {
  requireBound('template.target.lo', lo, 0n, read.width);
  requireBound('template.target.hi', hi, 0n, read.width);
  if (lo > hi) {
    throw new InvalidArgumentError(
      'template.target.lo',
      lo,
      `template.target.lo must be at most template.target.hi, which is ${hi}n`,
    );
  }
  return { ...read, lo, hi };
}

function checkWidth(width: unknown, endian: unknown, digestLength: number) {
  requireInteger('template.target.width', width, 1, digestLength);
  requireOneOf('template.target.endian', endian, BYTE_ORDERS);
  return { width: width as number, endian };
}

/** Throws if the value is not a bigint from `min` to the largest integer of `width` bytes. */
function requireBound(argument: string, value: unknown, min: bigint, width: number): asserts value is bigint {
  if (typeof value !== 'bigint' || value < min || value >= limit(width)) {
    throw mustBe(argument, value, boundRange(min, width));
  }
}

function boundRange(min: bigint, width: number): string {
  return `a bigint from ${min} to 2^${8 * width} - 1`;
}

/** The number of integers with each number of bytes, up to the longest digest. */
const LIMITS: readonly bigint[] = Array.from({ length: 65 }, (_, width) => 1n << BigInt(8 * width));

/** The number of integers with this number of bytes. */
function limit(width: number): bigint {
  return LIMITS[width] as bigint;
}
