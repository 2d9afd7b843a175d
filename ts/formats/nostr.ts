/**
 * Proof of work of Nostr events (NIP-13). The id of an event is the SHA-256 of its JSON serialisation (NIP-01). Its tag
 * `nonce` has a nonce, which is found so that the id begins with zero bits, and the number of zero bits that was aimed at.
 */
import { type Fields, refuseUnknown, requireInteger, requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { toHex } from '../pow/hex.ts';
import { type SolveOptions, solvePow } from '../pow/solve.ts';
import { MAX_PREIMAGE_BYTES, type Template } from '../pow/template.ts';
import { digest } from '../pow/verify.ts';
import {
  type Effort,
  effortOf,
  isText,
  refused,
  unsigned,
  utf8,
  type Verdict,
  leadingZeroBits as zeroBits,
} from './common.ts';

/** The number of bits of an id. */
const ID_BITS = 256;

/** The fields of an event that its id depends on. The author's key is one of them, and the signature is not. */
export interface NostrEvent {
  /** The public key of the author: 64 lowercase hex digits. */
  readonly pubkey: string;
  /** The time in seconds since 1970. It is not changed. */
  readonly created_at: number;
  /** The kind of the event, from 0 to 65,535. */
  readonly kind: number;
  /** The tags: arrays of texts. */
  readonly tags: readonly (readonly string[])[];
  /** The content. */
  readonly content: string;
}

/** What {@link solve} takes. */
export interface NostrChallenge {
  /** The event. If it has an id or a signature, they are ignored. */
  readonly event: NostrEvent;
  /** The number of zero bits with which the id must begin, from 1 to 256. */
  readonly bits: number;
}

/** An event with an id, to be signed. */
export interface MinedNostrEvent extends NostrEvent {
  /** The id: 64 lowercase hex digits. */
  readonly id: string;
}

/** What {@link solve} has found. */
export interface NostrAnswer extends Effort {
  /** The event with its tag `nonce` and its id. All other fields are those of the given event. */
  readonly event: MinedNostrEvent;
  /** The number of zero bits with which the id begins. It is at least the target. */
  readonly bits: number;
}

/** What {@link verify} returns about a valid event. */
export interface NostrDetails {
  /** The number of zero bits with which the id begins. */
  readonly bits: number;
}

/**
 * The reasons why {@link verify} refuses an event, in the order of the checks:
 * - `malformed`: it is not an event with an id.
 * - `wrong-id`: the id is not that of the event.
 * - `too-little-work`: the id begins with fewer zero bits than are needed.
 * - `no-commitment`: the tag `nonce` does not exist, or aims at fewer bits than are needed. Then the event may have been made
 *   with little work, and be a lucky one.
 */
export type NostrReason = 'malformed' | 'wrong-id' | 'too-little-work' | 'no-commitment';

const CHALLENGE_FIELDS: Fields<NostrChallenge> = { event: true, bits: true };
const EVENT_FIELDS: Fields<NostrEvent> = {
  pubkey: true,
  created_at: true,
  kind: true,
  tags: true,
  content: true,
};

/**
 * Returns the template of an event. The tag `nonce` is the last one. It replaces any other tag of this name. Throws
 * `ERR_QANTO_INVALID_ARGUMENT` if the challenge is invalid, or if the serialised event has more than 65,536 bytes.
 */
export function template(challenge: NostrChallenge): Template {
  requireObject('challenge', challenge);
  refuseUnknown('challenge', challenge, CHALLENGE_FIELDS);
  const { event, bits } = challenge;
  const { pubkey, created_at, kind, content } = checkedEvent(event);
  requireInteger('challenge.bits', bits, 1, ID_BITS);
  const tags = [...otherTags(event), ['nonce', '', String(bits)]];
  const text = JSON.stringify([0, pubkey, created_at, kind, tags, content]);
  // The nonce goes between the quotes of the empty text in the last tag.
  const after = `","${bits}"]],${JSON.stringify(content)}]`;
  const preimage = utf8(text);
  if (preimage.length > MAX_PREIMAGE_BYTES) {
    throw mustBe('challenge.event', event, `at most ${MAX_PREIMAGE_BYTES} bytes of JSON in UTF-8`);
  }
  const offset = preimage.length - Buffer.byteLength(after);
  return {
    algorithm: 'sha256',
    preimage,
    nonce: { offset, encoding: 'decimal' },
    target: { leadingZeroBits: bits },
  };
}

/**
 * Finds a nonce for an event. The fields of the event stay as they are, so that the answer is the same on every run. Since the
 * id does not depend on the signature, it is found before the event is signed, and may be found for someone else. Rejects with
 * the errors of `solvePow`.
 */
export async function solve(challenge: NostrChallenge, options?: SolveOptions): Promise<NostrAnswer> {
  const searched = template(challenge);
  const { event, bits } = challenge;
  const { pubkey, created_at, kind, content } = event;
  const tags = otherTags(event);
  const solution = await solvePow(searched, options);
  const nonce = ['nonce', String(solution.nonce), String(bits)];
  const id = toHex(solution.digest);
  return {
    event: { id, pubkey, created_at, kind, tags: [...tags, nonce], content },
    bits: leadingZeroBits(id),
    ...effortOf(solution),
  };
}

/**
 * Checks an event from outside, with or without a signature, which is not checked. Its id must begin with at least `minBits`
 * zero bits, from 0 to 256. The verdict of a valid event has their number. Throws `ERR_QANTO_INVALID_ARGUMENT` if `minBits` is
 * invalid.
 */
export function verify(event: MinedNostrEvent, minBits: number): Verdict<NostrReason, NostrDetails> {
  requireInteger('minBits', minBits, 0, ID_BITS);
  if (problemOf(event) !== undefined || typeof event.id !== 'string' || !HEX_64.test(event.id)) {
    return refused('malformed');
  }
  if (toHex(digest('sha256', utf8(serialise(event)))) !== event.id) return refused('wrong-id');
  const bits = leadingZeroBits(event.id);
  if (bits < minBits) return refused('too-little-work');
  const commitment = event.tags.find(([name]) => name === 'nonce')?.[2];
  const committed = unsigned(commitment, BigInt(ID_BITS));
  if (minBits > 0 && (committed === undefined || committed < minBits)) return refused('no-commitment');
  return { valid: true, bits };
}

/**
 * Returns the number of zero bits with which an id begins. Throws `ERR_QANTO_INVALID_ARGUMENT` if the argument is not 64 lowercase
 * hex digits.
 */
export function leadingZeroBits(id: string): number {
  if (typeof id !== 'string' || !HEX_64.test(id)) throw mustBe('id', id, '64 lowercase hex digits');
  return zeroBits(Buffer.from(id, 'hex'));
}

const HEX_64 = /^[0-9a-f]{64}$/;

/**
 * Serialises an event as NIP-01 says. Control characters for which it has no escape are to be written as they are, but
 * `JSON.stringify`, which nostr-tools and other clients use, escapes them, and so does this.
 */
function serialise({ pubkey, created_at, kind, tags, content }: NostrEvent): string {
  return JSON.stringify([0, pubkey, created_at, kind, tags, content]);
}

function otherTags({ tags }: NostrEvent): (readonly string[])[] {
  return tags.filter(([name]) => name !== 'nonce');
}

function checkedEvent(event: NostrEvent): NostrEvent {
  requireObject('challenge.event', event);
  const problem = problemOf(event);
  if (problem !== undefined)
    throw mustBe(`challenge.event.${problem.field}`, event[problem.field], problem.expected);
  // An event that was mined or signed before has an id and a signature, which are no longer those of the new one.
  const { id, sig, ...fields } = event as NostrEvent & { id?: unknown; sig?: unknown };
  refuseUnknown('challenge.event', fields, EVENT_FIELDS);
  return event;
}

/** Returns the first field of an event that is not valid, and what it must be. */
function problemOf(event: unknown): { field: keyof NostrEvent; expected: string } | undefined {
  const { pubkey, created_at, kind, tags, content } = (event ?? {}) as Partial<
    Record<keyof NostrEvent, unknown>
  >;
  if (typeof pubkey !== 'string' || !HEX_64.test(pubkey)) {
    return { field: 'pubkey', expected: '64 lowercase hex digits' };
  }
  if (!Number.isSafeInteger(created_at) || (created_at as number) < 0) {
    return { field: 'created_at', expected: 'a time in whole seconds since 1970' };
  }
  if (!Number.isSafeInteger(kind) || (kind as number) < 0 || (kind as number) > 0xffff) {
    return { field: 'kind', expected: 'an integer from 0 to 65,535' };
  }
  if (!areTags(tags)) {
    const most = `at most ${MAX_PREIMAGE_BYTES} characters of JSON`;
    return { field: 'tags', expected: `an array of arrays of texts, with ${most}` };
  }
  if (!isText(content, MAX_PREIMAGE_BYTES)) {
    return { field: 'content', expected: `a text of at most ${MAX_PREIMAGE_BYTES} characters` };
  }
  return undefined;
}

/** Returns whether a value from outside is tags whose JSON, without escapes, is not longer than an event may be. */
function areTags(tags: unknown): boolean {
  if (!Array.isArray(tags)) return false;
  let characters = 2;
  for (const tag of tags) {
    if (!Array.isArray(tag)) return false;
    characters += 3;
    for (const part of tag) {
      if (!isText(part, MAX_PREIMAGE_BYTES)) return false;
      characters += part.length + 3;
    }
    if (characters > MAX_PREIMAGE_BYTES) return false;
  }
  return true;
}
