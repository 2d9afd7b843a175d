import { getEventListeners } from 'node:events';
import { describe, expect, jest, test } from '@jest/globals';
import {
  AbortError,
  HashBudgetSpentError,
  NonceSpaceExhaustedError,
  TimedOutError,
} from '../../ts/errors.ts';
import {
  type Algorithm,
  availableKernels,
  digestToInteger,
  type SolveOptions,
  solvePow,
  type Template,
  verifyPow,
} from '../../ts/pow/index.ts';

/** About one hash in `odds` is a hit. */
function template(odds: bigint, overrides: Partial<Template> = {}): Template {
  return {
    algorithm: 'sha256d',
    preimage: new Uint8Array(80).fill(7),
    nonce: { offset: 76, encoding: 'u32le' },
    target: 2n ** 256n / odds - 1n,
    ...overrides,
  };
}

const unsolvable = template(2n ** 255n, { target: 1n, nonce: { offset: 72, encoding: 'u64le' } });

describe('The solution of a search', () => {
  test.each<Algorithm>(['sha256', 'sha256d', 'blake3'])(
    'meets the target according to the reference implementation of %s',
    async (algorithm) => {
      const searched = template(5000n, { algorithm });
      const { nonce, digest, hashes } = await solvePow(searched);
      expect(verifyPow(searched, nonce)).toBe(true);
      expect(digestToInteger(digest) <= 2n ** 256n / 5000n - 1n).toBe(true);
      expect(hashes).toBeGreaterThanOrEqual(Number(nonce) + 1);
    },
  );

  test('is the first hit from the start nonce for any number of threads', async () => {
    const searched = template(3000n);
    let first = 1000n;
    while (!verifyPow(searched, first)) first += 1n;
    for (const threads of [1, 2, 4]) {
      const { nonce } = await solvePow(searched, { startNonce: 1000, threads });
      expect(nonce).toBe(first);
    }
  });

  test('is the same with every kernel that this machine supports', async () => {
    expect(availableKernels()).toContain('portable');
    for (const algorithm of ['sha256', 'sha256d', 'blake3'] as const) {
      const searched = template(30_000n, { algorithm });
      const { nonce } = await solvePow(searched);
      for (const kernel of availableKernels()) {
        await expect(solvePow(searched, { kernel })).resolves.toMatchObject({ nonce });
      }
    }
  });

  test('is the genesis nonce of Bitcoin when the search starts at 2,083,000,000', async () => {
    const genesis = Buffer.from(
      '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d00000000',
      'hex',
    );
    const searched = template(1n, { preimage: genesis, target: 0xffffn << 208n });
    await expect(solvePow(searched, { startNonce: 2_083_000_000 })).resolves.toMatchObject({
      nonce: 2_083_236_893n,
    });
  });

  test('is not affected by later changes of the preimage', async () => {
    const preimage = new Uint8Array(80).fill(3);
    const searched = template(20_000n, { preimage });
    const kept = { ...searched, preimage: preimage.slice() };
    const solving = solvePow(searched);
    preimage.fill(9);
    expect(verifyPow(kept, (await solving).nonce)).toBe(true);
  });
});

describe('A search with a limit', () => {
  test('rejects with ERR_QANTO_HASH_BUDGET_SPENT after exactly maxHashes nonces', async () => {
    const error = await rejection(unsolvable, { maxHashes: 12_345 });
    expect(error).toBeInstanceOf(HashBudgetSpentError);
    expect(error).toMatchObject({ code: 'ERR_QANTO_HASH_BUDGET_SPENT', hashes: 12_345 });
  });

  test('finds a hit on the last nonce of its budget and none after it', async () => {
    const searched = template(3000n);
    const { nonce } = await solvePow(searched);
    await expect(solvePow(searched, { maxHashes: nonce + 1n })).resolves.toMatchObject({ nonce });
    await expect(solvePow(searched, { maxHashes: nonce })).rejects.toMatchObject({
      code: 'ERR_QANTO_HASH_BUDGET_SPENT',
    });
  });

  test('rejects with ERR_QANTO_NONCE_SPACE_EXHAUSTED at the end of the nonce space', async () => {
    const searched = template(1n, { target: 1n });
    const error = await rejection(searched, { startNonce: 2 ** 32 - 777 });
    expect(error).toBeInstanceOf(NonceSpaceExhaustedError);
    expect(error).toMatchObject({ code: 'ERR_QANTO_NONCE_SPACE_EXHAUSTED', hashes: 777 });
  });

  test('rejects with ERR_QANTO_TIMED_OUT after timeoutMs', async () => {
    const error = await rejection(unsolvable, { timeoutMs: 20 });
    expect(error).toBeInstanceOf(TimedOutError);
    expect(error).toMatchObject({ code: 'ERR_QANTO_TIMED_OUT' });
    expect((error as TimedOutError).elapsedMs).toBeGreaterThanOrEqual(20);
  });
});

