import { Command } from 'commander';
import { digestTemplate, displayHash, type Template, toHex, verifyPow } from 'qanto';
import { checkTemplate, overwrittenBytes } from 'qanto/internal';
import { EXIT } from './exit-codes.ts';
import { integer, namingFlags, smallInteger } from './flag-values.ts';
import { addNotes } from './help.ts';
import { interruptible } from './interruptible.ts';
import { printAnswer } from './output.ts';
import { addTemplateOptions, TEMPLATE_NOTE, type TemplateFlags, templateOf } from './template-options.ts';

interface Flags extends TemplateFlags {
  readonly nonce?: string;
  readonly variant?: string;
  readonly json?: true;
}

/** `qanto verify`: checks whether a nonce solves a template. */
export function verifyCommand(): Command {
  const command = new Command('verify').description('check whether a nonce solves a template');
  addTemplateOptions(command)
    .option('--nonce <number>', 'nonce to check (default: the nonce in the preimage)')
    .option('--variant <number>', 'variant that "qanto solve" printed; only with version rolling')
    .option('--json', 'print the result as one JSON object');
  addNotes(
    command,
    [
      TEMPLATE_NOTE,
      'Prints valid, nonce, digest (hex, in byte order), displayHash (the digest reversed) and target (in the byte order of ' +
        'displayHash). The exit code is 0 if the nonce solves the template, and 1 if it does not. The digest is computed by ' +
        'the reference implementation, never by an optimised kernel.',
    ],
    ['qanto verify template.json --nonce 2083236893', 'qanto verify header.hex && echo mined'],
  );
  command.action((file: string | undefined) => {
    const flags = command.opts<Flags>();
    return namingFlags(flags, () => interruptible((signal) => verify(file, flags, signal)));
  });
  return command;
}

async function verify(file: string | undefined, flags: Flags, signal: AbortSignal): Promise<void> {
  const { nonce, variant, json } = flags;
  const template = await templateOf(file, flags, process.stdin, signal);
  const answer = verified(
    template,
    nonce === undefined ? nonceIn(template) : integer('--nonce', nonce),
    variant === undefined ? undefined : smallInteger('--variant', variant),
  );
  printAnswer(answer, json === true);
  if (!answer.valid) process.exitCode = EXIT.failed;
}

function verified(template: Template, nonce: bigint, variant: number | undefined) {
  const digest = digestTemplate(template, nonce, variant);
  return {
    valid: verifyPow(template, nonce, variant),
    nonce: String(nonce),
    digest: toHex(digest),
    displayHash: displayHash(digest),
    target: checkTemplate(template).rule.hi.toString(16).padStart(64, '0'),
  };
}

/** Reads the nonce in the preimage. */
function nonceIn(template: Template): bigint {
  const { preimage, nonce } = checkTemplate(template);
  const bytes = preimage.subarray(nonce.offset, nonce.offset + overwrittenBytes(nonce.encoding));
  const inOrder = nonce.encoding.endsWith('le') ? bytes.toReversed() : bytes;
  return BigInt(`0x${toHex(inOrder)}`);
}
