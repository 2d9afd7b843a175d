/** Reads the template of `solve` and `verify` from a file or standard input, from flags, or from both. */

import type { Readable } from 'node:stream';
import { type Command, Option } from 'commander';
import {
  ALGORITHMS,
  fromHex,
  InvalidArgumentError,
  MAX_VARIANTS,
  NONCE_ENCODINGS,
  type Template,
} from 'qanto';
import { smallInteger } from './flag-values.ts';
import { nameOf, readTemplate, STDIN } from './template-input.ts';
import { parseEitherTarget, parseTemplate, type TemplateParts } from './template-text.ts';

/** A paragraph for the help of both commands. */
export const TEMPLATE_NOTE =
  'The file contains the 160 hex digits of a block header, whose bits are the target, or JSON:\n' +
  '  {"algorithm": "sha256d", "preimage": "<hex>", "bits": "1d00ffff",\n' +
  '   "nonce": {"offset": 76, "encoding": "u32le"}}\n' +
  'In the JSON, "target" (64 hex digits) can replace "bits", and "versionRolling" is optional. Flags override the file.';

export interface TemplateFlags {
  readonly algorithm?: Template['algorithm'];
  readonly preimage?: string;
  readonly nonceOffset?: string;
  readonly nonceEncoding?: Template['nonce']['encoding'];
  readonly target?: string;
  readonly bits?: string;
  readonly versionRolling?: string;
}

export function addTemplateOptions(command: Command): Command {
  return command
    .argument('[file]', `file with the template, described below; ${STDIN} is standard input`)
    .addOption(
      new Option('--algorithm <name>', 'hash function (default: sha256d)')
        .choices(ALGORITHMS)
        .helpGroup(GROUP),
    )
    .addOption(
      new Option('--preimage <hex>', 'bytes to hash, including the bytes of the nonce').helpGroup(GROUP),
    )
    .addOption(new Option('--nonce-offset <bytes>', 'position of the nonce in the preimage').helpGroup(GROUP))
    .addOption(
      new Option('--nonce-encoding <name>', 'encoding of the nonce (default: u32le)')
        .choices(NONCE_ENCODINGS)
        .helpGroup(GROUP),
    )
    .addOption(
      new Option(
        '--target <hex>',
        'largest digest that solves the template: 64 hex digits, reversed as in displayHash',
      )
        .conflicts('bits')
        .helpGroup(GROUP),
    )
    .addOption(new Option('--bits <hex>', 'target as compact bits, such as 1d00ffff').helpGroup(GROUP))
    .addOption(
      new Option(
        '--version-rolling <number>',
        `number of versions to try with each nonce, 1 to ${MAX_VARIANTS}; only for a block header`,
      ).helpGroup(GROUP),
    );
}

const GROUP = 'Template:';

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
    file === undefined ? {} : parseTemplate(await readTemplate(file, stdin, signal), nameOf(file));
  // A flag that is not given is undefined, and must not override the file.
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const parts: TemplateParts = { ...stored, ...set };
  const {
    algorithm = 'sha256d',
    preimage,
    nonceOffset,
    nonceEncoding = 'u32le',
    target,
    versionRolling,
  } = parts;
  if (preimage === undefined) throw missing('--preimage', '--preimage or a template file');
  if (nonceOffset === undefined) throw missing('--nonce-offset', '--nonce-offset');
  if (target === undefined) throw missing('--target', '--target or --bits');
  return {
    algorithm,
    preimage,
    nonce: { offset: nonceOffset, encoding: nonceEncoding },
    target,
    ...(versionRolling !== undefined && { versionRolling }),
  };
}

function partsOf(flags: TemplateFlags): TemplateParts {
  const { algorithm, preimage, nonceOffset, nonceEncoding, versionRolling } = flags;
  return {
    algorithm,
    preimage: preimage === undefined ? undefined : fromHex(preimage, undefined, '--preimage'),
    nonceOffset: nonceOffset === undefined ? undefined : smallInteger('--nonce-offset', nonceOffset),
    nonceEncoding,
    target: parseEitherTarget(flags, '--'),
    versionRolling:
      versionRolling === undefined ? undefined : smallInteger('--version-rolling', versionRolling),
  };
}

function missing(flag: string, required: string): InvalidArgumentError {
  return new InvalidArgumentError(flag, undefined, `${required} must be given`);
}
