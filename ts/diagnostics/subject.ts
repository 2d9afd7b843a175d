import type { Algorithm, Kernel } from 'qanto';

/** Bytes of the header that everything measured here hashes. */
export const HEADER_BYTES = 80;

/** Something whose hash rate can be measured. */
export interface Subject {
  /** Who hashes: `qanto`, or a library. */
  readonly name: string;
  readonly algorithm: Algorithm;
  /** Of qanto's own. */
  readonly kernel?: Kernel;
  /** Versions of the header tried with each nonce. */
  readonly versions: number;
  readonly threads: number;
  /**
   * Computes so many hashes of a header of 80 bytes, each with another nonce, and compares each with a target that none
   * meets. Throws the signal's AbortError when that stops it.
   */
  hash(count: number, signal: AbortSignal): Promise<void> | void;
  /** The most hashes per CPU-second that the processor could do at its present clock, where that is known. */
  readonly ceiling?: () => number | undefined;
  /** Machine code of the hot function, in bytes, where that is known. */
  readonly codeBytes?: number;
}
