import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { ALGORITHMS, blockHeader, solvePow } from 'qanto';

const ROUNDS = 20;
const JOBS = 10;
const HASHING_MS = 5;

/** Starts unsolvable jobs and aborts them together while they hash. Each must reject with `ABORT_ERR`. */
export async function cancellationResponsiveness(): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const algorithm = ALGORITHMS[round % ALGORITHMS.length]!;
    const unsolvable = blockHeader(new Uint8Array(80), { algorithm, target: 1n });
    const abort = new AbortController();
    const jobs = Array.from({ length: JOBS }, () => solvePow(unsolvable, { signal: abort.signal }));
    const ended = Promise.allSettled(jobs);
    await delay(HASHING_MS);
    abort.abort();
    for (const outcome of await ended) {
      assert.equal(outcome.status === 'rejected' && outcome.reason.code, 'ABORT_ERR');
    }
  }
}
