/** The template of `solve` and `verify`: from a file or standard input, from flags, or from both. */

import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { type Command, Option } from 'commander';
import {
  ALGORITHMS,
  fromHex,
  InvalidArgumentError,
  MAX_PREIMAGE_BYTES,
  MAX_VARIANTS,
  NONCE_ENCODINGS,
  type Template,
} from 'qanto';
import { mustBe } from 'qanto/internal';
import { smallInteger } from './flag-values.ts';
import { parseEitherTarget, parseTemplate, type TemplateParts } from './template-text.ts';

const STDIN = '-';
/** More than any template needs: the longest preimage as hex, and room for the rest. */
const MAX_CHARACTERS = 4 * MAX_PREIMAGE_BYTES;

/** Said below the flags of both commands. */
export const TEMPLATE_NOTE =
  'The file is JSON, or the 160 hex digits of a block header, whose bits are then the target:\n' +
  '  {"algorithm": "sha256d", "preimage": "<hex>", "bits": "1d00ffff",\n' +
  '   "nonce": {"offset": 76, "encoding": "u32le"}}\n' +
  'with "target" (64 hex digits) in place of "bits", and "versionRolling" if you like. Flags override it.';

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
    .argument('[file]', `the template, as below; ${STDIN} is standard input`)
    .addOption(
      new Option('--algorithm <name>', 'hash function (default: sha256d)')
        .choices(ALGORITHMS)
        .helpGroup(GROUP),
    )
    .addOption(new Option('--preimage <hex>', 'what is hashed, with room for the nonce').helpGroup(GROUP))
    .addOption(
      new Option('--nonce-offset <bytes>', 'where in the preimage the nonce stands').helpGroup(GROUP),
    )
    .addOption(
      new Option('--nonce-encoding <name>', 'how it is written (default: u32le)')
        .choices(NONCE_ENCODINGS)
        .helpGroup(GROUP),
    )
    .addOption(
      new Option('--target <hex>', 'greatest digest that is a hit, as displayed: 64 hex digits')
        .conflicts('bits')
        .helpGroup(GROUP),
    )
    .addOption(new Option('--bits <hex>', 'the same as a compact target, such as 1d00ffff').helpGroup(GROUP))
    .addOption(
      new Option(
        '--version-rolling <number>',
        `of a block header: versions to try with each nonce, 1 to ${MAX_VARIANTS}`,
      ).helpGroup(GROUP),
    );
}

const GROUP = 'Template:';

/** The template that the file and the flags make together. Throws `ERR_QANTO_INVALID_ARGUMENT`. */
export async function templateOf(
  file: string | undefined,
  flags: TemplateFlags,
  stdin: Readable = process.stdin,
): Promise<Template> {
  const given = partsOf(flags);
  const stored = file === undefined ? {} : parseTemplate(await read(file, stdin), nameOf(file));
  // What no flag gives is undefined, and must not take the place of what the file has.
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
  if (preimage === undefined) throw missing('--preimage', 'given, or a file with a template');
  if (nonceOffset === undefined) throw missing('--nonce-offset', 'given');
  if (target === undefined) throw missing('--target', 'given, or --bits');
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

function missing(flag: string, expected: string): InvalidArgumentError {
  return mustBe(flag, undefined, expected);
}

function nameOf(file: string): string {
  return file === STDIN ? 'standard input' : file;
}

async function read(file: string, stdin: Readable): Promise<string> {
  const input = file === STDIN ? stdin : createReadStream(file);
  if (input === process.stdin && process.stdin.isTTY) {
    process.stderr.write('reading the template from the terminal; Ctrl-D ends it\n');
  }
  input.setEncoding('utf8');
  let text = '';
  try {
    for await (const chunk of input) {
      text += chunk;
      // A device such as /dev/zero has no end.
      if (text.length > MAX_CHARACTERS) {
        throw mustBe('the template', nameOf(file), `at most ${MAX_CHARACTERS} characters long`);
      }
    }
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw error;
    throw mustBe('the template', nameOf(file), `a file that can be read (${(error as Error).message})`);
  }
  return text;
}
