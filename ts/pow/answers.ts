/**
 * Checks answers and packs them for the addon. A large batch is packed on the event loop, so an answer must cost little:
 * its preimage is copied into one array that all answers share, and what many answers have in common is passed once.
 */
import { type Fields, refuseUnknown, requireObject } from '../check-arguments.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { AnswersInput, TemplateInput } from '../native.ts';
import { checkNonceOrText, maxNonce, NONCE_FIELDS, overwrittenBytes } from './nonce.ts';
import {
  type CheckedTemplate,
  checkDigestLength,
  checkTemplate,
  MAX_PREIMAGE_BYTES,
  refuseRepeated,
  TEMPLATE_FIELDS,
  type Template,
  toNativeTemplate,
} from './template.ts';
import { checkVariant } from './version-rolling.ts';

const { types } = process.getBuiltinModule('node:util');

/** A template, and a nonce that is to be verified. */
export interface Answer {
  /** The template. */
  readonly template: Template;
  /** The nonce, as {@link verifyPow} takes it. */
  readonly nonce: number | bigint | string;
  /** With version rolling, the variant. */
  readonly variant?: number;
}

const ANSWER_FIELDS: Fields<Answer> = { template: true, nonce: true, variant: true };

/** The number of words of an answer; `AnswersInput` in the addon describes them. */
const WORDS = 7;
const MAX_BYTES = 2 ** 32 - 1;
const WORD = 2 ** 32;
/** How many kinds of templates are compared with a new one. A batch with more kinds has some of them twice. */
const COMPARED_KINDS = 8;

/** What many templates have in common: everything but the preimage. */
interface Kind {
  readonly number: number;
  readonly template: CheckedTemplate;
  /** The last nonce, or the last number that is exact. */
  readonly maxNumber: number;
  /** The target, if it is a bigint and the digest has its default length. */
  readonly target: bigint | undefined;
}

const numberOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  'length',
)?.get as (this: Uint8Array) => number;

/** Returns the answers for the addon. Throws `ERR_QANTO_INVALID_ARGUMENT`, which names the answer, if one is invalid. */
export function packAnswers(answers: readonly Answer[]): AnswersInput {
  const packer = new Packer(answers.length);
  for (let index = 0; index < answers.length; index++) {
    try {
      packer.add(answers[index] as Answer);
    } catch (error) {
      throw error instanceof InvalidArgumentError ? placed(error, `answers[${index}]`) : error;
    }
  }
  return packer.packed();
}

class Packer {
  readonly #answers: Uint32Array<ArrayBuffer>;
  readonly #templates: TemplateInput[] = [];
  readonly #kinds: Kind[] = [];
  readonly #nonce = new BigUint64Array(1);
  readonly #halves = new Uint32Array(this.#nonce.buffer);
  #bytes: Uint8Array<ArrayBuffer>;
  #byteLength = 0;
  #at = 0;
  /** The template of the last answer, and where its preimage is. */
  #template: Template | undefined;
  #kind: Kind | undefined;
  #start = 0;
  #length = 0;

  constructor(count: number) {
    this.#answers = new Uint32Array(WORDS * count);
    this.#bytes = new Uint8Array(256 * Math.min(count, 4096));
  }

  packed(): AnswersInput {
    return {
      templates: this.#templates,
      bytes: this.#bytes.subarray(0, this.#byteLength),
      answers: this.#answers.subarray(0, this.#at),
    };
  }

  add(answer: Answer): void {
    requireObject('answer', answer);
    refuseUnknown('answer', answer, ANSWER_FIELDS);
    const { template, nonce, variant } = answer;
    const kind =
      template === this.#template && this.#kind !== undefined ? this.#kind : this.#addTemplate(template);
    const number = checkVariant(variant, kind.template.versionRolling);
    let textLength = 0;
    let low: number;
    let high = 0;
    if (typeof nonce === 'number' && Number.isInteger(nonce) && nonce >= 0 && nonce <= kind.maxNumber) {
      low = nonce % WORD;
      high = (nonce - low) / WORD;
    } else {
      const value = checkNonceOrText('nonce', nonce, kind.template.nonce);
      if (typeof value === 'string') {
        const text = Buffer.from(value);
        textLength = text.length;
        low = this.#append(text, textLength);
      } else {
        this.#nonce[0] = BigInt(value);
        low = this.#halves[0] as number;
        high = this.#halves[1] as number;
      }
    }
    const at = this.#at;
    const answers = this.#answers;
    answers[at] = kind.number;
    answers[at + 1] = this.#start;
    answers[at + 2] = this.#length;
    answers[at + 3] = low;
    answers[at + 4] = high;
    answers[at + 5] = number;
    answers[at + 6] = textLength;
    this.#at = at + WORDS;
  }

