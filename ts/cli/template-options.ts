/** Reads the template of `solve` and `verify` from a file or standard input, from flags, or from both. */

import type { Readable } from 'node:stream';
import { type Command, Option } from 'commander';
import {
  ALGORITHMS,
  type Algorithm,
  fromHex,
  InvalidArgumentError,
  NONCE_ENCODINGS,
  type Template,
} from 'qanto';
import { checkDigestLength, MAX_VARIANTS } from 'qanto/internal';
import { smallInteger } from './flag-values.ts';
import { nameOf, readInput, STDIN } from './input.ts';
import { type TargetFlags, targetOfFlags } from './template-target.ts';
import { parseTemplate, type TemplateParts } from './template-text.ts';

/** A paragraph for the help of both commands. */
export const TEMPLATE_NOTE =
  'The file contains the 160 hex digits of a block header, whose bits are the target, or JSON:\n' +
  '  {"algorithm": "sha256d", "preimage": "<hex>", "bits": "1d00ffff",\n' +
  '   "nonce": {"offset": 76, "encoding": "u32le"}}\n' +
  'In the JSON, "target" can replace "bits". It is the largest digest that solves the template, as for --target, or an ' +
  'object such as\n' +
  '  {"leadingZeroBits": 20} or\n' +
  '  {"atLeast": "fffffe00", "width": 4, "endian": "little"}\n' +
  'with the fields of a HitRule of the library, in which large integers and bytes are hex digits, most significant first. ' +
  'The fields "digestLength", "versionRolling" and, in "nonce", "width" are optional. Flags override the file.';

export interface TemplateFlags extends TargetFlags {
  readonly algorithm?: Algorithm;
  readonly digestLength?: string;
  readonly preimage?: string;
  readonly nonceOffset?: string;
  readonly nonceEncoding?: Template['nonce']['encoding'];
  readonly nonceWidth?: string;
  readonly versionRolling?: string;
}

export function addTemplateOptions(command: Command): Command {
  command.argument('[file]', `file with the template, described below; ${STDIN} is standard input`);
  for (const option of [
    new Option('--algorithm <name>', 'hash function (default: sha256d)').choices(ALGORITHMS),
    new Option('--digest-length <bytes>', 'length of the digest, 1 to 64 (default: 64); only for blake2b'),
    new Option('--preimage <hex>', 'bytes to hash, including those that a binary nonce overwrites'),
    new Option('--nonce-offset <bytes>', 'number of bytes before the nonce'),
    new Option('--nonce-encoding <name>', 'encoding of the nonce (default: u32le)').choices(NONCE_ENCODINGS),
    new Option('--nonce-width <digits>', 'number of digits of the nonce; for decimal-fixed and hex'),
    ...TARGET_OPTIONS,
    new Option(
      '--version-rolling <number>',
      `number of versions to try with each nonce, 1 to ${MAX_VARIANTS}; only for a block header`,
    ),
  ]) {
    command.addOption(option.helpGroup('Template:'));
  }
  return command;
}

/** The names of the flags of a template, as attributes of the parsed command line. */
export const TEMPLATE_ATTRIBUTES = [
  'algorithm',
  'digestLength',
  'preimage',
  'nonceOffset',
  'nonceEncoding',
  'nonceWidth',
  'versionRolling',
  'target',
  'bits',
  'leadingZeroBits',
  'hexPrefix',
  'equals',
] as const satisfies readonly (keyof TemplateFlags)[];

const TARGET_NAMES = ['target', 'bits', 'leadingZeroBits', 'hexPrefix', 'equals'] as const;

const TARGET_OPTIONS = (
  [
    [
      '--target <hex>',
      'largest digest that solves the template: all its hex digits, reversed as in displayHash',
    ],
    ['--bits <hex>', 'target as compact bits, such as 1d00ffff'],
    ['--leading-zero-bits <number>', 'number of zero bits at the start of a digest that solves the template'],
    [
      '--hex-prefix <hex>',
      'hex digits at the start of a digest that solves the template; their number may be odd',
    ],
    ['--equals <hex>', 'bytes at the start of a digest that solves the template, or the whole digest'],
  ] as const
).map(([flags, description]) => {
  const option = new Option(flags, description);
  return option.conflicts(TARGET_NAMES.filter((name) => name !== option.attributeName()));
});

/**
 * The template from the file and the flags; flags override the file. Rejects with `ERR_QANTO_INVALID_ARGUMENT`, or with
 * `ABORT_ERR` if the signal aborts while the input is not complete.
 */
export async function templateOf(
  file: string | undefined,
  flags: TemplateFlags,
  stdin: Readable = process.stdin,
  signal: AbortSignal = new AbortController().signal,
): Promise<Template> {
  const given = partsOf(flags);
  const stored =
    file === undefined
      ? {}
      : parseTemplate(await readInput('the template', file, stdin, signal), nameOf(file));
  // A flag that is not given is undefined, and must not override the file.
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const parts: TemplateParts = { ...stored, ...set };
  const { preimage, nonceOffset, nonceEncoding = 'u32le', nonceWidth, target, versionRolling } = parts;
  const { algorithm = 'sha256d', digestLength } = parts;
  if (preimage === undefined) throw missing('--preimage', '--preimage or a template file');
  if (nonceOffset === undefined) throw missing('--nonce-offset', '--nonce-offset');
  if (target === undefined)
    throw missing('--target', '--target, --bits, --leading-zero-bits, --hex-prefix or --equals');
  return {
    algorithm,
    ...(digestLength !== undefined && { digestLength }),
    preimage,
    nonce: {
      offset: nonceOffset,
      encoding: nonceEncoding,
      ...(nonceWidth !== undefined && { width: nonceWidth }),
    },
    target: target(checkDigestLength('template.digestLength', digestLength, algorithm)),
    ...(versionRolling !== undefined && { versionRolling }),
  };
}

function partsOf(flags: TemplateFlags): TemplateParts {
  const { algorithm, digestLength, preimage, nonceOffset, nonceEncoding, nonceWidth, versionRolling } = flags;
  return {
    algorithm,
    digestLength: optionalInteger('--digest-length', digestLength),
    preimage: preimage === undefined ? undefined : fromHex(preimage, undefined, '--preimage'),
    nonceOffset: optionalInteger('--nonce-offset', nonceOffset),
    nonceEncoding,
    nonceWidth: optionalInteger('--nonce-width', nonceWidth),
    target: targetOfFlags(flags),
    versionRolling: optionalInteger('--version-rolling', versionRolling),
  };
}

function optionalInteger(flag: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : smallInteger(flag, text);
}

function missing(flag: string, required: string): InvalidArgumentError {
  return new InvalidArgumentError(flag, undefined, `${required} must be given`);
}
