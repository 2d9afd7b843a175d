/** Makes headers of a job: one for each extranonce2. */
import { sha256d } from '../../pow/sha256d.ts';
import { MAX_VARIANTS, VERSION_ROLLING_MASK } from '../../pow/version-rolling.ts';
import type { ExtraNonceSpace, RemoteJob } from './messages.ts';

/** The lowest bit that is rolled. */
const FIRST_BIT = 13;

/** A job with all that was in force when it arrived. */
export interface Work {
  readonly job: RemoteJob;
  readonly space: ExtraNonceSpace;
  readonly target: bigint;
  readonly difficulty: number;
  /** The version bits that may be rolled. */
  readonly mask: number;
  /** The number of clean jobs up to this one. */
  readonly epoch: number;
}

/** The 80 bytes of the header with this extranonce2, whose nonce is 0. */
export function headerOfWork({ job, space }: Pick<Work, 'job' | 'space'>, extraNonce2: Uint8Array): Buffer {
  let root = sha256d(Buffer.concat([job.coinbase1, space.extraNonce1, extraNonce2, job.coinbase2]));
  for (const sibling of job.branch) root = sha256d(Buffer.concat([root, sibling]));
  const header = Buffer.alloc(80);
  header.writeUInt32LE(job.version, 0);
  header.set(job.previous, 4);
  header.set(root, 36);
  header.writeUInt32LE(job.time, 68);
  header.writeUInt32LE(job.bits, 72);
  return header;
}

/**
 * The number of versions that are tried with each nonce. A search sets the bits from 13 on, and clears the other ones that
 * BIP 320 names; so those that the server does not let the client roll must be 0 already.
 */
export function variantsOf({ job, mask }: Pick<Work, 'job' | 'mask'>): number {
  if ((job.version & VERSION_ROLLING_MASK & ~mask) !== 0) return 1;
  let variants = 1;
  for (let bit = FIRST_BIT; variants < MAX_VARIANTS && (mask & (1 << bit)) !== 0; bit += 1) variants *= 2;
  return variants;
}

/**
 * Counts through the values of extranonce2. The count goes on from one job to the next, because two jobs may have the same
 * content, and their shares would be equal.
 */
export class ExtraNonceCounter {
  #next = 0n;

  /** Each value once, from the next one on. */
  *values(byteLength: number): Generator<Buffer> {
    const size = 1n << BigInt(8 * byteLength);
    for (let count = 0n; count < size; count += 1n) {
      const value = this.#next % size;
      this.#next += 1n;
      yield Buffer.from(value.toString(16).padStart(2 * byteLength, '0'), 'hex');
    }
  }
}
