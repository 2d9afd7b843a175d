/** What this machine can run, what it would run, and why: the one place that tells. */
import { InvalidArgumentError } from '../errors.ts';
import { native, type PoolStatus } from '../native.ts';
import { translated } from './refusal.ts';
import { ALGORITHMS, type Algorithm, checkTemplate, type Template, toNativeTemplate } from './template.ts';

export type { PoolStatus };

/** The ways to scan nonces, the fastest first; not every machine can run each. */
export const KERNELS = ['avx512', 'sha-ni', 'avx2', 'portable'] as const;
export type Kernel = (typeof KERNELS)[number];

/**
 * Why a template is scanned by a kernel: an `option` or the `variable` QANTO_KERNEL asks for it; `detection` says it is
 * the fastest of this machine that knows the template's shape; `shape`, that the one asked for does not know it.
 */
export type KernelReason = 'option' | 'variable' | 'detection' | 'shape';

export interface KernelChoice {
  readonly kernel: Kernel;
  readonly reason: KernelReason;
}

export interface Platform {
  /** As `process.arch` has it. */
  readonly architecture: string;
  /** The extensions of the processor that kernels use and this machine has, by their Rust names, such as `avx512f`. */
  readonly features: readonly string[];
  /** The kernels this machine can run, the fastest first. */
  readonly kernels: readonly Kernel[];
  /** What scans a block header of 80 bytes. */
  readonly chosen: Readonly<Record<Algorithm, KernelChoice>>;
  /** How many threads a job uses unless told otherwise. */
  readonly defaultThreads: number;
}

/**
 * This machine, as the searches see it. `kernel` is what a job's option would ask for. Throws `INVALID_ARGUMENT` when
 * that or the variable QANTO_KERNEL names a kernel this machine cannot run, `NATIVE_UNAVAILABLE` without a binary.
 */
export function platform(kernel?: Kernel): Platform {
  const chosen = ALGORITHMS.map((algorithm) => [algorithm, chooseKernel(header(algorithm), kernel)]);
  return {
    architecture: process.arch,
    features: native().cpuFeatures(),
    kernels: availableKernels(),
    chosen: Object.fromEntries(chosen) as Record<Algorithm, KernelChoice>,
    defaultThreads: defaultThreads(),
  };
}

/** Which kernel scans the template when a job's option asks for this one, or for none. Throws as {@link platform} does. */
export function chooseKernel(template: Template, kernel?: Kernel): KernelChoice {
  const checked = toNativeTemplate(checkTemplate(template));
  checkKernel(kernel);
  return translated(() => native().chooseKernel(checked, kernel)) as KernelChoice;
}

/** Throws `INVALID_ARGUMENT` for a kernel that this machine cannot run. */
export function checkKernel(kernel: Kernel | undefined): void {
  if (kernel === undefined || availableKernels().includes(kernel)) return;
  const expected = `one of the kernels this machine can run: ${availableKernels().join(', ')}`;
  throw new InvalidArgumentError('options.kernel', kernel, expected);
}

/** The kernels this machine can run, the fastest first. A search takes the first that knows its template's shape. */
export function availableKernels(): Kernel[] {
  const available = native().kernels();
  return KERNELS.filter((kernel) => available.includes(kernel));
}

/** How many threads a job uses unless told otherwise: 75 % of the cores this process may use, at least 1. */
export function defaultThreads(): number {
  return native().defaultThreads();
}

/** What the process's hashing threads are doing, for all its workers. Throws `NATIVE_UNAVAILABLE`. */
export function poolStatus(): PoolStatus {
  return native().poolStatus();
}

function header(algorithm: Algorithm): Template {
  return {
    algorithm,
    preimage: new Uint8Array(80),
    nonce: { offset: 76, encoding: 'u32le' },
    target: 1n,
  };
}
