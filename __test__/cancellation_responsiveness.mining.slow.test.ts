import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { blockHeader, type SolveOptions, solvePow } from '../ts/pow/index.ts';

/** Only a digest of 0 or 1 meets this target, so a search of a second finds none. */
const unsolvable = blockHeader(new Uint8Array(80), { target: 1n });
const MEASURED_MS = 500;

/** The CPU time of all threads of this process in ms. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The CPU time that this process uses in the next milliseconds of wall time, as a fraction of it. */
async function cpuLoad(measuredMs = MEASURED_MS): Promise<number> {
  const [startedAtMs, before] = [performance.now(), cpuMs()];
  await delay(measuredMs);
  return (cpuMs() - before) / (performance.now() - startedAtMs);
}

/** Waits until this process has used this number of ms of CPU time. Returns the wall time in ms that it took. */
async function msUntilUsed(usedMs: number): Promise<number> {
  const [startedAtMs, before] = [performance.now(), cpuMs()];
  while (cpuMs() - before < usedMs) await delay(10);
  return performance.now() - startedAtMs;
}

/** Starts an unsolvable job, and resolves once it has reported progress. */
async function startHashing(options: SolveOptions = {}) {
  const abort = new AbortController();
  let solved: Promise<unknown> = Promise.resolve();
  await new Promise<void>((resolve) => {
    solved = solvePow(unsolvable, { ...options, signal: abort.signal, onProgress: () => resolve() });
    solved.catch(() => {});
  });
  return { abort, solved };
}

describe('An unsolvable job', () => {
  test('rejects with an AbortError when it is aborted, with the reason as its cause', async () => {
    const { abort, solved } = await startHashing();
    const reason = new Error('no longer wanted');
    abort.abort(reason);
    await expect(solved).rejects.toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: reason });
  });

  test.each([1, 2, 4])(
    'on %d threads uses CPU time until it is aborted, and none afterwards',
    async (threads) => {
      const { abort, solved } = await startHashing({ threads });
      const measuredMs = await msUntilUsed(MEASURED_MS);
      abort.abort();
      await expect(solved).rejects.toMatchObject({ code: 'ABORT_ERR' });
      const loadBefore = MEASURED_MS / measuredMs;
      expect(await cpuLoad(measuredMs)).toBeLessThan(loadBefore / 5);
    },
  );

  test('rejects as timed out, and not as aborted, and uses no CPU time afterwards', async () => {
    await expect(solvePow(unsolvable, { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'ERR_QANTO_TIMED_OUT',
    });
    expect(await cpuLoad()).toBeLessThan(0.1);
  });

  test('stops with a hundred others that are aborted together', async () => {
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
