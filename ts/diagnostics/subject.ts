import type { Algorithm, Kernel } from 'qanto';

/** Length in bytes of the header that all subjects hash. */
export const HEADER_BYTES = 80;

/** The hash functions of block headers. Their searches have kernels for special instructions. */
export const HEADER_ALGORITHMS = ['sha256', 'sha256d', 'blake3'] as const satisfies readonly Algorithm[];

/** Something whose hash rate can be measured. */
export interface Subject {
  /** `qanto`, or the name of a library. */
  readonly name: string;
  readonly algorithm: Algorithm;
  /** The kernel, if the subject is qanto. */
  readonly kernel?: Kernel;
  /** Number of versions of the header that are tried with each nonce. */
  readonly versions: number;
  readonly threads: number;
  /**
   * Computes `count` hashes of a header of 80 bytes, each with a different nonce, and compares each digest with a target that
   * no digest meets. Throws an AbortError if the signal aborts.
   */
  hash(count: number, signal: AbortSignal): Promise<void> | void;
  /** Size of the machine code of the hot function in bytes, if known. */
  readonly codeBytes?: number;
}
