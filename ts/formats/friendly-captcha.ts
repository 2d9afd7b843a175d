/**
 * Puzzles of Friendly Captcha, version 1: several solutions of 8 bytes, each of which, behind the puzzle in a buffer of 128
 * bytes, has a BLAKE2b digest of 32 bytes that begins with a small number. Source: friendly-challenge
 * (https://github.com/FriendlyCaptcha/friendly-challenge).
 */
import {
  type Fields,
  refuseUnknown,
  requireBytes,
  requireInteger,
  requireObject,
} from '../check-arguments.ts';
import {
  HashBudgetSpentError,
  mustBe,
  NonceSpaceExhaustedError,
  type SearchEffort,
  TimedOutError,
} from '../errors.ts';
import type { Solution } from '../pow/solve.ts';
import { type SolveManyOptions, solveMany } from '../pow/solve-many.ts';
import { expectedHashes, type Template } from '../pow/template.ts';
import { digest } from '../pow/verify.ts';
import { type Effort, refused, type Verdict } from './common.ts';

const { createHmac, timingSafeEqual } = process.getBuiltinModule('node:crypto');
const { types } = process.getBuiltinModule('node:util');

const MIN_PUZZLE_BYTES = 32;
const MAX_PUZZLE_BYTES = 64;
const BUFFER_BYTES = 128;
const SOLUTION_BYTES = 8;
/** A solution begins here in the buffer: its number, two unused bytes, an outer counter, and a counter (u32). */
const SOLUTION_OFFSET = BUFFER_BYTES - SOLUTION_BYTES;
const OUTER_COUNTER_OFFSET = 123;
const COUNTER_OFFSET = 124;
const OFFSETS = { version: 12, expiry: 13, solutions: 14, difficulty: 15, nonce: 24, userData: 32 } as const;
/** The expiry is in units of 5 minutes. */
const EXPIRY_UNIT_MS = 300_000;
const VERSION = 1;
const MAX_BYTE = 255;
/** The longest signature or puzzle from outside, in characters. */
const MAX_TEXT = 4096;

/** The fields of a puzzle. */
export interface FriendlyPuzzle {
  /** The time of the puzzle, in seconds since 1970: an unsigned integer of 32 bits. */
  readonly timestamp: number;
  /** The number of the account: an unsigned integer of 32 bits. Default: 0. */
  readonly account?: number;
  /** The number of the application: an unsigned integer of 32 bits. Default: 0. */
  readonly app?: number;
  /** The time for which the puzzle is valid, in units of 5 minutes, from 0 to 255; 0 is for ever. Default: 0. */
  readonly expiry?: number;
  /** The number of solutions, from 1 to 255. */
  readonly solutions: number;
  /** The difficulty, from 0 to 255. */
  readonly difficulty: number;
  /** The server's nonce: 8 bytes. */
  readonly nonce: Uint8Array;
  /** Data of the server: at most 32 bytes. Default: none. */
  readonly userData?: Uint8Array;
}

/** The solutions of a puzzle. */
export interface FriendlyAnswer extends Effort {
  /** The solutions, 8 bytes each, one after the other. */
  readonly solutions: Uint8Array;
}

/** A puzzle as a server sends it. */
export interface SignedPuzzle {
  /** The signature, of letters, digits, `-` and `_`. */
  readonly signature: string;
  /** The bytes of the puzzle. */
  readonly puzzle: Uint8Array;
}

/** What {@link open} returns. */
export interface OpenedAnswer {
  /** The bytes of the puzzle. */
  readonly puzzle: Uint8Array;
  /** The solutions, 8 bytes each. */
  readonly solutions: Uint8Array;
}

/** Options of {@link solve}: those of `solveMany`, but for the number of solutions, which the puzzle says. */
export type FriendlySolveOptions = Omit<SolveManyOptions, 'solutions' | 'startNonce'>;

/**
 * The reasons why {@link verify} refuses solutions, in the order of the checks: the puzzle is not one of version 1, it has
 * expired, the number of solutions is wrong, two of them are the same, or one of them is wrong.
 */
export type FriendlyReason = 'malformed' | 'expired' | 'wrong-count' | 'repeated' | 'too-little-work';

const PUZZLE_FIELDS: Fields<FriendlyPuzzle> = {
  timestamp: true,
  account: true,
  app: true,
  expiry: true,
  solutions: true,
  difficulty: true,
  nonce: true,
  userData: true,
};

