import { Command } from 'commander';
import { digestTemplate, displayHash, type Template, toHex, verifyPow } from 'qanto';
import { checkTemplate, nonceByteLength } from 'qanto/internal';
import { EXIT } from './exit-codes.ts';
import { integer, namingFlags, smallInteger } from './flag-values.ts';
import { addNotes } from './help.ts';
import { printAnswer } from './output.ts';
import { addTemplateOptions, TEMPLATE_NOTE, type TemplateFlags, templateOf } from './template-options.ts';

interface Flags extends TemplateFlags {
  readonly nonce?: string;
  readonly variant?: string;
  readonly json?: true;
}

/** `qanto verify`: whether a nonce is a hit of a template. */
export function verifyCommand(): Command {
  const command = new Command('verify').description('tell whether a nonce is a hit of a template');
  addTemplateOptions(command)
    .option('--nonce <number>', 'the nonce (default: what stands in the preimage)')
    .option('--variant <number>', 'with version rolling: the variant, as solve prints it')
    .option('--json', 'print the answer as one JSON object');
  addNotes(
    command,
    [
      TEMPLATE_NOTE,
      'Prints valid, nonce, digest (hex, in the order of its bytes), displayHash (reversed) and target (as displayHash). ' +
        'Exit code 0 when it is a hit, 1 when it is not. Computed by the readable reference, never by a fast kernel.',
    ],
    ['qanto verify template.json --nonce 2083236893', 'qanto verify header.hex && echo mined'],
  );
  command.action((file: string | undefined) => {
    const flags = command.opts<Flags>();
    return namingFlags(flags, () => verify(file, flags));
  });
  return command;
}

async function verify(file: string | undefined, flags: Flags): Promise<void> {
  const { nonce, variant, json } = flags;
  const template = await templateOf(file, flags);
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
    target: template.target.toString(16).padStart(64, '0'),
  };
}

/** The nonce that stands in the preimage. */
function nonceIn(template: Template): bigint {
  const { preimage, nonce } = checkTemplate(template);
  const bytes = preimage.subarray(nonce.offset, nonce.offset + nonceByteLength(nonce.encoding));
  const inOrder = nonce.encoding.endsWith('le') ? bytes.toReversed() : bytes;
  return BigInt(`0x${toHex(inOrder)}`);
}
