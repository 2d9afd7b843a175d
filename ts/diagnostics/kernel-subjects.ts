/** Searches of qanto as subjects, through the public `solvePow`. */
import { type Algorithm, HashBudgetSpentError, type Kernel, solvePow, type Template } from 'qanto';
import { HEADER_BYTES, type Subject } from './subject.ts';

export interface KernelSubjectOptions {
  readonly algorithm: Algorithm;
  readonly kernel: Kernel;
  /** Default: 1. */
  readonly threads?: number;
  /** Default: 1, which is no version rolling. */
  readonly versions?: number;
  /** Size of the machine code of the kernel's hot function, in bytes. */
  readonly codeBytes?: number | undefined;
}

export function kernelSubject({
  algorithm,
  kernel,
  threads = 1,
  versions = 1,
  codeBytes,
}: KernelSubjectOptions): Subject {
  const template = unsolvableHeader(algorithm, versions);
  return {
    name: 'qanto',
    algorithm,
    kernel,
    versions,
    threads,
    hash: (count, signal) => spend(template, count, { kernel, threads, signal }),
    ...(codeBytes !== undefined && { codeBytes }),
  };
}

/** A template with a header in Bitcoin's format and a target that, in practice, no nonce meets. */
export function unsolvableHeader(algorithm: Algorithm, versions = 1): Template {
  return {
    algorithm,
    preimage: new Uint8Array(HEADER_BYTES).fill(7),
    nonce: { offset: HEADER_BYTES - 4, encoding: 'u32le' },
    target: 1n,
    ...(versions > 1 && { versionRolling: versions }),
  };
}

async function spend(
  template: Template,
  maxHashes: number,
  options: { kernel: Kernel; threads: number; signal: AbortSignal },
): Promise<void> {
  try {
    await solvePow(template, { ...options, maxHashes });
  } catch (error) {
    if (!(error instanceof HashBudgetSpentError)) throw error;
  }
}