/** Makes the bytes of a puzzle: 32 bytes and the user data. Throws `ERR_QANTO_INVALID_ARGUMENT` if a field is invalid. */
export function create(puzzle: FriendlyPuzzle): Uint8Array {
  requireObject('puzzle', puzzle);
  refuseUnknown('puzzle', puzzle, PUZZLE_FIELDS);
  const { timestamp, account = 0, app = 0, expiry = 0, solutions, difficulty, nonce } = puzzle;
  const userData = puzzle.userData ?? new Uint8Array();
  for (const [name, value] of Object.entries({ timestamp, account, app })) {
    requireInteger(`puzzle.${name}`, value, 0, 0xffff_ffff);
  }
  requireInteger('puzzle.expiry', expiry, 0, MAX_BYTE);
  requireInteger('puzzle.solutions', solutions, 1, MAX_BYTE);
  requireInteger('puzzle.difficulty', difficulty, 0, MAX_BYTE);
  requireBytes('puzzle.nonce', nonce, 8);
  requireBytes('puzzle.userData', userData);
  if (userData.length > MAX_PUZZLE_BYTES - OFFSETS.userData) {
    throw mustBe('puzzle.userData', userData, 'at most 32 bytes');
  }
  const bytes = Buffer.alloc(OFFSETS.userData + userData.length);
  bytes.writeUInt32BE(timestamp, 0);
  bytes.writeUInt32BE(account, 4);
  bytes.writeUInt32BE(app, 8);
  bytes[OFFSETS.version] = VERSION;
  bytes[OFFSETS.expiry] = expiry;
  bytes[OFFSETS.solutions] = solutions;
  bytes[OFFSETS.difficulty] = difficulty;
  bytes.set(nonce, OFFSETS.nonce);
  bytes.set(userData, OFFSETS.userData);
  return new Uint8Array(bytes);
}

/**
 * Returns the template of each solution of a puzzle, which has 32 to 64 bytes. Throws `ERR_QANTO_INVALID_ARGUMENT` if it is not
 * a puzzle of version 1, or if no digest is small enough for its difficulty.
 */
export function templates(puzzle: Uint8Array): Template[] {
  requirePuzzle(puzzle);
  return Array.from({ length: puzzle[OFFSETS.solutions]! }, (_, index) => templateOf(puzzle, index, 0));
}

/**
 * Solves a puzzle, in one job, or in several ones if the counter of 32 bits of a solution is not enough. The limits are those of all
 * together. Rejects with the errors of `solveMany`.
 */
export async function solve(puzzle: Uint8Array, options: FriendlySolveOptions = {}): Promise<FriendlyAnswer> {
  requirePuzzle(puzzle);
  const count = puzzle[OFFSETS.solutions]!;
  const bytes = Buffer.alloc(SOLUTION_BYTES * count);
  const effort = { hashes: 0, expectedHashes: 0, elapsedMs: 0 };
  let first = 0;
  for (let outer = 0; first < count; outer++) {
    const searched = Array.from({ length: count - first }, (_, index) =>
      templateOf(puzzle, first + index, outer),
    );
    const found = await solvedOrFirst(searched, leftOf(options, effort), outer === MAX_BYTE, effort);
    for (const [{ nonce }] of found) {
      const at = SOLUTION_BYTES * first;
      bytes[at] = first;
      bytes[at + OUTER_COUNTER_OFFSET - SOLUTION_OFFSET] = outer;
      bytes.writeUInt32LE(Number(nonce), at + COUNTER_OFFSET - SOLUTION_OFFSET);
      first++;
    }
  }
  effort.expectedHashes = count * expectedHashes(templateOf(puzzle, 0, 0));
  return { solutions: new Uint8Array(bytes), ...effort };
}

/**
 * Checks the solutions of a puzzle, which must all be different. Whether the puzzle is the server's own, and whether it has been
 * solved before, is left to the caller. `nowMs` is the time in ms since 1970. Throws `ERR_QANTO_INVALID_ARGUMENT` if it is not an
 * integer of at least 0.
 */
