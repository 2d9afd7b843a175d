/** Checks what a miner submits, from the cheapest check to the hash. */
import type { AddResult } from '../dag/acceptance.ts';
import type { Block } from '../dag/block.ts';
import { MAX_TIME_ROLL_SECONDS } from '../dag/header.ts';
import { sha256d } from '../pow/sha256d.ts';
import { DIFFICULTY_1_TARGET, digestToInteger } from '../pow/targets.ts';
import { EXTRA_NONCE_2_BYTES, hex8, type Job } from './job.ts';
import { hexBytes, hexInteger, RefusedError } from './protocol.ts';
import type { Session } from './session.ts';

/** The values of `mining.submit` behind the name of the worker. */
export interface Submission {
  readonly job: Job;
  readonly extraNonce: Uint8Array;
  readonly time: number;
  readonly nonce: number;
  readonly version: number;
}

/** A share that counts. */
export interface Share {
  /** The difficulty that it counts with. 0 if it meets only an easier one than that of its job. */
  readonly difficulty: number;
  /** The highest difficulty that its digest meets. */
  readonly met: number;
  /** The block, if the digest meets the target of the network. */
  readonly block: Block | undefined;
}

/** Adds a found block to the DAG. */
export type AddBlock = (block: Block) => Promise<AddResult>;

/** Reads the parameters of `mining.submit`, and checks all that costs no hash. Throws a {@link RefusedError}. */
export function readSubmission(
  params: readonly unknown[],
  session: Session,
  versionMask: number,
  jobOf: (id: string) => Job | undefined,
): Submission {
  const [, jobId, extraNonce2, time, nonce, versionBits] = params;
  if (typeof jobId !== 'string') throw new RefusedError('other', 'mining.submit needs five texts');
  const job = session.has(jobId) ? jobOf(jobId) : undefined;
  if (job === undefined) throw new RefusedError('stale-job', 'this job is unknown, or too old');
  const secondHalf = hexBytes(extraNonce2, EXTRA_NONCE_2_BYTES);
  if (secondHalf === undefined) {
    throw new RefusedError('other', `extranonce2 must be ${2 * EXTRA_NONCE_2_BYTES} hex digits`);
  }
  const submittedTime = hexInteger(time);
  const latest = job.time + MAX_TIME_ROLL_SECONDS;
  if (submittedTime === undefined || submittedTime < job.time || submittedTime > latest) {
    throw new RefusedError('other', `ntime must be 8 hex digits from ${hex8(job.time)} to ${hex8(latest)}`);
  }
  const submittedNonce = hexInteger(nonce);
  if (submittedNonce === undefined) throw new RefusedError('other', 'nonce must be 8 hex digits');
  return {
    job,
    extraNonce: Buffer.concat([session.extraNonce1, secondHalf]),
    time: submittedTime,
    nonce: submittedNonce,
    version: rolledVersionOf(job, versionBits, versionMask),
  };
}

function rolledVersionOf(job: Job, versionBits: unknown, mask: number): number {
  if (versionBits === undefined) return job.version;
  const bits = hexInteger(versionBits);
  if (bits === undefined || (bits & ~mask) !== 0) {
    throw new RefusedError('other', `the version bits must be 8 hex digits within the mask ${hex8(mask)}`);
  }
  return ((job.version & ~mask) | bits) >>> 0;
}

/** Hashes a submission. Throws a {@link RefusedError} if it was accepted before, or meets no difficulty that the miner was given. */
export function checkShare(
  { job, ...answer }: Submission,
  address: Uint8Array,
  session: Session,
  networkTarget: bigint,
): Share {
  const header = job.headerOf(address, answer);
  if (job.hasShare(header)) throw new RefusedError('duplicate', 'this share was accepted before');
  const digest = digestToInteger(sha256d(header));
  const isBlock = digest <= networkTarget;
  const difficulty = session.credit(digest, job.id) ?? (isBlock ? session.given!.difficulty : undefined);
  const met = Number(DIFFICULTY_1_TARGET) / Number(digest || 1n);
  if (difficulty === undefined) {
    throw new RefusedError('low-difficulty', `the digest meets only difficulty ${met.toPrecision(4)}`);
  }
  if (!job.addShare(header, isBlock))
    throw new RefusedError('other', 'this job has too many shares; wait for the next one');
  const block = isBlock ? job.blockOf(header, address, answer.extraNonce) : undefined;
  return { difficulty, met, block };
}
