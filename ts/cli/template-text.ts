/** Parses templates from text: a JSON object, or a block header in hex. */
import {
  ALGORITHMS,
  type Algorithm,
  blockHeader,
  fromHex,
  InvalidArgumentError,
  NONCE_ENCODINGS,
  type Template,
} from 'qanto';
import { mustBe, nearest, shownName } from 'qanto/internal';
import { z } from 'zod';
import { type TargetOf, targetOfJson } from './template-target.ts';

/** The parts of a template. Those that are not given are undefined. */
export interface TemplateParts {
  readonly algorithm?: Algorithm | undefined;
  readonly digestLength?: number | undefined;
  readonly preimage?: Uint8Array | undefined;
  readonly nonceOffset?: number | undefined;
  readonly nonceEncoding?: Template['nonce']['encoding'] | undefined;
  readonly nonceWidth?: number | undefined;
  readonly target?: TargetOf | undefined;
  readonly versionRolling?: number | undefined;
}

const HEADER_DIGITS = 160;

const jsonTemplate = z.strictObject({
  algorithm: z.enum(ALGORITHMS).optional(),
  digestLength: z.int().optional(),
  preimage: z.string(),
  nonce: z.strictObject({
    offset: z.int().min(0),
    encoding: z.enum(NONCE_ENCODINGS).optional(),
    width: z.int().optional(),
  }),
  target: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  bits: z.string().optional(),
  versionRolling: z.int().optional(),
});

/**
 * Parses a template: a JSON object, or the 80 bytes of a block header in hex, whose bits are the target. `source` names
 * the input in errors. Throws `ERR_QANTO_INVALID_ARGUMENT`.
 */
export function parseTemplate(text: string, source: string): TemplateParts {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) return fromJson(trimmed, source);
  if (trimmed.length !== HEADER_DIGITS || !/^[0-9a-f]+$/i.test(trimmed)) {
    throw mustBe(
      `the template in ${source}`,
      trimmed,
      `a JSON object, or the ${HEADER_DIGITS} hex digits of a block header`,
    );
  }
  const { preimage, nonce, target } = blockHeader(fromHex(trimmed));
  return { preimage, nonceOffset: nonce.offset, nonceEncoding: nonce.encoding, target: () => target };
}

function fromJson(text: string, source: string): TemplateParts {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    const problem = `the template in ${source} is not valid JSON: ${(error as Error).message}`;
    throw new InvalidArgumentError('template', text, problem);
  }
  const result = jsonTemplate.safeParse(content);
  if (!result.success) throw refusal(result.error.issues[0]!, content);
  const { algorithm, digestLength, preimage, nonce, target, bits, versionRolling } = result.data;
  return {
    algorithm,
    digestLength,
    preimage: fromHex(preimage, undefined, 'template.preimage'),
    nonceOffset: nonce.offset,
    nonceEncoding: nonce.encoding,
    nonceWidth: nonce.width,
    target: targetOfJson(target, bits),
    versionRolling,
  };
}

function refusal(issue: z.core.$ZodIssue, content: unknown): InvalidArgumentError {
  const path = ['template', ...issue.path].join('.');
  const value = issue.path.reduce<unknown>(
    (parent, name) => (parent as Record<PropertyKey, unknown> | undefined)?.[name],
    content,
  );
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const known = Object.keys(issue.path.length === 0 ? jsonTemplate.shape : jsonTemplate.shape.nonce.shape);
    const meant = nearest(key, known);
    return new InvalidArgumentError(
      `${path}.${shownName(key)}`,
      (value as Record<string, unknown>)[key],
      `${path} has no field ${shownName(key)}${meant ? ` (did you mean ${meant}?)` : ''}`,
    );
  }
  return mustBe(path, value, EXPECTED[issue.path.join('.')] ?? 'a JSON object');
}

/** What is expected, by the path of the invalid field. */
const EXPECTED: Readonly<Record<string, string>> = {
  algorithm: `one of ${ALGORITHMS.join(', ')}`,
  digestLength: 'an integer',
  preimage: 'a string of hex digits',
  nonce: 'an object with an offset and an encoding',
  'nonce.offset': 'an integer of at least 0',
  'nonce.encoding': `one of ${NONCE_ENCODINGS.join(', ')}`,
  'nonce.width': 'an integer',
  target: 'a string of hex digits, or an object',
  bits: 'a string of 8 hex digits',
  versionRolling: 'an integer',
};
