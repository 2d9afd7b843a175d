/** The parameters of challenges of ALTCHA, version 2: their types, their limits and their canonical form. */
import {
  type Fields,
  refuseUnknown,
  requireInteger,
  requireObject,
  requireOneOf,
} from '../../check-arguments.ts';
import { InvalidArgumentError, mustBe } from '../../errors.ts';
import { fromHex } from '../../pow/hex.ts';

/** The key derivation functions of a challenge. */
export const ALTCHA_V2_ALGORITHMS = [
  'SHA-256',
  'SHA-384',
  'SHA-512',
  'PBKDF2/SHA-256',
  'PBKDF2/SHA-384',
  'PBKDF2/SHA-512',
  'SCRYPT',
  'ARGON2ID',
] as const;
/** One of {@link ALTCHA_V2_ALGORITHMS}. */
export type AltchaV2Algorithm = (typeof ALTCHA_V2_ALGORITHMS)[number];

/** The parameters of a challenge, with the names of the fields on the wire. */
export interface AltchaV2Parameters {
  /** The key derivation function. */
  readonly algorithm: AltchaV2Algorithm;
  /** The number of digests (SHA), iterations (PBKDF2) or passes (ARGON2ID), or N of SCRYPT, which is a power of 2. */
  readonly cost: number;
  /** What the server has added. */
  readonly data?: Readonly<Record<string, string | number | boolean | null>>;
  /** When the challenge expires, in s since 1970. Default: never. */
  readonly expiresAt?: number;
  /** The length of the key in bytes, from 1 to 128. Default: 32. */
  readonly keyLength?: number;
  /** The hex digits with which the key must begin. Default: `00`. */
  readonly keyPrefix?: string;
  /** The HMAC of the key, in hex, if the server has chosen the counter. */
  readonly keySignature?: string;
  /** The memory of ARGON2ID in KiB, or r of SCRYPT. */
  readonly memoryCost?: number;
  /** The random bytes before the counter, in hex. */
  readonly nonce: string;
  /** The lanes of ARGON2ID, or p of SCRYPT. Default: 1. */
  readonly parallelism?: number;
  /** The salt, in hex. */
  readonly salt: string;
}

/** A challenge. */
export interface AltchaV2Challenge {
  /** The parameters. */
  readonly parameters: AltchaV2Parameters;
  /** The HMAC of the parameters as canonical JSON, in hex. */
  readonly signature?: string;
}

/** How much a single key may take. A key cannot be interrupted, and a challenge may come from a server that is not trusted. */
export interface AltchaV2Limits {
  /** The maximum memory of a key in bytes. Default: 128 MiB. */
  readonly maxMemoryBytes?: number;
  /**
   * The maximum work of a key: the number of digests or iterations, or KiB of memory times passes. Default: 1,000,000, which takes
   * about a second.
   */
  readonly maxWork?: number;
}

const DEFAULT_MAX_MEMORY = 128 * 2 ** 20;
const DEFAULT_MAX_WORK = 1_000_000;
const MAX_KEY_BYTES = 128;
const MAX_PARALLELISM = 16;
const MAX_SECRET_BYTES = 64;

const FIELDS: Fields<AltchaV2Parameters> = {
  algorithm: true,
  cost: true,
  data: true,
  expiresAt: true,
  keyLength: true,
  keyPrefix: true,
  keySignature: true,
  memoryCost: true,
  nonce: true,
  parallelism: true,
  salt: true,
};

/** Parameters that have been checked. */
export type CheckedParameters = Omit<AltchaV2Parameters, 'keyLength' | 'keyPrefix'> & {
  readonly keyLength: number;
  /** In lowercase. */
  readonly keyPrefix: string;
};

/**
 * Returns the parameters with their defaults. Throws `ERR_QANTO_INVALID_ARGUMENT`, which names the field, if they are invalid, or
 * if a key would take more than the limits.
 */