export function verify(
  puzzle: Uint8Array,
  solutions: Uint8Array,
  nowMs: number = Date.now(),
): Verdict<FriendlyReason> {
  requireInteger('nowMs', nowMs, 0);
  if (!isPuzzle(puzzle) || !types.isUint8Array(solutions)) return refused('malformed');
  if (nowMs > expiresAt(puzzle)) return refused('expired');
  const count = puzzle[OFFSETS.solutions]!;
  if (solutions.length !== SOLUTION_BYTES * count) return refused('wrong-count');
  const threshold = thresholdOf(puzzle[OFFSETS.difficulty]!);
  const buffer = Buffer.alloc(BUFFER_BYTES);
  buffer.set(puzzle);
  const seen = new Set<bigint>();
  for (let index = 0; index < count; index++) {
    buffer.set(solutions.subarray(SOLUTION_BYTES * index, SOLUTION_BYTES * (index + 1)), SOLUTION_OFFSET);
    seen.add(buffer.readBigUInt64BE(SOLUTION_OFFSET));
    if (seen.size <= index) return refused('repeated');
    if (Buffer.from(digest('blake2b', buffer, 32)).readUInt32LE() >= threshold)
      return refused('too-little-work');
  }
  return { valid: true };
}

/** Returns the time in ms since 1970 at which a puzzle expires, or Infinity. */
export function expiresAt(puzzle: Uint8Array): number {
  requirePuzzle(puzzle);
  const units = puzzle[OFFSETS.expiry]!;
  return units === 0 ? Infinity : 1000 * Buffer.from(puzzle).readUInt32BE(0) + units * EXPIRY_UNIT_MS;
}

/**
 * Returns a puzzle as text with a signature, which is the HMAC-SHA-256 of its bytes in hex: `signature.base64`. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if an argument is invalid.
 */
export function sign(puzzle: Uint8Array, secret: Uint8Array): string {
  requirePuzzle(puzzle);
  return `${signatureOf(puzzle, secret).toString('hex')}.${Buffer.from(puzzle).toString('base64')}`;
}

/**
 * Returns the puzzle and the solutions of an answer from outside, `signature.puzzle.solutions.diagnostics`, or undefined if it is
 * not one, or if the signature is not that of {@link sign} with this secret.
 */
export function open(answer: string, secret: Uint8Array): OpenedAnswer | undefined {
  requireBytes('secret', secret);
  const parsed = parseAnswer(answer);
  if (parsed === undefined || !/^[0-9a-f]{64}$/.test(parsed.signature)) return undefined;
  const { signature, puzzle, solutions } = parsed;
  const isOwn = timingSafeEqual(Buffer.from(signature, 'hex'), signatureOf(puzzle, secret));
  return isOwn ? { puzzle, solutions } : undefined;
}

/**
 * Returns the signature and the puzzle of a text from outside, `signature.puzzle`, or undefined if it is not one. The signature is
 * not checked.
 */
export function parsePuzzle(text: string): SignedPuzzle | undefined {
  const [, signature, base64] = matched(text, /^([\w-]{1,128})\.([A-Za-z0-9+/]+=*)$/);
  return signature === undefined ? undefined : signedPuzzle(signature, base64!);
}

/**
 * Returns the parts of an answer from outside, `signature.puzzle.solutions.diagnostics`, or undefined if it is not one. The signature
 * is not checked, as {@link open} does.
 */
export function parseAnswer(text: string): (SignedPuzzle & OpenedAnswer) | undefined {
  const [, signature, base64, solutions] = matched(
    text,
    /^([\w-]{1,128})\.([A-Za-z0-9+/]+=*)\.([A-Za-z0-9+/]+=*)\.[A-Za-z0-9+/]*=*$/,
  );
  const signed = signature === undefined ? undefined : signedPuzzle(signature, base64!);
  return signed && { ...signed, solutions: new Uint8Array(Buffer.from(solutions!, 'base64')) };
}

/**
 * Returns an answer as a client sends it: `signature.puzzle.solutions.diagnostics`. The diagnostics are the kind of the solver, for
 * which 0 is written, and the time that it took in seconds. Throws `ERR_QANTO_INVALID_ARGUMENT` if an argument is invalid.
 */
export function answerText({ signature, puzzle }: SignedPuzzle, answer: FriendlyAnswer): string {
  requirePuzzle(puzzle);
  const { solutions, elapsedMs } = answer;
  requireBytes('answer.solutions', solutions, SOLUTION_BYTES * puzzle[OFFSETS.solutions]!);
  const diagnostics = Buffer.alloc(3);
  diagnostics.writeUInt16BE(Math.min(Math.round(elapsedMs / 1000), 0xffff), 1);
  const parts = [puzzle, solutions, diagnostics].map((bytes) => Buffer.from(bytes).toString('base64'));
  return [signature, ...parts].join('.');
}

