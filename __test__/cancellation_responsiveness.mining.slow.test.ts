import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { blockHeader, type SolveOptions, solvePow } from '../ts/pow/index.ts';

/** A digest of 0 or 1: nothing that is run for a second finds one. */
const unsolvable = blockHeader(new Uint8Array(80), { target: 1n });
const MEASURED_MS = 500;

/** The CPU time this process uses, of all its threads, as a part of wall time. */
async function cpuLoad(): Promise<number> {
  const startedAtMs = performance.now();
  const before = process.cpuUsage();
  await delay(MEASURED_MS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (performance.now() - startedAtMs);
}

/** Begins an unsolvable job and resolves once it has reported progress. */
async function startHashing(options: SolveOptions = {}) {
  const abort = new AbortController();
  let solved: Promise<unknown> = Promise.resolve();
  await new Promise<void>((resolve) => {
    solved = solvePow(unsolvable, { ...options, signal: abort.signal, onProgress: () => resolve() });
    solved.catch(() => {});
  });
  return { abort, solved };
}

describe('an unsolvable job', () => {
  test('rejects as AbortError when it is aborted, with the reason as its cause', async () => {
    const { abort, solved } = await startHashing();
    const reason = new Error('no longer wanted');
    abort.abort(reason);
    await expect(solved).rejects.toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: reason });
  });

  test.each([1, 2, 4])(
    'on %d threads burns CPU until it is aborted, and none afterwards',
    async (threads) => {
      const { abort, solved } = await startHashing({ threads });
      const loadBefore = await cpuLoad();
      abort.abort();
      await expect(solved).rejects.toMatchObject({ code: 'ABORT_ERR' });
      const loadAfter = await cpuLoad();
      expect(loadBefore).toBeGreaterThan(0.2);
      expect(loadAfter).toBeLessThan(loadBefore / 5);
    },
  );

  test('rejects as timed out, not as aborted, and burns no CPU afterwards', async () => {
    await expect(solvePow(unsolvable, { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'ERR_QANTO_TIMED_OUT',
    });
    expect(await cpuLoad()).toBeLessThan(0.1);
  });

  test('of a hundred aborted together leaves none running', async () => {
    const abort = new AbortController();
    const jobs = Array.from({ length: 100 }, () => solvePow(unsolvable, { signal: abort.signal }));
    const ended = Promise.allSettled(jobs);
    await delay(100);
    abort.abort();
    const outcomes = await ended;
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.code)).toEqual(
      Array(100).fill('ABORT_ERR'),
    );
    expect(await cpuLoad()).toBeLessThan(0.1);
  });
});
