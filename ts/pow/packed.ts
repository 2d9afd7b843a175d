/**
 * A template and a nonce as a few bytes and two bigints. The addon reads these faster than the properties of an object,
 * which matters where only one hash is computed.
 */
import { NONCE_ENCODINGS, type NonceEncoding } from './nonce.ts';
import { ALGORITHMS, type Algorithm, type CheckedTemplate } from './template.ts';

const ALGORITHM_NUMBERS = numbered<Algorithm>(ALGORITHMS);
const ENCODING_NUMBERS = numbered<NonceEncoding>(NONCE_ENCODINGS);

/** The bytes of the template that was packed last; `Packed` in the addon describes them. */
const packed = new Uint8Array(20);
const view = new DataView(packed.buffer);

/** Packs a template, the nonce to verify or to start with, and a variant. The next call overwrites the result. */
export function packTemplate(template: CheckedTemplate, nonce: bigint, variant: number): Uint8Array {
  const { algorithm, digestLength, nonce: field, rule, versionRolling } = template;
  packed[0] = ALGORITHM_NUMBERS[algorithm];
  packed[1] = digestLength;
  packed[2] = ENCODING_NUMBERS[field.encoding];
  packed[3] = field.width ?? 0;
  packed[4] = rule.width;
  packed[5] = rule.endian === 'big' ? 1 : 0;
  packed[6] = versionRolling ?? 0;
  packed[7] = variant;
  view.setUint32(8, field.offset, true);
  view.setBigUint64(12, nonce, true);
  return packed;
}

/** The lower bound of a template's rule as the addon takes it: undefined is 0, and is read faster. */
export function lowerBound({ rule }: CheckedTemplate): bigint | undefined {
  return rule.lo === 0n ? undefined : rule.lo;
}

function numbered<Name extends string>(names: readonly Name[]): Readonly<Record<Name, number>> {
  return Object.fromEntries(names.map((name, number) => [name, number])) as Record<Name, number>;
}
