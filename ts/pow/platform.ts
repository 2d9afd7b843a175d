/** The kernels and threads of this machine, and which of them a search uses. */
import { type Fields, refuseUnknown, requireInteger, requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { native } from '../native.ts';
import { translated } from './native-errors.ts';
import { ALGORITHMS, type Algorithm, checkTemplate, type Template, toNativeTemplate } from './template.ts';

/** The maximum number of threads of one job. */
export const MAX_THREADS = 256;

/**
 * The implementations that scan nonces, for each architecture from the usually fastest to the slowest. On x86-64 they use
 * AVX-512, the SHA extensions together with AVX-512, the SHA extensions alone, and AVX2; on aarch64 the SHA2 instructions,
 * and NEON. `portable` is Rust that runs on every machine. Only `portable` supports every template.
 */
export const KERNELS = ['avx512', 'sha-ni-avx512', 'sha-ni', 'avx2', 'sha2', 'neon', 'portable'] as const;
/** One of {@link KERNELS}. */
export type Kernel = (typeof KERNELS)[number];

/** The kernel that scans a template, and the reason for the choice. */
export interface KernelChoice {
  /** One of the kernels that this machine supports. */
  readonly kernel: Kernel;
  /**
   * Why it was chosen. `option`: the caller requested it. `variable`: the variable QANTO_KERNEL requested it.
   * `detection`: of the kernels that this machine supports and that support the template, it is usually the fastest.
   * `measurement`: this process has measured these kernels, with a template of the same shape, and it was the fastest,
   * or at most 3 % slower than the fastest and usually faster. `shape`: the requested kernel does not support the
   * template.
   */
  readonly reason: 'option' | 'variable' | 'detection' | 'measurement' | 'shape';
  /**
   * If the reason is `measurement`: the measured hashes per second, on one thread, of each kernel that supports the
   * template. They are good for comparison; the rates of kernels that are far slower come from few samples.
   */
  readonly measured?: Readonly<Partial<Record<Kernel, number>>>;
}

/** What this machine supports, and what searches use on it. */
export interface Platform {
  /** The value of `process.arch`. */
  readonly architecture: string;
  /**
   * The processor extensions that this machine has and kernels use, by their names in Rust, such as `avx512f`.
   */
  readonly features: readonly string[];
  /** The kernels that this machine supports, in the order of {@link KERNELS}. */
  readonly kernels: readonly Kernel[];
  /**
   * The kernel that scans a block header of 80 bytes, for each hash function. Templates of other shapes may have other
   * kernels.
   */
  readonly chosen: Readonly<Record<Algorithm, KernelChoice>>;
  /** The default number of threads of a job, at least 1. See {@link defaultThreads}. */
  readonly defaultThreads: number;
}

/** The number of hashes that one kernel has computed with one hash function. */
export interface HashCount {
  /** The hash function. */
  readonly algorithm: Algorithm;
  /** The kernel. */
  readonly kernel: Kernel;
  /** Hashes since the first job, including those of running jobs. Exact below 2^53. */
  readonly hashes: number;
}

/**
 * The state of the hashing threads of the process. It covers the jobs of the main thread and of all workers.
 */
export interface PoolStatus {
  /**
   * The number of hashing threads. It is 0 before the first job, and after every JavaScript thread with jobs
   * has ended.
   */
  readonly threads: number;
  /** The number of jobs that a thread is working on. */
  readonly runningJobs: number;
  /** The number of jobs that are waiting for a thread. */
  readonly queuedJobs: number;
  /** The maximum number of unsettled jobs in the process. */
  readonly queueLimit: number;
  /** One entry for each pair of hash function and kernel that has computed hashes for searches. */
  readonly hashes: readonly HashCount[];
}

/**
 * Describes this machine and what searches use on it. With `kernel`, the result describes searches whose option
 * `kernel` has this value. Throws `ERR_QANTO_INVALID_ARGUMENT` if this machine does not support that kernel or
 * the one that the variable QANTO_KERNEL names, and `ERR_QANTO_NATIVE_UNAVAILABLE` if there is no native
 * binary.
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

/**
 * The kernel that scans the template, if the option `kernel` of the search has this value. Throws the errors of
 * {@link platform}, and `ERR_QANTO_INVALID_ARGUMENT` if the template is invalid.
 */
export function chooseKernel(template: Template, kernel?: Kernel): KernelChoice {
  return chosenBy(native().chooseKernel, template, kernel);
}

/**
 * Measures the kernels for templates of this shape now, on this thread, unless this process has done so or a kernel
 * is requested. It takes up to about 25 ms. Returns and throws what {@link chooseKernel} does. For benchmarks.
 */
export function measureKernels(template: Template, kernel?: Kernel): KernelChoice {
  return chosenBy(native().measureKernels, template, kernel);
}

type Choose = ReturnType<typeof native>['chooseKernel'];

function chosenBy(choose: Choose, template: Template, kernel: Kernel | undefined): KernelChoice {
  const checked = toNativeTemplate(checkTemplate(template));
  checkKernel(kernel);
  const { measured, ...choice } = translated(() => choose(checked, kernel));
  if (measured === undefined) return choice;
  const rates = measured.map((rate) => [rate.kernel, rate.hashesPerSecond]);
  return { ...choice, measured: Object.fromEntries(rates) };
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if this machine does not support the kernel. */
export function checkKernel(kernel: Kernel | undefined): void {
  if (kernel === undefined || availableKernels().includes(kernel)) return;
  const expected = `one of the kernels that this machine supports: ${availableKernels().join(', ')}`;
  throw mustBe('options.kernel', kernel, expected);
}

/**
 * The kernels that this machine supports, in the order of {@link KERNELS}. By default, a search begins with the first
 * one that supports its template. When searches of templates of one shape have taken about 30 ms in total, another thread
 * measures the kernels once for this shape, and searches use the fastest one from then on. Throws
 * `ERR_QANTO_NATIVE_UNAVAILABLE` if there is no native binary.
 */
export function availableKernels(): Kernel[] {
  return native().kernels();
}

/**
 * The default number of threads of a job: the number that {@link configurePool} has set, else 75 % of the cores
 * that this process may use, at least 1. Limits of cgroups are taken into account. Throws
 * `ERR_QANTO_NATIVE_UNAVAILABLE` if there is no native binary.
 */
export function defaultThreads(): number {
  return native().defaultThreads();
}

/** The options of {@link configurePool}. */
export interface PoolOptions {
  /**
   * The default number of threads of a job, from 1 to 256. Default: 75 % of the cores that this process may
   * use.
   */
  readonly threads?: number;
  /** The maximum number of unsettled jobs in the process, from 1 to 2^32 - 1. Default: 10,000. */
  readonly queueLimit?: number;
}

const POOL_FIELDS: Fields<PoolOptions> = { threads: true, queueLimit: true };
const MAX_QUEUE_LIMIT = 2 ** 32 - 1;

/**
 * Configures the hashing threads of the process, for the main thread and all workers. An option that is left
 * out keeps its value. Throws `ERR_QANTO_POOL_IN_USE` if a job has been started already,
 * `ERR_QANTO_INVALID_ARGUMENT` if a value is out of range, and `ERR_QANTO_NATIVE_UNAVAILABLE` if there is no
 * native binary.
 */
export function configurePool(options: PoolOptions): void {
  requireObject('options', options);
  refuseUnknown('options', options, POOL_FIELDS);
  const { threads, queueLimit } = options;
  if (threads !== undefined) requireInteger('options.threads', threads, 1, MAX_THREADS);
  if (queueLimit !== undefined) requireInteger('options.queueLimit', queueLimit, 1, MAX_QUEUE_LIMIT);
  translated(() => native().configurePool(threads, queueLimit));
}

/**
 * The state of the hashing threads of the process. Throws `ERR_QANTO_NATIVE_UNAVAILABLE` if there is no native
 * binary.
 */
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
