/** Checks answers to challenges of ALTCHA, version 2. */
import { type Fields, refuseUnknown, requireObject, requireOneOf } from '../../check-arguments.ts';
import { InvalidArgumentError, mustBe } from '../../errors.ts';
import { isText, refused, type Verdict } from '../common.ts';
import { type AltchaV2CounterMode, COUNTERS, keyOf } from './derive-key.ts';
import {
  ALTCHA_V2_ALGORITHMS,
  type AltchaV2Algorithm,
  type AltchaV2Limits,
  type AltchaV2Parameters,
  type CheckedParameters,
  canonicalJson,
  checkLimits,
  checkParameters,
} from './parameters.ts';
import { type HMAC_ALGORITHMS, hmac, isSameText, requireKeys } from './signatures.ts';

/** The longest answer in base64 that is parsed, in characters. */
const MAX_PAYLOAD = 16_384;

/** What {@link verify} accepts. */
export interface AltchaV2Policy extends AltchaV2Limits {
  /** The key of the signature. */
  readonly hmacKey: string | Uint8Array;
  /** The key of the signature of the derived key. Without it, the key is derived again. */
  readonly keyHmacKey?: string | Uint8Array;
  /** The hash function of the signatures. Default: `SHA-256`. */
  readonly hmacAlgorithm?: (typeof HMAC_ALGORITHMS)[number];
  /** The key derivation functions. Default: all of {@link ALTCHA_V2_ALGORITHMS}. */
  readonly algorithms?: readonly AltchaV2Algorithm[];
  /** How the counter is written. Default: `uint32`. */
  readonly counterMode?: AltchaV2CounterMode;
  /** The time in ms since 1970. Default: now. */
  readonly nowMs?: number;
  /** The maximum number of threads that derive keys at once, from 1 to 64. Default: 2. */
  readonly kdfConcurrency?: number;
  /** Cancels the verification, which then rejects with `ABORT_ERR`. */
  readonly signal?: AbortSignal;
}

/** What {@link verify} returns about a valid answer. */
export interface AltchaV2Details {
  /** The signature of the challenge, which must be accepted only once. */
  readonly signature: string;
  /** The parameters of the challenge, with what the server has added. */
  readonly parameters: AltchaV2Parameters;
  /** The time in ms since 1970 until which the caller must remember the challenge, or Infinity. */
  readonly expiresAt: number;
}

/**
 * The reasons why {@link verify} refuses an answer, in the order of the checks: it is not one, the signature is not ours, its
 * function is not allowed, the challenge has expired, or the key or the counter is wrong. An answer is also `malformed` if a key of
 * its challenge is not possible or would take more than the limits.
 */
export type AltchaV2Reason = 'malformed' | 'wrong-signature' | 'wrong-algorithm' | 'expired' | 'wrong-key';

const POLICY_FIELDS: Fields<AltchaV2Policy> = {
  hmacKey: true,
  keyHmacKey: true,
  hmacAlgorithm: true,
  algorithms: true,
  counterMode: true,
  nowMs: true,
  kdfConcurrency: true,
  signal: true,
  maxMemoryBytes: true,
  maxWork: true,
};

/**
 * Checks an answer from outside: JSON in base64. In the deterministic mode, it computes two HMACs. Otherwise it derives a key, on a
 * thread of qanto if that takes long. Rejects with `ERR_QANTO_INVALID_ARGUMENT` if the policy is invalid, and with the errors of
 * `solve`; a policy with `keyHmacKey` never derives a key of a challenge that was made with one.
 */
export async function verify(
  payload: string,
  policy: AltchaV2Policy,
): Promise<Verdict<AltchaV2Reason, AltchaV2Details>> {
  requireObject('policy', policy);
  refuseUnknown('policy', policy, POLICY_FIELDS);
  const { hmacKey, keyHmacKey, hmacAlgorithm = 'SHA-256', counterMode = 'uint32' } = policy;
  const { algorithms = ALTCHA_V2_ALGORITHMS, nowMs = Date.now() } = policy;
  requireKeys('policy', policy);
  checkLimits(policy);
  if (!Array.isArray(algorithms)) throw mustBe('policy.algorithms', algorithms, 'an array of functions');
  for (const name of algorithms) requireOneOf('policy.algorithms', name, ALTCHA_V2_ALGORITHMS);
  const answer = parse(payload);
  if (answer === undefined) return refused('malformed');
  const { parameters: given, signature, counter, derivedKey } = answer;
  if (!isSameText(signature, hmac(hmacAlgorithm, hmacKey, canonicalJson(given))))
    return refused('wrong-signature');
  if (!algorithms.includes(given.algorithm)) return refused('wrong-algorithm');
  const expiresAt = given.expiresAt === undefined ? Infinity : 1000 * given.expiresAt;
  // An expiry that is no number has been signed by somebody who has our key.
  if (!(nowMs <= expiresAt)) return refused('expired');
  const parameters = valid(given, policy);
  if (parameters === undefined) return refused('malformed');
  if (counter >= COUNTERS[counterMode] || !derivedKey.startsWith(parameters.keyPrefix))
    return refused('wrong-key');
  const { keySignature } = given;
  const isKey =
    keySignature !== undefined && keyHmacKey !== undefined
      ? isSameText(keySignature, hmac(hmacAlgorithm, keyHmacKey, Buffer.from(derivedKey, 'hex')))
      : isSameText(derivedKey, await keyOf(parameters, BigInt(counter), counterMode, policy));
  return isKey ? { valid: true, signature, parameters: given, expiresAt } : refused('wrong-key');
}

interface ParsedAnswer {
  readonly parameters: AltchaV2Parameters;
  readonly signature: string;
  readonly counter: number;
  readonly derivedKey: string;
}

function parse(payload: unknown): ParsedAnswer | undefined {
  if (typeof payload !== 'string' || payload.length > MAX_PAYLOAD) return undefined;
  let answer: { challenge?: Partial<ParsedAnswer>; solution?: Partial<ParsedAnswer> } | null;
  try {
    answer = JSON.parse(Buffer.from(payload, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
  const { parameters, signature } = answer?.challenge ?? {};
  const { counter, derivedKey } = answer?.solution ?? {};
  if (typeof parameters !== 'object' || parameters === null || !isText(signature, 128)) return undefined;
  if (!isText(derivedKey, 256) || !/^([0-9a-f]{2})+$/.test(derivedKey)) return undefined;
  if (!Number.isSafeInteger(counter) || (counter as number) < 0) return undefined;
  return { parameters, signature, counter: counter as number, derivedKey };
}

/** Returns the parameters if they are valid and within the limits, which have been checked. */
function valid(parameters: AltchaV2Parameters, limits: AltchaV2Limits): CheckedParameters | undefined {
  try {
    return checkParameters(parameters, limits);
  } catch (error) {
    if (error instanceof InvalidArgumentError) return undefined;
    throw error;
  }
}
