import { Command } from 'commander';
import { displayHash, rolledVersion, type SolveOptions, solvePow, type Template, toHex } from 'qanto';
import { checkTemplate, nonceText, overwrittenBytes } from 'qanto/internal';
import { integer, namingFlags, smallInteger } from './flag-values.ts';
import { addNotes } from './help.ts';
import { interruptible } from './interruptible.ts';
import { printAnswer } from './output.ts';
import { addTemplateOptions, TEMPLATE_NOTE, type TemplateFlags, templateOf } from './template-options.ts';

/** The header of Bitcoin's genesis block, in hex. */
const GENESIS_HEADER = `01000000${'0'.repeat(64)}3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c`;

interface Flags extends TemplateFlags {
  readonly startNonce?: string;
  readonly threads?: string;
  readonly timeoutMs?: string;
  readonly maxHashes?: string;
  readonly json?: true;
}

/** `qanto solve`: searches for a nonce that solves a template, and prints it. */
export function solveCommand(): Command {
  const command = new Command('solve').description('search for a nonce that solves a template');
  addTemplateOptions(command)
    .option('--start-nonce <number>', 'first nonce to try (default: 0)')
    .option('--threads <number>', 'maximum number of threads (default: 75 % of the cores)')
    .option('--timeout-ms <ms>', 'timeout in ms (default: no timeout)')
    .option('--max-hashes <number>', 'maximum number of hashes (default: no limit)')
    .option('--json', 'print the result as one JSON object');
  addNotes(
    command,
    [
      TEMPLATE_NOTE,
      'Prints nonce (a decimal number, or the digits in the message if the encoding is text), digest (hex, in byte order), ' +
        'displayHash (the digest reversed, as block explorers show it; only if it has 32 bytes), hashes, expectedHashes and ' +
        'elapsedMs. With version rolling it also prints variant and version (hex); the solved header must have ' +
        'this version.',
    ],
    [
      'qanto solve template.json --timeout-ms 5000',
      `echo ${GENESIS_HEADER} |\n    qanto solve - --start-nonce 2083000000`,
    ],
  );
  command.action((file: string | undefined) => {
    const flags = command.opts<Flags>();
    return namingFlags(flags, () => interruptible((signal) => solve(file, flags, signal)));
  });
  return command;
}

async function solve(file: string | undefined, flags: Flags, signal: AbortSignal): Promise<void> {
  const template = await templateOf(file, flags, process.stdin, signal);
  const solution = await solvePow(template, { signal, ...limitsOf(flags) });
  const { nonce, variant, digest, hashes, expectedHashes, elapsedMs } = solution;
  const answer = {
    nonce: asVerifyTakesIt(nonce, template),
    digest: toHex(digest),
    ...(digest.length === 32 && { displayHash: displayHash(digest) }),
    ...(template.versionRolling !== undefined && { variant, version: versionOf(template, variant) }),
    hashes,
    expectedHashes,
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

function limitsOf({ startNonce, threads, timeoutMs, maxHashes }: Flags): SolveOptions {
  return {
    ...(startNonce !== undefined && { startNonce: integer('--start-nonce', startNonce) }),
    ...(maxHashes !== undefined && { maxHashes: integer('--max-hashes', maxHashes) }),
    ...(threads !== undefined && { threads: smallInteger('--threads', threads) }),
    ...(timeoutMs !== undefined && { timeoutMs: smallInteger('--timeout-ms', timeoutMs) }),
  };
}
