/** Searches the newest work, and nothing else. */
import { NonceSpaceExhaustedError } from '../../errors.ts';
import { blockHeader, prepare, rolledVersion, type solvePow } from '../../pow/index.ts';
import { digestToInteger } from '../../pow/targets.ts';
import { ExtraNonceCounter, headerOfWork, variantsOf, type Work } from './work.ts';

const LAST_NONCE = 2 ** 32 - 1;

/** A hit for the target of shares. */
export interface FoundShare {
  readonly work: Work;
  readonly extraNonce2: Buffer;
  readonly nonce: number;
  /** The version of the header; undefined if versions are not rolled. */
  readonly version: number | undefined;
  /** The digest as the number that is compared with a target. */
  readonly value: bigint;
}

export interface SearchOptions {
  readonly solve: typeof solvePow;
  readonly threads: number | undefined;
  readonly onShare: (share: FoundShare) => void;
  /** Called with the hashes that were computed since the last call. */
  readonly onHashes: (hashes: number) => void;
  /** Awaited before each search. It delays the next one while too many shares wait for an answer. */
  readonly ready: () => Promise<void> | undefined;
}

export class WorkSearch {
  readonly #options: SearchOptions;
  readonly #counter = new ExtraNonceCounter();
  #work: Work | undefined;
  #ended = false;
  #abort: AbortController | undefined;
  #wake: (() => void) | undefined;

  constructor(options: SearchOptions) {
    this.#options = options;
  }

  /** Ends the search of the earlier work at once, and searches this one. */
  set(work: Work | undefined): void {
    this.#work = work;
    this.#abort?.abort();
    this.#wake?.();
  }

  /** Ends the searches. */
  end(): void {
    this.#ended = true;
    this.set(undefined);
  }

  /** Searches until `end()` is called. Rejects if a search fails for another reason than a new job. */
  async run(): Promise<void> {
    while (!this.#ended) {
      const work = this.#work;
      if (work !== undefined) await this.#searchWork(work);
      // All of the work may have been searched.
      if (work === this.#work && !this.#ended) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  async #searchWork(work: Work): Promise<void> {
    const headers = this.#headersOf(work);
    let current = headers.next();
    while (!current.done && work === this.#work) {
      const searching = this.#searchHeader(work, ...current.value);
      // The next header is made while the threads search this one.
      current = headers.next();
      await searching;
    }
  }

  *#headersOf(work: Work): Generator<[extraNonce2: Buffer, header: Buffer]> {
    for (const extraNonce2 of this.#counter.values(work.space.extraNonce2Bytes))
      yield [extraNonce2, headerOfWork(work, extraNonce2)];
  }

  async #searchHeader(work: Work, extraNonce2: Buffer, header: Buffer): Promise<void> {
    const variants = variantsOf(work);
    const template = blockHeader(header, {
      algorithm: 'sha256d',
      target: work.target,
      ...(variants > 1 && { versionRolling: variants }),
    });
    const prepared = prepare(template);
    const report = (nonce: number, variant: number, value: bigint) => {
      const version = variants > 1 ? rolledVersion(work.job.version, variant) : undefined;
      this.#options.onShare({ work, extraNonce2, nonce, version, value });
    };
    for (let startNonce = 0; startNonce <= LAST_NONCE && work === this.#work; ) {
      await this.#options.ready();
      if (work !== this.#work) return;
      const solution = await this.#solve(template, startNonce);
      if (solution === undefined) return;
      const nonce = Number(solution.nonce);
      report(nonce, solution.variant, digestToInteger(solution.digest));
      // The search goes on with the next nonce, and this one may have further hits.
      for (let variant = solution.variant + 1; variant < variants; variant += 1) {
        const value = digestToInteger(prepared.digest(nonce, variant));
        if (value <= work.target) report(nonce, variant, value);
      }
      startNonce = nonce + 1;
    }
  }

  /** The next hit; undefined if there is none, or another job has come. */
  async #solve(template: Parameters<typeof solvePow>[0], startNonce: number) {
    const abort = new AbortController();
    this.#abort = abort;
    let reported = 0;
    const onProgress = ({ hashes }: { readonly hashes: number }) => {
      this.#options.onHashes(hashes - reported);
      reported = hashes;
    };
    try {
      const { solve, threads } = this.#options;
      const options = { signal: abort.signal, startNonce, onProgress, ...(threads && { threads }) };
      const solution = await solve(template, options);
      onProgress(solution);
      return solution;
    } catch (error) {
      if (error instanceof NonceSpaceExhaustedError) onProgress(error);
      else if (!abort.signal.aborted) throw error;
      return undefined;
    }
  }
}