/**
 * Returns the number that the first four bytes of a digest, little-endian, must be less than: 2^((255.999 - d) / 8), rounded
 * down. No power is within 5e-12 of itself of an integer, so that the rounding errors of `**` do not matter.
 */
export function thresholdOf(difficulty: number): number {
  requireInteger('difficulty', difficulty, 0, MAX_BYTE);
  return Math.floor(2 ** ((255.999 - difficulty) / 8));
}

/** The options for the rest of a search. Throws if a limit is reached. */
function leftOf(options: FriendlySolveOptions, { hashes, elapsedMs }: SearchEffort): FriendlySolveOptions {
  const { timeoutMs, maxHashes } = options;
  if (hashes === 0) return options;
  const left: { -readonly [Name in keyof FriendlySolveOptions]: FriendlySolveOptions[Name] } = { ...options };
  if (timeoutMs !== undefined) {
    left.timeoutMs = timeoutMs - elapsedMs;
    if (left.timeoutMs <= 0) throw new TimedOutError(timeoutMs, { hashes, elapsedMs });
  }
  if (maxHashes !== undefined) {
    left.maxHashes = BigInt(maxHashes) - BigInt(hashes);
    if (left.maxHashes <= 0n) throw new HashBudgetSpentError(maxHashes, { hashes, elapsedMs });
  }
  return left;
}

/** Searches for a solution of each template. If a nonce space ends before, returns those of the templates before it. */
async function solvedOrFirst(
  searched: Template[],
  options: FriendlySolveOptions,
  isLast: boolean,
  effort: { hashes: number; elapsedMs: number },
): Promise<[Solution][]> {
  try {
    const found = (await solveMany(searched, options)) as [Solution][];
    const [[{ hashes, elapsedMs }]] = found as [[Solution]];
    effort.hashes += hashes;
    effort.elapsedMs += elapsedMs;
    return found;
  } catch (error) {
    if (!(error instanceof NonceSpaceExhaustedError) || isLast) throw error;
    effort.hashes += error.hashes;
    effort.elapsedMs += error.elapsedMs;
    return (error.found ?? []).filter((solutions): solutions is [Solution] => solutions.length > 0);
  }
}

function templateOf(puzzle: Uint8Array, index: number, outer: number): Template {
  const preimage = Buffer.alloc(BUFFER_BYTES);
  preimage.set(puzzle);
  preimage[SOLUTION_OFFSET] = index;
  preimage[OUTER_COUNTER_OFFSET] = outer;
  const hi = BigInt(thresholdOf(puzzle[OFFSETS.difficulty]!) - 1);
  return {
    algorithm: 'blake2b',
    digestLength: 32,
    preimage,
    nonce: { offset: COUNTER_OFFSET, encoding: 'u32le' },
    target: { lo: 0n, hi, width: 4, endian: 'little' },
  };
}

function matched(text: unknown, pattern: RegExp): readonly (string | undefined)[] {
  return (typeof text === 'string' && text.length <= MAX_TEXT && pattern.exec(text)) || [];
}

function signedPuzzle(signature: string, base64: string): SignedPuzzle | undefined {
  const puzzle = new Uint8Array(Buffer.from(base64, 'base64'));
  return isPuzzle(puzzle) ? { signature, puzzle } : undefined;
}

function isPuzzle(puzzle: unknown): puzzle is Uint8Array {
  return (
    types.isUint8Array(puzzle) &&
    puzzle.length >= MIN_PUZZLE_BYTES &&
    puzzle.length <= MAX_PUZZLE_BYTES &&
    puzzle[OFFSETS.version] === VERSION &&
    puzzle[OFFSETS.solutions]! > 0
  );
}

function requirePuzzle(puzzle: Uint8Array): void {
  requireBytes('puzzle', puzzle);
  if (!isPuzzle(puzzle)) {
    throw mustBe('puzzle', puzzle, `a puzzle of version 1: ${MIN_PUZZLE_BYTES} to ${MAX_PUZZLE_BYTES} bytes`);
  }
}

function signatureOf(puzzle: Uint8Array, secret: Uint8Array): Buffer {
  requireBytes('secret', secret);
  return createHmac('sha256', secret).update(puzzle).digest();
}
