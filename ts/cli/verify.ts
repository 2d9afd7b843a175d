import { Command, Option } from 'commander';
import { displayHash, prepare, type Template, toHex } from 'qanto';
import { checkTemplate, mustBe, overwrittenBytes } from 'qanto/internal';
import { EXIT } from './exit-codes.ts';
import { integer, namingFlags, smallInteger } from './flag-values.ts';
import { addFormatOptions, type FormatOptions, requireFormat } from './formats/options.ts';
import { addNotes } from './help.ts';
import { interruptible } from './interruptible.ts';
import { printAnswer } from './output.ts';
import {
  addTemplateOptions,
  TEMPLATE_ATTRIBUTES,
  TEMPLATE_NOTE,
  type TemplateFlags,
  templateOf,
} from './template-options.ts';
import { targetAsJson } from './template-target.ts';

interface Flags extends TemplateFlags, FormatOptions {
  readonly challenge?: string;
  readonly nonce?: string;
  readonly variant?: string;
  readonly json?: true;
}

/** `qanto verify`: checks whether a nonce solves a template, or an answer a challenge in a format. */
export function verifyCommand(): Command {
  const command = new Command('verify').description(
    'check whether a nonce solves a template, or an answer a challenge',
  );
  addFormatOptions(addTemplateOptions(command), [...TEMPLATE_ATTRIBUTES, 'nonce', 'variant'])
    .addOption(
      new Option(
        '--challenge <file>',
        'file with the challenge or the conditions; may be JSON itself',
      ).helpGroup('Format:'),
    )
    .option(
      '--nonce <number or text>',
      'nonce to check: a number, or the text of a text encoding (default: a binary nonce in the preimage)',
    )
    .option('--variant <number>', 'variant that "qanto solve" printed; only with version rolling')
    .option('--json', 'print the result as one JSON object');
  addNotes(
    command,
    [
      TEMPLATE_NOTE,
      'Prints valid, nonce, digest (hex, in byte order), displayHash (the digest reversed; only if it has 32 bytes) and target ' +
        '(as in a JSON template, so that the largest digest is in the byte order of displayHash). The exit code is 0 if the ' +
        'nonce solves the template, and 1 if it does not. The digest is computed by the reference implementation, never by ' +
        'an optimised kernel.',
      'With --format, the file has an answer in the format of another project, as "qanto formats" says, or a JSON object with ' +
        'answer and challenge; the argument may also be the answer itself. Without a file, standard input is read. ' +
        'Prints valid and, if the answer is not valid, the reason. The exit codes are the same.',
      'A text is hashed exactly as it is given: with the encoding decimal, 007 and 7 are different nonces.',
    ],
    [
      'qanto verify template.json --nonce 2083236893',
      'qanto verify header.hex && echo mined',
      'qanto verify --format hashcash STAMP --set resource=anna@example.org',
      'qanto verify --format altcha payload.txt --challenge conditions.json',
    ],
  );
  command.action((file: string | undefined) => {
    const flags = command.opts<Flags>();
    return namingFlags(flags, () => interruptible((signal) => run(file, flags, signal)));
  });
  return command;
}

async function run(file: string | undefined, flags: Flags, signal: AbortSignal): Promise<void> {
  if (flags.format === undefined) {
    requireFormat({ set: flags.set, challenge: flags.challenge });
    return verify(file, flags, signal);
  }
  // Imported here, because templates do not need it.
  const { verifyFormat } = await import('./formats/run.ts');
  return verifyFormat(flags.format, file, flags, signal);
}

async function verify(file: string | undefined, flags: Flags, signal: AbortSignal): Promise<void> {
  const { nonce, variant, json } = flags;
  const template = await templateOf(file, flags, process.stdin, signal);
  const answer = verified(
    template,
    nonceOf(nonce, template),
    variant === undefined ? undefined : smallInteger('--variant', variant),
  );
  printAnswer(answer, json === true);
  if (!answer.valid) process.exitCode = EXIT.failed;
}

function verified(template: Template, nonce: bigint | string, variant: number | undefined) {
  const prepared = prepare(template);
  const digest = prepared.digest(nonce, variant);
  return {
    valid: prepared.verify(nonce, variant),
    nonce: String(nonce),
    digest: toHex(digest),
    ...(digest.length === 32 && { displayHash: displayHash(digest) }),
    target: targetAsJson(template.target, digest.length),
  };
}

/** The nonce that the flag gives, or the binary nonce in the preimage. */
function nonceOf(given: string | undefined, template: Template): bigint | string {
  const { preimage, nonce } = checkTemplate(template);
  const length = overwrittenBytes(nonce.encoding);
  if (given !== undefined) return length === 0 ? given : integer('--nonce', given);
  if (length === 0) {
    throw mustBe(
      '--nonce',
      given,
      `given, because a preimage contains no nonce with the encoding ${nonce.encoding}`,
    );
  }
  const view = new DataView(preimage.buffer, preimage.byteOffset + nonce.offset, length);
  switch (nonce.encoding) {
    case 'u32le':
    case 'u32be':
      return BigInt(view.getUint32(0, nonce.encoding === 'u32le'));
    case 'u64le-swapped':
      return (BigInt(view.getUint32(0, true)) << 32n) | BigInt(view.getUint32(4, true));
    default:
      return view.getBigUint64(0, nonce.encoding === 'u64le');
  }
}
