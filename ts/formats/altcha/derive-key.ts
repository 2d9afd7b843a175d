/** Derives the key of one counter, on a thread of qanto. */
import { requireInteger, requireOneOf } from '../../check-arguments.ts';
import { optionalPackageFile } from '../../optional-packages.ts';
import { requireSignal } from '../../pow/abort.ts';
import { DEFAULT_CONCURRENCY, type KeyParameters, keyThreads } from './key-threads.ts';
import type { CheckedParameters } from './parameters.ts';

const crypto = process.getBuiltinModule('node:crypto');

const MAX_CONCURRENCY = 64;

/** The number of counters. */
export const COUNTERS = { uint32: 2n ** 32n, string: 2n ** 53n } as const;

/** How the counter is written behind the nonce: as an unsigned big-endian integer of 32 bits, or as decimal digits. */
export type AltchaV2CounterMode = 'uint32' | 'string';

/** Returns the key of a counter, in hex. */
export async function keyOf(
  parameters: CheckedParameters,
  counter: bigint,
  counterMode: AltchaV2CounterMode,
  { signal, kdfConcurrency }: { readonly signal?: AbortSignal; readonly kdfConcurrency?: number },
): Promise<string> {
  if (signal !== undefined) requireSignal('policy.signal', signal);
  const { found } = await keyThreads.derive(
    { ...keyParameters(parameters, counterMode), keyPrefix: '' },
    {
      first: counter,
      limit: counter + 1n,
      concurrency: concurrencyOf('policy.kdfConcurrency', kdfConcurrency),
      signal,
    },
  );
  return found?.key ?? '';
}

/** Returns what the threads that derive keys need. */
export function keyParameters(
  parameters: CheckedParameters,
  counterMode: AltchaV2CounterMode,
): KeyParameters {
  const { algorithm, cost, memoryCost, parallelism, keyLength, keyPrefix, nonce, salt } = parameters;
  const isOwnArgon2 = algorithm === 'ARGON2ID' && !('argon2Sync' in crypto);
  return {
    ...{ algorithm, cost, keyLength, keyPrefix, nonce, salt, isText: counterMode === 'string' },
    ...(memoryCost !== undefined && { memoryCost }),
    ...(parallelism !== undefined && { parallelism }),
    ...(isOwnArgon2 && { argon2: optionalPackageFile('@node-rs/argon2', 'ARGON2ID') }),
  };
}

/** Returns the number of threads. Throws `ERR_QANTO_INVALID_ARGUMENT`. */
export function concurrencyOf(argument: string, kdfConcurrency = DEFAULT_CONCURRENCY): number {
  requireInteger(argument, kdfConcurrency, 1, MAX_CONCURRENCY);
  return kdfConcurrency;
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if the counter is written in no known way. */
export function requireMode(argument: string, mode: AltchaV2CounterMode): void {
  requireOneOf(argument, mode, ['uint32', 'string']);
}
