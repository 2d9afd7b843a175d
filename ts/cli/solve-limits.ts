/** The flags of `solve` that limit a search, with and without a format. */
import type { Command } from 'commander';
import type { SolveOptions } from 'qanto';
import { integer, smallInteger } from './flag-values.ts';

export interface LimitFlags {
  readonly startNonce?: string;
  readonly threads?: string;
  readonly timeoutMs?: string;
  readonly maxHashes?: string;
  readonly maxExpectedHashes?: string;
}

export function addLimitOptions(command: Command): Command {
  return command
    .option('--start-nonce <number>', 'first nonce to try (default: 0)')
    .option('--threads <number>', 'maximum number of threads (default: 75 % of the cores)')
    .option('--timeout-ms <ms>', 'timeout in ms (default: no timeout)')
    .option('--max-hashes <number>', 'maximum number of hashes (default: no limit)')
    .option(
      '--max-expected-hashes <number>',
      'refuse work that takes more hashes on average, before it begins (default: no limit)',
    );
}

export function limitsOf(flags: LimitFlags): SolveOptions {
  const { startNonce, threads, timeoutMs, maxHashes, maxExpectedHashes } = flags;
  return {
    ...(startNonce !== undefined && { startNonce: integer('--start-nonce', startNonce) }),
    ...(maxHashes !== undefined && { maxHashes: integer('--max-hashes', maxHashes) }),
    ...(maxExpectedHashes !== undefined && {
      maxExpectedHashes: integer('--max-expected-hashes', maxExpectedHashes),
    }),
    ...(threads !== undefined && { threads: smallInteger('--threads', threads) }),
    ...(timeoutMs !== undefined && { timeoutMs: smallInteger('--timeout-ms', timeoutMs) }),
  };
}
