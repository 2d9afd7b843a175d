/** What a server knows about a miner. It outlives a connection for some minutes, so that a miner can resume it. */
import { targetOfDifficulty } from './difficulty.ts';
import type { Job } from './job.ts';
import type { VariableDifficulty } from './variable-difficulty.ts';

/** A difficulty that the miner has been given, and its target. */
export interface Given {
  readonly difficulty: number;
  readonly target: bigint;
}

/** Jobs that a session remembers. */
const MAX_JOBS = 64;

export class Session {
  /** The id with which a miner resumes the session: 32 hex digits. */
  readonly id: string;
  /** The server's half of the extra nonce, which no other session has: 4 bytes. */
  readonly extraNonce1: Buffer;
  readonly variable: VariableDifficulty;
  /** Whether the miner chose the difficulty, so that it is not adjusted. */
  isFixed = false;
  /** The difficulty that was sent last. */
  #given: Given | undefined;
  /** The jobs that were sent, each with its difficulty, oldest first. One that was sent again after a resumption is there twice. */
  #jobs: { readonly id: string; readonly given: Given }[] = [];

  constructor(id: string, extraNonce1: Buffer, variable: VariableDifficulty) {
    this.id = id;
    this.extraNonce1 = extraNonce1;
    this.variable = variable;
  }

  get given(): Given | undefined {
    return this.#given;
  }

  /** The miner is told a difficulty, which applies to the jobs that follow. */
  give(difficulty: number): void {
    this.#given = { difficulty, target: targetOfDifficulty(difficulty) };
  }

  /** The miner is sent a job. Forgets jobs that the server has forgotten. */
  sent(job: Job, isKnown: (id: string) => boolean): void {
    this.#jobs = this.#jobs.filter(({ id }) => isKnown(id)).slice(1 - MAX_JOBS);
    this.#jobs.push({ id: job.id, given: this.#given! });
  }

  /** Whether the miner was sent this job. */
  has(job: string): boolean {
    return this.#jobs.some(({ id }) => id === job);
  }

  /**
   * The difficulty with which a share of a job counts. Undefined if the digest meets none that the miner may be using: that of any job
   * that it may still be working on, and the latest one, since some miners apply a difficulty late, and others at once.
   *
   * It is the difficulty of the job if the digest meets it, and 0 if it meets only an easier one. So the sum is on average the work
   * that was done, whichever difficulty the miner uses. It is less only if the miner applies a harder one to a job that it had before.
   * If each share counted with the hardest difficulty that it meets, a miner that uses the easier one of two would be credited with
   * almost twice its work.
   */
  credit(digest: bigint, job: string): number | undefined {
    const { difficulty, target } = this.#jobs.findLast(({ id }) => id === job)?.given ?? this.#given!;
    if (digest <= target) return difficulty;
    const meetsAny = digest <= this.#given!.target || this.#jobs.some(({ given }) => digest <= given.target);
    return meetsAny ? 0 : undefined;
  }
}
