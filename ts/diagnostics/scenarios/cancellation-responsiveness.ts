import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { blockHeader, solvePow } from 'qanto';
import { HEADER_ALGORITHMS } from '../subject.ts';

const ROUNDS = 20;
const JOBS = 10;
const HASHING_MS = 5;

/** Starts unsolvable jobs and aborts them together while they hash. Each must reject with `ABORT_ERR`. */
export async function cancellationResponsiveness(): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const algorithm = HEADER_ALGORITHMS[round % HEADER_ALGORITHMS.length]!;
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
