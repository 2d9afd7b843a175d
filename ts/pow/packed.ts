/**
 * A template and a nonce as a few bytes and two bigints. The addon reads these faster than the properties of an object,
 * which matters where only one hash is computed. It writes the report of a search that has settled at once to the same bytes.
 */
import type { SolverEvent } from '../native.ts';
import { NONCE_ENCODINGS, type NonceEncoding } from './nonce.ts';
import { KERNELS, type Kernel } from './platform.ts';
import { ALGORITHMS, type Algorithm, type CheckedTemplate } from './template.ts';

const ALGORITHM_NUMBERS = numbered<Algorithm>(ALGORITHMS);
const ENCODING_NUMBERS = numbered<NonceEncoding>(NONCE_ENCODINGS);
const DIGEST_START = 48;

/** A report of a job. The digest is in hex if the report was drained. */
export type JobEvent = Omit<SolverEvent, 'digest'> & { readonly digest?: string | Uint8Array };

/**
 * The bytes of the template that was packed last, and of a report; `Packed` and `Report` in the addon describe them.
 */
const packed = new Uint8Array(112);
const view = new DataView(packed.buffer);

/** Packs a template, the nonce to verify or to start with, and a variant. The next call overwrites the result. */
export function packTemplate(template: CheckedTemplate, nonce: number | bigint, variant: number): Uint8Array {
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
  if (typeof nonce === 'number') {
    view.setUint32(12, nonce, true);
    view.setUint32(16, 0, true);
  } else {
    view.setBigUint64(12, nonce, true);
  }
  return packed;
}

/** The report of a search that settled when it was submitted. Undefined if the search runs. */
export function reportOf(job: number): JobEvent | undefined {
  const kind = packed[20];
  if (kind === 0) return undefined;
  if (kind !== 1) return { job, kind: 'panicked', hashes: 0, elapsedMs: 0 };
  return {
    job,
    kind: 'found',
    hashes: view.getFloat64(32, true),
    elapsedMs: view.getFloat64(40, true),
    kernel: KERNELS[packed[21] as number] as Kernel,
    nonce: view.getBigUint64(24, true),
    variant: packed[23] as number,
    digest: packed.slice(DIGEST_START, DIGEST_START + (packed[22] as number)),
  };
}

/** The lower bound of a template's rule as the addon takes it: undefined is 0, and is read faster. */
export function lowerBound({ rule }: CheckedTemplate): bigint | undefined {
  return rule.lo === 0n ? undefined : rule.lo;
}

function numbered<Name extends string>(names: readonly Name[]): Readonly<Record<Name, number>> {
  return Object.fromEntries(names.map((name, number) => [name, number])) as Record<Name, number>;
}
