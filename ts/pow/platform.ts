/** What this machine can run, what it would run, and why: the one place that tells. */
import { type Fields, refuseUnknown, requireObject } from '../check-arguments.ts';
import { mustBe, PoolInUseError } from '../errors.ts';
import { native } from '../native.ts';
import { translated } from './native-errors.ts';
import { ALGORITHMS, type Algorithm, checkTemplate, type Template, toNativeTemplate } from './template.ts';

/** The most threads one job may ask for. */
export const MAX_THREADS = 256;

/**
 * The ways to scan nonces, the fastest first: AVX-512, the SHA extensions of x86, AVX2, and plain Rust, which runs on
 * every machine. Not every kernel knows every template's shape; `portable` does.
 */
export const KERNELS = ['avx512', 'sha-ni', 'avx2', 'portable'] as const;
/** One of {@link KERNELS}. */
export type Kernel = (typeof KERNELS)[number];

/**
 * Why a template is scanned by a kernel: an `option` or the `variable` QANTO_KERNEL asks for it; `detection` says it is
 * the fastest of this machine that knows the template's shape; `shape`, that the one asked for does not know it.
 */
export type KernelReason = 'option' | 'variable' | 'detection' | 'shape';

/** Which kernel scans a template, and why that one. */
export interface KernelChoice {
  /** One of this machine's `kernels`. */
  readonly kernel: Kernel;
  /** What decided it: the caller, the variable, this machine, or the template. */
  readonly reason: KernelReason;
}

/** What this machine can run, and what searches run on it. */
export interface Platform {
  /** As `process.arch` has it. */
  readonly architecture: string;
  /** The extensions of the processor that kernels use and this machine has, by their Rust names, such as `avx512f`. */
  readonly features: readonly string[];
  /** The kernels this machine can run, the fastest first. */
  readonly kernels: readonly Kernel[];
  /** What scans a block header of 80 bytes, by hash function. */
  readonly chosen: Readonly<Record<Algorithm, KernelChoice>>;
  /** How many threads a job uses unless told otherwise: 75 % of the cores this process may use, at least 1. */
  readonly defaultThreads: number;
}

/** What one kernel has hashed with one hash function. */
export interface HashCount {
  /** The hash function. */
  readonly algorithm: Algorithm;
  /** The kernel that scanned. */
  readonly kernel: Kernel;
  /** Hashes since the first job, those of running jobs included. Exact below 2^53. */
  readonly hashes: number;
}

/** What the process's hashing threads are doing: the main thread's jobs and those of all workers together. */
export interface PoolStatus {
  /** Hashing threads; 0 until the first job comes, and when every thread of JavaScript that searched has ended. */
  readonly threads: number;
  /** Jobs that a thread is working on. */
  readonly runningJobs: number;
  /** Jobs that wait for a thread. */
  readonly queuedJobs: number;
  /** The most jobs that may be unsettled at a time, in all of the process. */
  readonly queueLimit: number;
  /** One entry for each pair that has hashed anything. */
  readonly hashes: readonly HashCount[];
}

/**
 * This machine, as the searches see it. `kernel` is what a job's option would ask for. Throws `ERR_QANTO_INVALID_ARGUMENT` when
 * that or the variable QANTO_KERNEL names a kernel this machine cannot run, `ERR_QANTO_NATIVE_UNAVAILABLE` without a binary.
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
  return translated(() => native().chooseKernel(checked, kernel));
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` for a kernel that this machine cannot run. */
export function checkKernel(kernel: Kernel | undefined): void {
  if (kernel === undefined || availableKernels().includes(kernel)) return;
  const expected = `one of the kernels this machine can run: ${availableKernels().join(', ')}`;
  throw mustBe('options.kernel', kernel, expected);
}

/**
 * The kernels this machine can run, the fastest first. A search takes the first that knows its template's shape.
 * Throws `ERR_QANTO_NATIVE_UNAVAILABLE`.
 */
export function availableKernels(): Kernel[] {
  return native().kernels();
}

/**
 * How many threads a job uses unless told otherwise: 75 % of the cores this process may use (cgroup limits count), at
 * least 1. Throws `ERR_QANTO_NATIVE_UNAVAILABLE`.
 */
export function defaultThreads(): number {
  return native().defaultThreads();
}

/** How the process's hashing threads are set up, by {@link configurePool}. */
export interface PoolOptions {
  /** How many threads a job uses unless told otherwise: 1 to 256. Default: 75 % of the cores this process may use. */
  readonly threads?: number;
  /** The most jobs that may be unsettled at a time, at least 1 and below 2^32. Default 10,000. */
  readonly queueLimit?: number;
}

const POOL_FIELDS: Fields<PoolOptions> = { threads: true, queueLimit: true };
const MAX_QUEUE_LIMIT = 2 ** 32 - 1;

/**
 * Sets up the hashing threads of the process, for the main thread and all workers. To be called before the first job:
 * throws `ERR_QANTO_POOL_IN_USE` later. What is not given stays as it is. Throws `ERR_QANTO_INVALID_ARGUMENT` for a value out of
 * range, and `ERR_QANTO_NATIVE_UNAVAILABLE`.
 */
export function configurePool(options: PoolOptions): void {
  requireObject('options', options);
  refuseUnknown('options', options, POOL_FIELDS);
  const { threads, queueLimit } = options;
  requireInteger('options.threads', threads, MAX_THREADS);
  requireInteger('options.queueLimit', queueLimit, MAX_QUEUE_LIMIT);
  try {
    native().configurePool(threads, queueLimit);
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message: string };
    throw code === 'ERR_QANTO_POOL_IN_USE' ? new PoolInUseError(message) : error;
  }
}

function requireInteger(argument: string, value: number | undefined, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= most)) return;
  throw mustBe(argument, value, `an integer from 1 to ${most}`);
}

/** What the process's hashing threads are doing, for all its workers. Throws `ERR_QANTO_NATIVE_UNAVAILABLE`. */
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