describe('An abort', () => {
  test('reports how long hashing continued, which is at most the time until the promise settled', async () => {
    const controller = new AbortController();
    let abortedAtMs = 0;
    const onProgress = () => {
      abortedAtMs ||= performance.now();
      controller.abort();
    };
    const error = await rejection(unsolvable, { signal: controller.signal, onProgress });
    const { stoppedAfterMs } = error as AbortError;
    expect(stoppedAfterMs).toBeGreaterThan(0);
    expect(stoppedAfterMs).toBeLessThanOrEqual(performance.now() - abortedAtMs);
  });

  test('rejects a running job with an AbortError whose cause is the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const onProgress = () => controller.abort(reason);
    const error = await rejection(unsolvable, { signal: controller.signal, onProgress });
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: reason });
  });

  test('in the same tick as the call rejects with an AbortError', async () => {
    const controller = new AbortController();
    const solving = rejection(unsolvable, { signal: controller.signal });
    controller.abort();
    expect(await solving).toMatchObject({ code: 'ABORT_ERR' });
  });

  test('before the call rejects it without starting a job', async () => {
    expect(await rejection(unsolvable, { signal: AbortSignal.abort('early') })).toMatchObject({
      code: 'ABORT_ERR',
      cause: 'early',
    });
  });

  test('after the job has settled has no effect', async () => {
    const controller = new AbortController();
    const solution = await solvePow(template(100n), { signal: controller.signal });
    controller.abort();
    expect(solution.nonce).toBeGreaterThanOrEqual(0n);
  });

  test('works through AbortSignal.timeout and AbortSignal.any', async () => {
    const timeout = AbortSignal.timeout(20);
    const signal = AbortSignal.any([timeout, new AbortController().signal]);
    const error = await rejection(unsolvable, { signal });
    // This reference keeps Node.js 20 from collecting the timeout, which would then never abort.
    expect(timeout.aborted).toBe(true);
    expect(error).toMatchObject({
      code: 'ABORT_ERR',
      cause: expect.objectContaining({ name: 'TimeoutError' }),
    });
  });

  test('needs one event listener for a thousand jobs, which is removed when they have settled', async () => {
    const warned = jest.fn();
    process.on('warning', warned);
    const controller = new AbortController();
    const jobs = Array.from({ length: 1000 }, () => rejection(unsolvable, { signal: controller.signal }));
    const listeners = () => getEventListeners(controller.signal, 'abort').length;
    const during = listeners();
    controller.abort();
    for (const error of await Promise.all(jobs)) expect(error).toMatchObject({ code: 'ABORT_ERR' });
    expect({ during, afterwards: listeners() }).toEqual({ during: 1, afterwards: 0 });
    process.off('warning', warned);
    expect(warned).not.toHaveBeenCalled();
  });
});

test('A job that has found a hit leaves no listener on its signal', async () => {
  const { signal } = new AbortController();
  await solvePow(template(100n), { signal });
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

describe('The callback onProgress', () => {
  test('receives increasing hashes and a hash rate above zero', async () => {
    const seen: { hashes: number; hashesPerSecond: number }[] = [];
    const controller = new AbortController();
    await rejection(unsolvable, {
      signal: controller.signal,
      onProgress: (progress) => {
        seen.push(progress);
        if (seen.length === 3) controller.abort();
      },
    });
    expect(seen[1]!.hashes).toBeGreaterThan(seen[0]!.hashes);
    for (const { hashesPerSecond } of seen) expect(hashesPerSecond).toBeGreaterThan(0);
  });

  test('stops the job if it throws, and the job rejects with its error', async () => {
    const thrown = new Error('from the callback');
    const onProgress = () => {
      throw thrown;
    };
    expect(await rejection(unsolvable, { onProgress })).toBe(thrown);
  });
});

describe('The option maxExpectedHashes', () => {
  test('rejects a template with more expected work, and the error has the expected work', async () => {
    await expect(solvePow(template(5000n), { maxExpectedHashes: 4999 })).rejects.toMatchObject({
      code: 'ERR_QANTO_EXPECTED_WORK_TOO_HIGH',
      expectedHashes: 5000n,
      maxExpectedHashes: 4999n,
    });
  });

  test('accepts a template with exactly this expected work', async () => {
    await expect(solvePow(template(5000n), { maxExpectedHashes: 5000n })).resolves.toBeDefined();
  });
});

describe('An invalid option', () => {
  test.each<[string, unknown]>([
    ['timeoutMs', 0],
    ['timeoutMs', -1],
    ['timeoutMs', Number.NaN],
    ['timeoutMs', '5'],
    ['timeoutMs', 2 ** 31],
    ['maxHashes', 0],
    ['maxHashes', -1n],
    ['maxHashes', 2n ** 64n],
    ['maxHashes', 1.5],
    ['maxExpectedHashes', 0],
    ['maxExpectedHashes', '1000'],
    ['threads', 0],
    ['threads', 257],
    ['threads', 1.5],
    ['startNonce', -1],
    ['startNonce', -1n],
    ['startNonce', 2n ** 32n],
    ['startNonce', '0'],
    ['signal', {}],
    ['onProgress', 'log'],
    ['priority', 'high'],
    ['kernel', 'avx1024'],
  ])('is rejected by name before any work starts: %s = %p', async (name, value) => {
    await expect(solvePow(template(1n), { [name]: value } as SolveOptions)).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      argument: `options.${name}`,
      value,
    });
  });
});

async function rejection(searched: Template, options: SolveOptions): Promise<unknown> {
  return solvePow(searched, options).then(
    () => {
      throw new Error('resolved');
    },
    (error: unknown) => error,
  );
}
