/**
 * Challenges of the API of MEGA, in the header `X-Hashcash`: the SHA-256 of 4 bytes and of 262,144 repetitions of a token, 12 MiB
 * altogether, begins with an integer that is small enough. Source: the SDK of MEGA (https://github.com/meganz/sdk).
 */
import { type Fields, refuseUnknown, requireInteger, requireObject } from '../check-arguments.ts';
import { HashBudgetSpentError, mustBe } from '../errors.ts';
import { type SolveOptions, solvePow } from '../pow/solve.ts';
import type { Template } from '../pow/template.ts';
import { type Effort, effortOf, refused, unsigned, type Verdict } from './common.ts';

const { randomBytes } = process.getBuiltinModule('node:crypto');

const TOKEN_BYTES = 48;
const TIMES = 262_144;
const MAX_EASINESS = 255;
const MAX_TIMESTAMP = BigInt(Number.MAX_SAFE_INTEGER);
/** The version, the easiness, the time, and 48 bytes in base64url. */
const CHALLENGE = /^1:(\d{1,3}):(\d{1,16}):([\w-]{64})$/;
/** The version, the token, and 4 bytes in base64url. Two bits of the last digit are not used. */
const ANSWER = /^1:([\w-]{64}):([\w-]{5}[AQgw])$/;

/** What {@link create} needs. */
export interface MegaOptions {
  /** How easy the challenge is, from 0 to 255. MEGA uses about 180 to 192, which take 312 and 256 hashes on average. */
  readonly easiness: number;
  /** The time of the challenge in s since 1970. Default: now. */
  readonly timestamp?: number;
}

/** The answer to a challenge. */
export interface MegaAnswer extends Effort {
  /** The value of the header `X-Hashcash` with which the request is repeated. */
  readonly answer: string;
  /** The nonce: the 4 bytes as a big-endian integer. */
  readonly nonce: number;
}

/** What {@link verify} returns about a valid answer. */
export interface MegaDetails {
  /** The token of the challenge, which must be accepted only once. */
  readonly token: string;
  /** The time of the challenge in s since 1970. */
  readonly timestamp: number;
}

/**
 * The reasons why {@link verify} refuses an answer, in the order of the checks: it is not one, it has the token of another challenge,
 * or its digest is too large.
 */
export type MegaReason = 'malformed' | 'wrong-token' | 'too-little-work';

const OPTION_FIELDS: Fields<MegaOptions> = { easiness: true, timestamp: true };

/**
 * Makes a challenge: the value of the header `X-Hashcash` of a response. It has 48 random bytes, and is not signed, so that the
 * server must remember it. Throws `ERR_QANTO_INVALID_ARGUMENT` if an option is invalid.
 */
export function create(options: MegaOptions): string {
  requireObject('options', options);
  refuseUnknown('options', options, OPTION_FIELDS);
  const { easiness, timestamp = Math.floor(Date.now() / 1000) } = options;
  requireInteger('options.easiness', easiness, 0, MAX_EASINESS);
  requireInteger('options.timestamp', timestamp, 0);
  return `1:${easiness}:${timestamp}:${randomBytes(TOKEN_BYTES).toString('base64url')}`;
}

/** Returns the largest first word of a digest that is a hit, for an easiness from 0 to 255. */
export function thresholdOf(easiness: number): number {
  requireInteger('easiness', easiness, 0, MAX_EASINESS);
  return (((easiness & 63) << 1) + 1) * 2 ** ((easiness >> 6) * 7 + 3);
}

/** Returns the template of a challenge. Throws `ERR_QANTO_INVALID_ARGUMENT` if the challenge is invalid. */
export function template(challenge: string): Template {
  const { token, easiness } = parse(challenge);
  return {
    algorithm: 'sha256',
    preimage: new Uint8Array(4),
    nonce: { offset: 0, encoding: 'u32be' },
    target: { lo: 0n, hi: BigInt(thresholdOf(easiness)), width: 4, endian: 'big' },
    repeated: { bytes: Buffer.from(token, 'base64url'), times: TIMES },
  };
}

/**
 * Solves a challenge, which is the value of the header `X-Hashcash` of a response with the status 402. The nonces are tried in
 * ascending order. An abort ends the search within a hash, in far less time than the milliseconds that a hash takes. Rejects with
 * the errors of `solvePow`.
 */
export async function solve(challenge: string, options?: SolveOptions): Promise<MegaAnswer> {
  const { token } = parse(challenge);
  const solution = await solvePow(template(challenge), options);
  const nonce = Number(solution.nonce);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(nonce);
  return { answer: `1:${token}:${bytes.toString('base64url')}`, nonce, ...effortOf(solution) };
}

/**
 * Checks an answer from outside: the value of the header `X-Hashcash` of a request. It hashes 12 MiB on one of qanto's own threads,
 * so that the event loop is not blocked. Whether the challenge is one that the server has made, has not expired and has not been
 * answered before is left to the caller, and should be checked before. Rejects with `ERR_QANTO_INVALID_ARGUMENT` if the challenge
 * is invalid, and with the errors of `solvePow`.
 */
export async function verify(
  challenge: string,
  answer: string,
  options?: Pick<SolveOptions, 'signal' | 'priority'>,
): Promise<Verdict<MegaReason, MegaDetails>> {
  const { token, timestamp } = parse(challenge);
  const [, given, nonce] = (typeof answer === 'string' && ANSWER.exec(answer)) || [];
  if (given === undefined || nonce === undefined) return refused('malformed');
  if (given !== token) return refused('wrong-token');
  const startNonce = Buffer.from(nonce, 'base64url').readUInt32BE();
  try {
    await solvePow(template(challenge), { ...options, startNonce, maxHashes: 1, threads: 1 });
  } catch (error) {
    if (error instanceof HashBudgetSpentError) return refused('too-little-work');
    throw error;
  }
  return { valid: true, token, timestamp };
}

interface ParsedChallenge {
  readonly easiness: number;
  readonly timestamp: number;
  readonly token: string;
}

function parse(challenge: string): ParsedChallenge {
  const [, easiness, time, token] = (typeof challenge === 'string' && CHALLENGE.exec(challenge)) || [];
  const timestamp = unsigned(time, MAX_TIMESTAMP);
  if (token === undefined || timestamp === undefined || Number(easiness) > MAX_EASINESS) {
    throw mustBe(
      'challenge',
      challenge,
      '1:EASINESS:TIMESTAMP:TOKEN, with an easiness up to 255 and 48 bytes in base64url',
    );
  }
  return { easiness: Number(easiness), timestamp: Number(timestamp), token };
}
