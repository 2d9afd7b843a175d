/** Makes challenges of ALTCHA, version 2. */
import {
  type Fields,
  refuseUnknown,
  requireInteger,
  requireObject,
  requireOneOf,
} from '../../check-arguments.ts';
import { mustBe } from '../../errors.ts';
import { type AltchaV2CounterMode, COUNTERS, keyOf } from './derive-key.ts';
import {
  ALTCHA_V2_ALGORITHMS,
  type AltchaV2Algorithm,
  type AltchaV2Challenge,
  type AltchaV2Limits,
  type AltchaV2Parameters,
  canonicalJson,
  checkParameters,
} from './parameters.ts';
import { type HMAC_ALGORITHMS, hmac, requireKeys } from './signatures.ts';

const { randomBytes, randomInt } = process.getBuiltinModule('node:crypto');

/** What {@link create} needs. */
export interface AltchaV2Options {
  /** The key of the signature. */
  readonly hmacKey: string | Uint8Array;
  /**
   * The key of the signature of the derived key in the deterministic mode. Use another one than `hmacKey`. It is required for
   * PBKDF2, SCRYPT and ARGON2ID, unless `keyPrefix` is given.
   */
  readonly keyHmacKey?: string | Uint8Array;
  /** The hash function of the signatures. Default: `SHA-256`. */
  readonly hmacAlgorithm?: (typeof HMAC_ALGORITHMS)[number];
  /** The key derivation function. Default: `PBKDF2/SHA-256`. */
  readonly algorithm?: AltchaV2Algorithm;
  /** Default: 1 for digests and ARGON2ID, 5,000 for PBKDF2, and 16,384 for SCRYPT. See {@link AltchaV2Parameters.cost}. */
  readonly cost?: number;
  /** Default: 8 for SCRYPT, and 16,384 for ARGON2ID. See {@link AltchaV2Parameters.memoryCost}. */
  readonly memoryCost?: number;
  /** Default: 1. See {@link AltchaV2Parameters.parallelism}. */
  readonly parallelism?: number;
  /** The length of the key in bytes. Default: 32. */
  readonly keyLength?: number;
  /**
   * The hex digits with which the key must begin, so that the server does not choose the counter. Each digit makes the challenge 16
   * times as hard. Default: `0000` for digests.
   */
  readonly keyPrefix?: string;
  /**
   * The counter that the server chooses in the deterministic mode. The client tries all counters up to it. Default: a random one from
   * 5,000 to 10,000 for PBKDF2, and from 50 to 100 for SCRYPT and ARGON2ID.
   */
  readonly counter?: number;
  /** How the counter is written. The client must know it, because the challenge does not contain it. Default: `uint32`. */
  readonly counterMode?: AltchaV2CounterMode;
  /** When the challenge expires. Default: never. */
  readonly expires?: Date;
  /** What the challenge contains in addition. */
  readonly data?: Readonly<Record<string, string | number | boolean | null>>;
  /** The random bytes before the counter, in hex. Default: 16 random bytes. */
  readonly nonce?: string;
  /** The salt, in hex. Default: 16 random bytes. */
  readonly salt?: string;
}

const OPTION_FIELDS: Fields<AltchaV2Options> = {
  hmacKey: true,
  keyHmacKey: true,
  hmacAlgorithm: true,
  algorithm: true,
  cost: true,
  memoryCost: true,
  parallelism: true,
  keyLength: true,
  keyPrefix: true,
  counter: true,
  counterMode: true,
  expires: true,
  data: true,
  nonce: true,
  salt: true,
};

const NO_LIMITS: AltchaV2Limits = {
  maxMemoryBytes: Number.MAX_SAFE_INTEGER,
  maxWork: Number.MAX_SAFE_INTEGER,
};

/**
 * Makes a signed challenge. In the deterministic mode, it derives a key on a thread of qanto. Rejects with
 * `ERR_QANTO_INVALID_ARGUMENT` if an option is invalid, and with the errors of `solve`.
 */
export async function create(options: AltchaV2Options): Promise<Required<AltchaV2Challenge>> {
  requireObject('options', options);
  refuseUnknown('options', options, OPTION_FIELDS);
  const {
    hmacKey,
    keyHmacKey,
    hmacAlgorithm = 'SHA-256',
    algorithm = 'PBKDF2/SHA-256',
    expires,
    data,
  } = options;
  const { counterMode = 'uint32', keyLength = 32, keyPrefix, counter } = options;
  requireKeys('options', options);
  requireOneOf('options.algorithm', algorithm, ALTCHA_V2_ALGORITHMS);
  if (expires !== undefined && !(expires instanceof Date && Number.isFinite(expires.getTime()))) {
    throw mustBe('options.expires', expires, 'a valid Date');
  }
  const isMemoryHard = algorithm === 'SCRYPT' || algorithm === 'ARGON2ID';
  const isDigest = algorithm.startsWith('SHA-');
  const { cost = isDigest || algorithm === 'ARGON2ID' ? 1 : isMemoryHard ? 16_384 : 5000 } = options;
  const { memoryCost = isMemoryHard ? (algorithm === 'SCRYPT' ? 8 : 16_384) : undefined, parallelism } =
    options;
  const random = () => randomBytes(16).toString('hex');
  const { nonce = random(), salt = random() } = options;
  const isDeterministic = keyPrefix === undefined && (!isDigest || counter !== undefined);
  let parameters: AltchaV2Parameters = {
    ...{ algorithm, cost, data, keyLength, memoryCost, nonce, parallelism, salt },
    expiresAt: expires && Math.floor(expires.getTime() / 1000),
    keyPrefix: isDeterministic ? '00' : (keyPrefix ?? '0000'),
  } as AltchaV2Parameters;
  const checked = checkParameters(defined(parameters), NO_LIMITS);
  parameters = { ...parameters, keyPrefix: checked.keyPrefix };
  if (isDeterministic) {
    if (keyHmacKey === undefined) {
      throw mustBe('options.keyHmacKey', keyHmacKey, 'given, because the server chooses the counter');
    }
    if (keyLength < 2)
      throw mustBe('options.keyLength', keyLength, 'at least 2, because the server chooses the counter');
    const [least, most] = isMemoryHard ? [50, 100] : [5000, 10_000];
    const { counter = randomInt(least, most + 1) } = options;
    requireInteger('options.counter', counter, 0, Number(COUNTERS[counterMode] - 1n));
    const key = await keyOf(checked, BigInt(counter), counterMode, {});
    // The other half of the key stays secret, so that the signature proves that the client has derived the key.
    parameters = {
      ...parameters,
      keyPrefix: key.slice(0, (key.length >> 2) << 1),
      keySignature: hmac(hmacAlgorithm, keyHmacKey, Buffer.from(key, 'hex')),
    };
  } else if (counter !== undefined) {
    throw mustBe('options.counter', counter, 'undefined, because keyPrefix is given');
  }
  const ordered = JSON.parse(canonicalJson(parameters)) as AltchaV2Parameters;
  return { parameters: ordered, signature: hmac(hmacAlgorithm, hmacKey, canonicalJson(ordered)) };
}

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
