import { Command, Option } from 'commander';
import { InvalidArgumentError } from '../errors.ts';
import {
  ALGORITHMS,
  type Algorithm,
  compactToTarget,
  displayHash,
  fromHex,
  MAX_VARIANTS,
  NONCE_ENCODINGS,
  type NonceEncoding,
  rolledVersion,
  type SolveOptions,
  solvePow,
  toHex,
} from '../pow/index.ts';
import { EXIT } from './errors.ts';
import { listenForStop } from './signals.ts';

interface Flags {
  readonly algorithm: string;
  readonly preimage: string;
  readonly nonceOffset: string;
  readonly nonceEncoding: string;
  readonly target?: string;
  readonly bits?: string;
  readonly versionRolling?: string;
  readonly startNonce?: string;
  readonly threads?: string;
  readonly timeoutMs?: string;
  readonly maxHashes?: string;
}

/** `qanto solve`: searches one template and prints the answer as JSON. */
export function solveCommand(): Command {
  const command = new Command('solve')
    .description('search a nonce for one template and print it as a line of JSON')
    .addOption(new Option('--algorithm <name>', 'hash function').choices(ALGORITHMS).default('sha256d'))
    .requiredOption('--preimage <hex>', 'what to hash, with room for the nonce')
    .requiredOption('--nonce-offset <bytes>', 'where in the preimage the nonce stands')
    .addOption(
      new Option('--nonce-encoding <name>', 'how it is written').choices(NONCE_ENCODINGS).default('u32le'),
    )
    .addOption(
      new Option('--target <hex>', 'greatest digest that is a hit, as displayed: 64 hex digits').conflicts(
        'bits',
      ),
    )
    .option('--bits <hex>', 'the same as a compact target, such as 1d00ffff')
    .option(
      '--version-rolling <number>',
      `of a block header: versions to try with each nonce, 1 to ${MAX_VARIANTS}`,
    )
    .option('--start-nonce <number>', 'where to begin (default: 0)')
    .option('--threads <number>', 'most threads to hash on (default: 75 % of the cores)')
    .option('--timeout-ms <ms>', 'give up after so long')
    .option('--max-hashes <number>', 'compute only so many hashes')
    .addHelpText(
      'after',
      `
Prints nonce (decimal text), hash (hex, in the order of its bytes), displayHash
(reversed, as block explorers show it), hashes and elapsedMs; with version
rolling also variant and version (hex), which the header must then carry.

Example: find the nonce of Bitcoin's genesis block again
  $ qanto solve --bits 1d00ffff --nonce-offset 76 --start-nonce 2083000000 --preimage \\
    01000000${'0'.repeat(64)}3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d00000000`,
    );
  command.action(() => solve(command.opts<Flags>()));
  return command;
}

async function solve(flags: Flags): Promise<void> {
  const template = {
    algorithm: flags.algorithm as Algorithm,
    preimage: fromHex(flags.preimage, undefined, '--preimage'),
    nonce: {
      offset: Number(integer('--nonce-offset', flags.nonceOffset)),
      encoding: flags.nonceEncoding as NonceEncoding,
    },
    target: targetOf(flags),
    ...(flags.versionRolling !== undefined && {
      versionRolling: Number(integer('--version-rolling', flags.versionRolling)),
    }),
  };
  const interrupt = new AbortController();
  const stopListening = listenForStop({
    onStop: (signal) => interrupt.abort(signal),
    onForce: () => process.exit(EXIT.sigint),
  });
  try {
    const { nonce, variant, hash, hashes, elapsedMs } = await solvePow(template, {
      signal: interrupt.signal,
      ...limitsOf(flags),
    });
    const answer = {
      nonce: String(nonce),
      hash: toHex(hash),
      displayHash: displayHash(hash),
      ...(template.versionRolling !== undefined && {
        variant,
        version: versionOf(template.preimage, variant),
      }),
      hashes,
      elapsedMs,
    };
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  } finally {
    stopListening();
  }
}

/** As block explorers show it. */
function versionOf(header: Uint8Array, variant: number): string {
  const version = new DataView(header.buffer, header.byteOffset).getUint32(0, true);
  return rolledVersion(version, variant).toString(16).padStart(8, '0');
}

function targetOf({ target, bits }: Flags): bigint {
  if (target !== undefined) return BigInt(`0x${toHex(fromHex(target, 32, '--target'))}`);
  if (bits === undefined) throw new InvalidArgumentError('--target', target, 'given, or --bits');
  return compactToTarget(Number.parseInt(toHex(fromHex(bits, 4, '--bits')), 16));
}

function limitsOf({ startNonce, threads, timeoutMs, maxHashes }: Flags): SolveOptions {
  return {
    ...(startNonce === undefined ? {} : { startNonce: integer('--start-nonce', startNonce) }),
    ...(maxHashes === undefined ? {} : { maxHashes: integer('--max-hashes', maxHashes) }),
    ...(threads === undefined ? {} : { threads: Number(integer('--threads', threads)) }),
    ...(timeoutMs === undefined ? {} : { timeoutMs: Number(integer('--timeout-ms', timeoutMs)) }),
  };
}

function integer(flag: string, text: string): bigint {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(flag, text, 'an integer, at least 0');
  return BigInt(text);
}
