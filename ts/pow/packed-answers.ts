/** Checks answers that are packed in arrays: many nonces of one template, or many messages that contain their nonces. */
import { type Fields, type NameOf, refuseUnknown, requireInteger, requireOneOf } from '../check-arguments.ts';
import { InvalidArgumentError, mustBe } from '../errors.ts';
import type { MessagesInput, NoncesInput } from '../native.ts';
import { type HitRule, toInterval } from './hit-rule.ts';
import { named } from './named.ts';
import { type CheckedNonceField, maxNonce } from './nonce.ts';
import { compactProblem } from './targets.ts';
import {
  ALGORITHMS,
  type Algorithm,
  checkDigestLength,
  checkTemplate,
  MAX_PREIMAGE_BYTES,
  refuseRepeated,
  type Template,
  toNativeRule,
  toNativeTemplate,
} from './template.ts';

const { types } = process.getBuiltinModule('node:util');

interface PackedNonces {
  readonly template: Template;
  readonly nonces: Uint32Array | BigUint64Array;
  readonly variants?: Uint8Array;
}

interface PackedMessages {
  readonly algorithm: NameOf<Algorithm>;
  readonly digestLength?: number;
  readonly messages: Uint8Array;
  readonly messageLength: number;
  readonly target?: bigint | HitRule;
  readonly compactOffset?: number;
}

/** Answers in one of the packed forms of `verifyPowBatch`, which describes them. */
export type PackedAnswers = PackedNonces | PackedMessages;

const NONCES_FIELDS: Fields<PackedNonces> = { template: true, nonces: true, variants: true };
const MESSAGES_FIELDS: Fields<PackedMessages> = {
  algorithm: true,
  digestLength: true,
  messages: true,
  messageLength: true,
  target: true,
  compactOffset: true,
};

const MAX_U32 = 0xffff_ffff;
const COMPACT_BYTES = 4;

/** Packed answers for the addon, and their number. */
export interface CheckedBatch {
  readonly batch: { readonly messages: MessagesInput } | { readonly nonces: NoncesInput };
  readonly count: number;
}

/**
 * Checks packed answers. Throws `ERR_QANTO_INVALID_ARGUMENT`, which names the nonce or the message, if one is invalid. The
 * arrays are not copied.
 */
export function checkPacked(answers: PackedAnswers): CheckedBatch {
  const { nonces, messages } = (answers ?? {}) as Partial<PackedNonces & PackedMessages>;
  if (nonces !== undefined) return checkNonces(answers as PackedNonces, nonces);
  if (messages !== undefined) return checkMessages(answers as PackedMessages, messages);
  throw mustBe('answers', answers, 'an array, or an object with nonces or messages');
}

function checkNonces(answers: PackedNonces, nonces: PackedNonces['nonces']): CheckedBatch {
  refuseUnknown('answers', answers, NONCES_FIELDS);
  const { template, variants } = answers;
  const checked = named('answers.template', () => checkTemplate(template));
  refuseRepeated('answers.template.repeated', checked);
  const is32 = types.isUint32Array(nonces);
  if (!is32 && !types.isBigUint64Array(nonces)) {
    throw mustBe('answers.nonces', nonces, 'a Uint32Array or a BigUint64Array');
  }
  const wrong = is32 ? above32(nonces, checked.nonce) : above64(nonces, checked.nonce);
  if (wrong !== undefined) {
    const range = `an integer from 0 to ${maxNonce(checked.nonce)} (${checked.nonce.encoding})`;
    throw mustBe(`answers.nonces[${wrong}]`, nonces[wrong], range);
  }
  const count = lengthOf(nonces);
  checkVariants(variants, count, checked.versionRolling);
  return {
    batch: {
      nonces: { template: toNativeTemplate(checked), nonces, ...(variants !== undefined && { variants }) },
    },
    count,
  };
}

/** Returns the index of the first nonce that is too large for its encoding. */
function above32(nonces: Uint32Array, field: CheckedNonceField): number | undefined {
  const last = maxNonce(field);
  if (last >= BigInt(MAX_U32)) return undefined;
  const max = Number(last);
  const words = wordsOf(nonces);
  for (let index = 0; index < words.length; index++) {
    if ((words[index] as number) > max) return index;
  }
  return undefined;
}

/** As {@link above32}. The halves of a nonce are compared, since reading an element would make a bigint. */
function above64(nonces: BigUint64Array, field: CheckedNonceField): number | undefined {
  const last = maxNonce(field);
  const maxHigh = Number(last >> 32n);
  const maxLow = Number(last & BigInt(MAX_U32));
  if (maxHigh === MAX_U32 && maxLow === MAX_U32) return undefined;
  const words = wordsOf(nonces);
  for (let at = 0; at < words.length; at += 2) {
    const high = words[at + 1] as number;
    if (high > maxHigh || (high === maxHigh && (words[at] as number) > maxLow)) return at / 2;
  }
  return undefined;
}

