/**
 * Stamps of hashcash, version 1: `1:bits:date:resource:ext:rand:counter`, whose SHA-1 begins with at least `bits` zero bits.
 * Source: the format of hashcash by Adam Back (http://www.hashcash.org/libs/sh/hashcash-1.00.sh and hashcash(1)). The variant
 * of App Store Connect has one field less, and is in `solveApple` and `verifyApple`.
 */
import { type Fields, refuseUnknown, requireInteger, requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { toHex } from '../pow/hex.ts';
import { type SolveOptions, solvePow } from '../pow/solve.ts';
import type { Template } from '../pow/template.ts';
import { digest } from '../pow/verify.ts';
import {
  type Effort,
  effortOf,
  isText,
  leadingZeroBits,
  refused,
  unsigned,
  utf8,
  type Verdict,
} from './common.ts';

const { randomBytes } = process.getBuiltinModule('node:crypto');

/** The number of bits of a SHA-1 digest. */
const DIGEST_BITS = 160;
const DEFAULT_BITS = 20;
/** The maximum length of a stamp, in characters. */
const MAX_STAMP = 1024;
const DAY_MS = 86_400_000;
/** A stamp is valid for 28 days by default. */
const DEFAULT_VALIDITY_MS = 28 * DAY_MS;
/** The clocks of both sides may differ by 2 days by default. */
const DEFAULT_GRACE_MS = 2 * DAY_MS;
/** The bytes of the random part, which are 16 characters of base64. */
const RANDOM_BYTES = 12;

/** What a stamp is for. */
export interface HashcashRequest {
  /** The resource, such as the address of a recipient. It has no colon, and at most 512 characters. */
  readonly resource: string;
  /** The number of zero bits, from 1 to 160. Default: 20. */
  readonly bits?: number;
  /** The date of the stamp. Default: today. */
  readonly date?: Date;
  /** Extensions, which have no colon. Default: none. */
  readonly ext?: string;
  /**
   * The random part, of the characters of base64. It tells the stamps of several senders apart. Default: 16 random
   * characters, so that each stamp differs.
   */
  readonly rand?: string;
}

/** A stamp that {@link solve} has found. */
export interface HashcashStamp extends Effort {
  /** The stamp, for a header `X-Hashcash`. */
  readonly stamp: string;
}

/** The fields of a stamp. */
export interface HashcashFields {
  /** The number of zero bits that the stamp claims. */
  readonly bits: number;
  /** The date, in UTC. */
  readonly date: Date;
  /** The resource. */
  readonly resource: string;
  /** The extensions. */
  readonly ext: string;
  /** The random part. */
  readonly rand: string;
  /** The counter. */
  readonly counter: string;
}

/** What {@link verify} returns about a valid stamp. */
export interface HashcashDetails {
  /** The fields of the stamp. */
  readonly fields: HashcashFields;
  /** The time in ms since 1970 until which the caller must remember the stamp, so that it is accepted only once. */
  readonly expiresAt: number;
}

/** What {@link verify} asks of a stamp. */
export interface HashcashPolicy {
  /** Whether a stamp for this resource is accepted, or the only resource for which it is. */
  readonly resource: string | ((resource: string) => boolean);
  /** The least number of zero bits, from 0 to 160. Default: 20. */
  readonly minBits?: number;
  /** How long a stamp is valid after its date, in ms. Default: 28 days. */
  readonly validityMs?: number;
  /** By how much the clocks of both sides may differ, in ms. Default: 2 days. */
  readonly graceMs?: number;
  /** The time, in ms since 1970. Default: now. */
  readonly nowMs?: number;
}

/**
 * The reasons why {@link verify} refuses a stamp, in the order of the checks: it is not a stamp of version 1, it is for another
 * resource, its date lies too far in the past or in the future, it claims fewer bits than are needed, or its digest has fewer
 * zero bits than it claims.
 */
export type HashcashReason =
  | 'malformed'
  | 'wrong-resource'
  | 'expired'
  | 'in-the-future'
  | 'too-few-bits'
  | 'too-little-work';

const REQUEST_FIELDS: Fields<HashcashRequest> = {
  resource: true,
  bits: true,
  date: true,
  ext: true,
  rand: true,
};
const POLICY_FIELDS: Fields<HashcashPolicy> = {
  resource: true,
  minBits: true,
  validityMs: true,
  graceMs: true,
  nowMs: true,
};

/** A stamp: version, bits, date, resource, extensions, random part, counter. */
const STAMP = /^1:([0-9]{1,3}):([0-9]{6,14}):([^:]*):([^:]*):([A-Za-z0-9+/=]*):([A-Za-z0-9+/=]*)$/;
const BASE64 = /^[A-Za-z0-9+/=]+$/;
const NO_COLON = /^[^:\p{Cc}]*$/u;

/**
 * Returns the template of a stamp. The counter is in decimal digits. Throws `ERR_QANTO_INVALID_ARGUMENT` if the request is
 * invalid.
 */
export function template(request: HashcashRequest): Template {
  requireObject('request', request);
  refuseUnknown('request', request, REQUEST_FIELDS);
  const { resource, bits = DEFAULT_BITS, date = new Date(), ext = '' } = request;
  const rand = request.rand ?? randomBytes(RANDOM_BYTES).toString('base64');
  requirePart('request.resource', resource);
  requirePart('request.ext', ext);
  requireInteger('request.bits', bits, 1, DIGEST_BITS);
  if (!isText(rand, 256) || !BASE64.test(rand)) {
    throw mustBe('request.rand', rand, '1 to 256 characters of base64');
  }
  return ofPrefix(
    `1:${bits}:${dateText('request.date', date).slice(2, 8)}:${resource}:${ext}:${rand}:`,
    bits,
  );
}

/** Makes a stamp. Rejects with the errors of `solvePow`. */
export async function solve(request: HashcashRequest, options?: SolveOptions): Promise<HashcashStamp> {
  return stampOf(template(request), options);
}

/**
 * Checks a stamp from outside. The verdict of a valid stamp has its fields and `expiresAt`, the time in ms since 1970 until
 * which the caller must remember the stamp, so that it cannot be used again. Throws `ERR_QANTO_INVALID_ARGUMENT` if the policy
 * is invalid.
 */
export function verify(stamp: string, policy: HashcashPolicy): Verdict<HashcashReason, HashcashDetails> {
  const { accepts, minBits, validityMs, graceMs, nowMs } = checkedPolicy(policy);
  const fields = parse(stamp);
  if (fields === undefined) return refused('malformed');
  // A promise, which an async function returns, does not accept.
  if (accepts(fields.resource) !== true) return refused('wrong-resource');
  const dateMs = fields.date.getTime();
  const expiresAt = dateMs + validityMs + graceMs;
  if (nowMs > expiresAt) return refused('expired');
  if (dateMs > nowMs + graceMs) return refused('in-the-future');
  if (fields.bits < minBits) return refused('too-few-bits');
  if (leadingZeroBits(digest('sha1', utf8(stamp))) < fields.bits) return refused('too-little-work');
  return { valid: true, fields, expiresAt };
}

/** Returns the fields of a stamp of version 1, or undefined if the text is not such a stamp. */
export function parse(stamp: string): HashcashFields | undefined {
  const parts = isText(stamp, MAX_STAMP) ? STAMP.exec(stamp) : null;
  if (parts === null) return undefined;
  const [, bits, dateDigits, resource, ext, rand, counter] = parts as unknown as string[];
  const date = dateOf(dateDigits!);
  if (date === undefined || Number(bits) > DIGEST_BITS) return undefined;
  return {
    bits: Number(bits),
    date,
    resource: resource!,
    ext: ext!,
    rand: rand!,
    counter: counter!,
  };
}

/** What App Store Connect asks for, in the headers `X-Apple-HC-Bits` and `X-Apple-HC-Challenge`. */
export interface AppleChallenge {
  /** The number of zero bits, from 1 to 160. */
  readonly bits: number;
  /** The challenge, which has no colon. */
  readonly challenge: string;
  /** The date of the stamp. Default: now. */
  readonly date?: Date;
}

const APPLE_FIELDS: Fields<AppleChallenge> = { bits: true, challenge: true, date: true };
const APPLE_STAMP = /^1:([0-9]{1,3}):([0-9]{14}):([^:]*)::([0-9]{1,20})$/;

/**
 * Returns the template of a stamp for App Store Connect. The counter is in decimal digits. Throws `ERR_QANTO_INVALID_ARGUMENT` if the
 * challenge is invalid.
 */
export function templateApple(challenge: AppleChallenge): Template {
  requireObject('challenge', challenge);
  refuseUnknown('challenge', challenge, APPLE_FIELDS);
  const { bits, challenge: text, date = new Date() } = challenge;
  requireInteger('challenge.bits', bits, 1, DIGEST_BITS);
  requirePart('challenge.challenge', text);
  return ofPrefix(`1:${bits}:${dateText('challenge.date', date)}:${text}::`, bits);
}

/** Makes a stamp for the header `X-APPLE-HC`. Rejects with the errors of `solvePow`. */
export async function solveApple(challenge: AppleChallenge, options?: SolveOptions): Promise<HashcashStamp> {
  return stampOf(templateApple(challenge), options);
}

/**
 * Checks a stamp of {@link solveApple}: whether it is for this challenge, with at least its bits. The date is not checked. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if the challenge is invalid.
 */
export function verifyApple(
  challenge: Pick<AppleChallenge, 'bits' | 'challenge'>,
  stamp: string,
): Verdict<'malformed' | 'wrong-resource' | 'too-few-bits' | 'too-little-work'> {
  requireObject('challenge', challenge);
  refuseUnknown('challenge', challenge, APPLE_FIELDS);
  requireInteger('challenge.bits', challenge.bits, 1, DIGEST_BITS);
  requirePart('challenge.challenge', challenge.challenge);
  const parts = isText(stamp, MAX_STAMP) ? APPLE_STAMP.exec(stamp) : null;
  const bits = unsigned(Number(parts?.[1]), BigInt(DIGEST_BITS));
  if (parts === null || bits === undefined || dateOf(parts[2]!) === undefined) return refused('malformed');
  if (parts[3] !== challenge.challenge) return refused('wrong-resource');
  if (bits < challenge.bits) return refused('too-few-bits');
  if (leadingZeroBits(digest('sha1', utf8(stamp))) < bits) return refused('too-little-work');
  return { valid: true };
}

function ofPrefix(prefix: string, bits: number): Template {
  const preimage = utf8(prefix);
  return {
    algorithm: 'sha1',
    preimage,
    nonce: { offset: preimage.length, encoding: 'decimal' },
    target: { leadingZeroBits: bits },
  };
}

async function stampOf(searched: Template, options?: SolveOptions): Promise<HashcashStamp> {
  const solution = await solvePow(searched, options);
  return {
    stamp: new TextDecoder().decode(searched.preimage) + String(solution.nonce),
    ...effortOf(solution),
  };
}

/** The date as 14 digits: YYYYMMDDhhmmss, in UTC. */
function dateText(argument: string, date: Date): string {
  if (!(date instanceof Date) || Number.isNaN(date.getTime())) throw mustBe(argument, date, 'a valid Date');
  const digits = date.toISOString().replaceAll(/[^0-9]/g, '');
  if (digits.length !== 17) throw mustBe(argument, date, 'a date of the years 0 to 9999');
  return digits.slice(0, 14);
}

/** Returns the date of 6, 10 or 12 digits with a year of two digits, or 14 digits with one of four. */
function dateOf(digits: string): Date | undefined {
  if (![6, 10, 12, 14].includes(digits.length)) return undefined;
  const full = digits.length === 14 ? digits : `20${digits}`;
  const [, year, month, day, hour = '00', minute = '00', second = '00'] =
    /^(....)(..)(..)(..)?(..)?(..)?$/.exec(full)!;
  const text = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const date = new Date(text);
  // JavaScript takes 30 February for 1 March.
  return !Number.isNaN(date.getTime()) && date.toISOString() === text ? date : undefined;
}

function requirePart(argument: string, part: unknown): void {
  if (!isText(part, 512) || !NO_COLON.test(part)) {
    throw mustBe(argument, part, 'a text of at most 512 characters without colons and control characters');
  }
}

function checkedPolicy(policy: HashcashPolicy) {
  requireObject('policy', policy);
  refuseUnknown('policy', policy, POLICY_FIELDS);
  const {
    resource,
    minBits = DEFAULT_BITS,
    validityMs = DEFAULT_VALIDITY_MS,
    graceMs = DEFAULT_GRACE_MS,
    nowMs = Date.now(),
  } = policy;
  if (typeof resource !== 'function') requirePart('policy.resource', resource);
  requireInteger('policy.minBits', minBits, 0, DIGEST_BITS);
  requireInteger('policy.validityMs', validityMs, 0);
  requireInteger('policy.graceMs', graceMs, 0);
  requireInteger('policy.nowMs', nowMs, 0);
  const accepts = typeof resource === 'function' ? resource : (given: string) => given === resource;
  return { accepts, minBits, validityMs, graceMs, nowMs };
}

/** Returns the digest of a stamp in hex, for the record of stamps that were used. */
export function stampId(stamp: string): string {
  return toHex(digest('sha1', utf8(stamp)));
}