  #addTemplate(template: Template): Kind {
    const same = this.#addSameKind(template);
    if (same !== undefined) {
      this.#template = template;
      return same;
    }
    const checked = checkTemplate(template);
    refuseRepeated('template.repeated', checked);
    // The property of the array may be another one.
    const length = numberOf.call(checked.preimage);
    this.#start = this.#append(checked.preimage, length);
    this.#length = length;
    const kind = this.#kindOf(checked);
    this.#kind = kind;
    this.#template = template;
    return kind;
  }

  /**
   * Adds a template that is valid because only its preimage differs from that of the last one. Returns undefined for every
   * other template, which must be checked completely.
   */
  #addSameKind(template: Template): Kind | undefined {
    const kind = this.#kind;
    if (kind?.target === undefined || typeof template !== 'object' || template === null) return undefined;
    const { algorithm, digestLength, preimage, nonce, target, versionRolling, repeated } = template;
    const known = kind.template;
    if (
      target !== kind.target ||
      algorithm !== known.algorithm ||
      digestLength !== undefined ||
      repeated !== undefined ||
      versionRolling !== known.versionRolling ||
      typeof nonce !== 'object' ||
      nonce === null ||
      !types.isUint8Array(preimage)
    ) {
      return undefined;
    }
    const { offset, encoding, width } = nonce;
    const isSameNonce =
      offset === known.nonce.offset && encoding === known.nonce.encoding && width === known.nonce.width;
    const length = numberOf.call(preimage);
    const isLongEnough = length >= 1 && length >= offset + overwrittenBytes(known.nonce.encoding);
    if (!isSameNonce || !isLongEnough || length > MAX_PREIMAGE_BYTES) return undefined;
    refuseUnknown('template', template, TEMPLATE_FIELDS);
    refuseUnknown('template.nonce', nonce, NONCE_FIELDS);
    this.#start = this.#append(preimage, length);
    this.#length = length;
    return kind;
  }

  #kindOf(template: CheckedTemplate): Kind {
    if (this.#kind !== undefined && isSameKind(this.#kind.template, template)) return this.#kind;
    for (const kind of this.#kinds.slice(-COMPARED_KINDS)) {
      if (isSameKind(kind.template, template)) return kind;
    }
    const last = Number(maxNonce(template.nonce));
    const maxNumber = Math.min(last, Number.MAX_SAFE_INTEGER);
    const kind = { number: this.#templates.length, template, maxNumber, target: targetOf(template) };
    this.#templates.push(toNativeTemplate(template));
    this.#kinds.push(kind);
    return kind;
  }

  /** Copies bytes, and returns where they are. */
  #append(bytes: Uint8Array, length: number): number {
    const start = this.#byteLength;
    const end = start + length;
    if (end > MAX_BYTES) {
      throw new InvalidArgumentError(
        'template.preimage',
        bytes,
        `template.preimage must not make the preimages and texts of all answers longer than ${MAX_BYTES} bytes together`,
      );
    }
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(Math.max(2 * this.#bytes.length, end), MAX_BYTES));
      grown.set(this.#bytes.subarray(0, start));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, start);
    this.#byteLength = end;
    return start;
  }
}

function targetOf({ algorithm, digestLength, rule }: CheckedTemplate): bigint | undefined {
  const isTarget = rule.lo === 0n && rule.hi >= 1n && rule.endian === 'little' && rule.width === digestLength;
  const hasDefaultLength = checkDigestLength('digestLength', undefined, algorithm) === digestLength;
  return isTarget && hasDefaultLength ? rule.hi : undefined;
}

function isSameKind(one: CheckedTemplate, other: CheckedTemplate): boolean {
  return (
    one.algorithm === other.algorithm &&
    one.digestLength === other.digestLength &&
    one.versionRolling === other.versionRolling &&
    one.nonce.offset === other.nonce.offset &&
    one.nonce.encoding === other.nonce.encoding &&
    one.nonce.width === other.nonce.width &&
    one.rule.width === other.rule.width &&
    one.rule.endian === other.rule.endian &&
    one.rule.lo === other.rule.lo &&
    one.rule.hi === other.rule.hi
  );
}

/** The same error about an argument of an answer. Its sentence begins with the name of the argument. */
function placed({ argument, value, problem }: InvalidArgumentError, answer: string): InvalidArgumentError {
  const inPlace = (text: string) =>
    argument.startsWith('answer') ? text.replace('answer', answer) : `${answer}.${text}`;
  return new InvalidArgumentError(inPlace(argument), value, inPlace(problem));
}