function checkVariants(
  variants: Uint8Array | undefined,
  count: number,
  versionRolling: number | undefined,
): void {
  if (variants === undefined && versionRolling === undefined) return;
  if (!types.isUint8Array(variants) || lengthOf(variants) !== count) {
    throw mustBe('answers.variants', variants, `a Uint8Array with a variant for each of the ${count} nonces`);
  }
  const last = (versionRolling ?? 1) - 1;
  for (let index = 0; index < count; index++) {
    const variant = variants[index] as number;
    if (variant > last) throw mustBe(`answers.variants[${index}]`, variant, `an integer from 0 to ${last}`);
  }
}

function checkMessages(answers: PackedMessages, messages: Uint8Array): CheckedBatch {
  refuseUnknown('answers', answers, MESSAGES_FIELDS);
  const { algorithm, digestLength: given, messageLength, target, compactOffset } = answers;
  requireOneOf('answers.algorithm', algorithm, ALGORITHMS);
  const digestLength = checkDigestLength('answers.digestLength', given, algorithm);
  requireInteger('answers.messageLength', messageLength, 1, MAX_PREIMAGE_BYTES);
  if (!types.isUint8Array(messages) || lengthOf(messages) % messageLength !== 0) {
    throw mustBe('answers.messages', messages, `a Uint8Array of whole messages of ${messageLength} bytes`);
  }
  const count = lengthOf(messages) / messageLength;
  const common = { algorithm, digestLength, messages, messageLength };
  if (compactOffset === undefined) {
    if (target === undefined) throw mustBe('answers.target', target, 'given, unless compactOffset is');
    const interval = named('answers', () => toInterval(target, digestLength));
    return { batch: { messages: { ...common, rule: toNativeRule(interval) } }, count };
  }
  if (target !== undefined) {
    throw new InvalidArgumentError(
      'answers.compactOffset',
      compactOffset,
      'answers.compactOffset must not be given together with target, because each message has one target',
    );
  }
  checkCompact(messages, messageLength, compactOffset, digestLength);
  return { batch: { messages: { ...common, compactOffset } }, count };
}

/** Throws unless every message has the compact bits of a target. */
function checkCompact(
  messages: Uint8Array,
  messageLength: number,
  compactOffset: number,
  digestLength: number,
): void {
  const lastOffset = messageLength - COMPACT_BYTES;
  if (!Number.isInteger(compactOffset) || compactOffset < 0 || compactOffset > lastOffset) {
    const expected =
      lastOffset < 0
        ? `absent, because ${messageLength} bytes have no room for compact bits`
        : `an integer from 0 to ${lastOffset}, so that its 4 bytes lie within the ${messageLength} bytes of a message`;
    throw mustBe('answers.compactOffset', compactOffset, expected);
  }
  const view = viewOf(messages);
  const length = view.byteLength;
  let known: number | undefined;
  for (let at = compactOffset; at < length; at += messageLength) {
    const bits = view.getUint32(at, true);
    // Headers that follow each other usually have the same bits.
    if (bits === known) continue;
    const problem = compactProblem(bits, digestLength);
    if (problem !== undefined) {
      const argument = `answers.messages[${(at - compactOffset) / messageLength}]`;
      const hex = `0x${bits.toString(16).padStart(8, '0')}`;
      throw new InvalidArgumentError(
        argument,
        hex,
        `${argument} must have at byte ${compactOffset} ${problem}`,
      );
    }
    known = bits;
  }
}

// The arrays may have properties of their own with these names.
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const getter = <T>(name: string) =>
  Object.getOwnPropertyDescriptor(typedArray, name)?.get as (this: Packed) => T;
const bufferOf = getter<ArrayBuffer>('buffer');
const byteOffsetOf = getter<number>('byteOffset');
const byteLengthOf = getter<number>('byteLength');
const countOf = getter<number>('length');

type Packed = Uint8Array | Uint32Array | BigUint64Array;

function lengthOf(array: Packed): number {
  return countOf.call(array);
}

function viewOf(array: Packed): DataView {
  return new DataView(bufferOf.call(array), byteOffsetOf.call(array), byteLengthOf.call(array));
}

/** The array as words of 32 bits. */
function wordsOf(array: Uint32Array | BigUint64Array): Uint32Array {
  return new Uint32Array(bufferOf.call(array), byteOffsetOf.call(array), byteLengthOf.call(array) / 4);
}