export function checkParameters(parameters: AltchaV2Parameters, limits: AltchaV2Limits): CheckedParameters {
  const at = 'challenge.parameters';
  requireObject(at, parameters);
  refuseUnknown(at, parameters, FIELDS);
  const { algorithm, cost, keyLength = 32, keyPrefix = '00', nonce, salt } = parameters;
  const { memoryCost, parallelism = 1 } = parameters;
  requireOneOf(`${at}.algorithm`, algorithm, ALTCHA_V2_ALGORITHMS);
  requireInteger(`${at}.cost`, cost, 1, 2 ** 32 - 1);
  requireInteger(`${at}.keyLength`, keyLength, 1, MAX_KEY_BYTES);
  requireInteger(`${at}.parallelism`, parallelism, 1, MAX_PARALLELISM);
  for (const [name, text] of Object.entries({ nonce, salt })) {
    if (typeof text !== 'string' || !/^([0-9a-f]{2})+$/i.test(text) || text.length > 2 * MAX_SECRET_BYTES) {
      throw mustBe(`${at}.${name}`, text, `1 to ${MAX_SECRET_BYTES} bytes in hex`);
    }
  }
  const isPrefix = typeof keyPrefix === 'string' && /^[0-9a-f]+$/i.test(keyPrefix);
  if (!isPrefix || keyPrefix.length > 2 * keyLength) {
    throw mustBe(`${at}.keyPrefix`, keyPrefix, `1 to ${2 * keyLength} hex digits`);
  }
  const isMemoryHard = algorithm === 'SCRYPT' || algorithm === 'ARGON2ID';
  if (isMemoryHard) requireInteger(`${at}.memoryCost`, memoryCost, 1, 2 ** 32 - 1);
  if (algorithm === 'SCRYPT' && (cost < 2 || !Number.isInteger(Math.log2(cost)))) {
    throw mustBe(`${at}.cost`, cost, 'a power of 2 from 2 on, for SCRYPT');
  }
  if (algorithm === 'ARGON2ID' && (memoryCost as number) < 8 * parallelism) {
    throw mustBe(`${at}.memoryCost`, memoryCost, 'at least 8 times the parallelism, for ARGON2ID');
  }
  if (algorithm === 'ARGON2ID' && (keyLength < 4 || salt.length < 16)) {
    throw mustBe(
      at,
      parameters,
      'parameters with a key of at least 4 bytes and a salt of at least 8, for ARGON2ID',
    );
  }
  checkData(parameters.data);
  refuseWork({ algorithm, cost, memoryCost: memoryCost ?? 1, parallelism }, limits);
  return { ...parameters, parallelism, keyLength, keyPrefix: keyPrefix.toLowerCase() };
}

function checkData(data: unknown): void {
  if (data === undefined) return;
  requireObject('challenge.parameters.data', data);
  for (const [name, value] of Object.entries(data as object)) {
    const isValue = value === null || ['string', 'number', 'boolean'].includes(typeof value);
    if (!isValue)
      throw mustBe(`challenge.parameters.data.${name}`, value, 'a text, a number, a boolean or null');
  }
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if a limit is invalid. */
export function checkLimits({ maxMemoryBytes, maxWork }: AltchaV2Limits): void {
  if (maxMemoryBytes !== undefined) requireInteger('options.maxMemoryBytes', maxMemoryBytes, 1);
  if (maxWork !== undefined) requireInteger('options.maxWork', maxWork, 1);
}

/** Refuses parameters if a key takes more memory or work than the limits. */
function refuseWork(
  parameters: { algorithm: AltchaV2Algorithm; cost: number; memoryCost: number; parallelism: number },
  limits: AltchaV2Limits,
): void {
  const { algorithm, cost, memoryCost, parallelism } = parameters;
  const { maxMemoryBytes = DEFAULT_MAX_MEMORY, maxWork = DEFAULT_MAX_WORK } = limits;
  let [memory, work] = [0, cost];
  if (algorithm === 'SCRYPT') {
    memory = 128 * memoryCost * (cost + parallelism);
    work = (128 * memoryCost * cost * parallelism) / 1024;
  } else if (algorithm === 'ARGON2ID') {
    memory = 1024 * memoryCost;
    work = memoryCost * cost;
  }
  refuseAbove('memory in bytes', memory, 'maxMemoryBytes', maxMemoryBytes);
  refuseAbove('work', work, 'maxWork', maxWork);
}

function refuseAbove(what: string, taken: number, name: string, limit: number): void {
  if (taken <= limit) return;
  throw new InvalidArgumentError(
    'challenge.parameters',
    taken,
    `challenge.parameters must not ask for more than ${name} for a key: the ${what} is ${taken}, and ${name} is ${limit}`,
  );
}

/** Returns the parameters as they are signed: JSON without blanks, and with sorted keys. */
export function canonicalJson(parameters: object): string {
  return JSON.stringify(sorted(parameters));
}

/** The entries are sorted at each level. An own property `__proto__` stays one. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sorted(member)]));
}

/** Returns the bytes before the counter: the salt, and then the nonce, for the functions that are digests. */
export function digestPreimage({ salt, nonce }: CheckedParameters): Uint8Array {
  return Buffer.concat([fromHex(salt), fromHex(nonce)]);
}
