import { Command } from 'commander';
import { displayHash, expectedHashes, rolledVersion, solvePow, type Template, toHex } from 'qanto';
import { checkTemplate, nonceText, overwrittenBytes } from 'qanto/internal';
import { namingFlags } from './flag-values.ts';
import { addFormatOptions, type FormatOptions, requireFormat } from './formats/options.ts';
import { addNotes } from './help.ts';
import { interruptible } from './interruptible.ts';
import { printAnswer } from './output.ts';
import { withProgress } from './search-progress.ts';
import { addLimitOptions, type LimitFlags, limitsOf } from './solve-limits.ts';
import {
  addTemplateOptions,
  TEMPLATE_ATTRIBUTES,
  TEMPLATE_NOTE,
  type TemplateFlags,
  templateOf,
} from './template-options.ts';

/** The header of Bitcoin's genesis block, in hex. */
const GENESIS_HEADER = `01000000${'0'.repeat(64)}3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c`;

interface Flags extends TemplateFlags, FormatOptions, LimitFlags {
  readonly json?: true;
}

/** `qanto solve`: searches for a nonce that solves a template, or for the answer to a challenge in a format, and prints it. */
export function solveCommand(): Command {
  const command = new Command('solve').description(
    'search for a nonce that solves a template, or for the answer to a challenge',
  );
  addFormatOptions(addTemplateOptions(command), TEMPLATE_ATTRIBUTES);
  addLimitOptions(command).option('--json', 'print the result as one JSON object');
  addNotes(
    command,
    [
      TEMPLATE_NOTE,
      'Prints nonce (a decimal number, or the digits in the message if the encoding is text), digest (hex, in byte order), ' +
        'displayHash (the digest reversed, as block explorers show it; only if it has 32 bytes), hashes, expectedHashes and ' +
        'elapsedMs. With version rolling it also prints variant and version (hex); the solved header must have ' +
        'this version.',
      'With --format, the file has a challenge of another project, as "qanto formats" says, and the answer is printed as it is ' +
        'sent. The argument may also be the challenge itself. Without a file, the challenge is what --set sets, or ' +
        'standard input.',
      'On a terminal, the progress is shown while the search runs. Each hash is a hit with the same probability, so that no end ' +
        'can be foretold: the time that is shown is the one within which half of all such searches end.',
    ],
    [
      'qanto solve template.json --timeout-ms 5000',
      `echo ${GENESIS_HEADER} |\n    qanto solve - --start-nonce 2083000000`,
      'qanto solve --format nostr event.json --set bits=20',
      'qanto solve --format hashcash --set resource=anna@example.org',
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
    requireFormat({ set: flags.set });
    return solve(file, flags, signal);
  }
  // Imported here, because templates do not need it.
  const { solveFormat } = await import('./formats/run.ts');
  return solveFormat(flags.format, file, flags, signal);
}

async function solve(file: string | undefined, flags: Flags, signal: AbortSignal): Promise<void> {
  const template = await templateOf(file, flags, process.stdin, signal);
  const options = { signal, ...limitsOf(flags) };
  const solution = await withProgress(
    { solutions: 1, expectedHashes: expectedHashes(template) },
    (progress) => solvePow(template, { ...options, ...progress }),
  );
  const { nonce, variant, digest, hashes, elapsedMs } = solution;
  const answer = {
    nonce: asVerifyTakesIt(nonce, template),
    digest: toHex(digest),
    ...(digest.length === 32 && { displayHash: displayHash(digest) }),
    ...(template.versionRolling !== undefined && { variant, version: versionOf(template, variant) }),
    hashes,
    expectedHashes: solution.expectedHashes,
    elapsedMs,
  };
  printAnswer(answer, flags.json === true);
}

/** The nonce as `qanto verify` takes it: a decimal number, or the digits that are inserted into the message. */
function asVerifyTakesIt(nonce: bigint, template: Template): string {
  const field = checkTemplate(template).nonce;
  return overwrittenBytes(field.encoding) === 0 ? nonceText(nonce, field) : String(nonce);
}

/** The rolled version of the header as 8 hex digits, most significant first. */
function versionOf({ preimage }: Template, variant: number): string {
  const version = new DataView(preimage.buffer, preimage.byteOffset).getUint32(0, true);
  return rolledVersion(version, variant).toString(16).padStart(8, '0');
}
