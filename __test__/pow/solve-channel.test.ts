import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  availableKernels,
  poolStatus,
  SOLVE_CHANNEL,
  type SolveMessage,
  solvePow,
  type Template,
} from '../../ts/pow/index.ts';

const hopeless: Template = {
  algorithm: 'blake3',
  preimage: new Uint8Array(80),
  nonce: { offset: 72, encoding: 'u64le' },
  target: 1n,
};

let messages: SolveMessage[];
const listen = (message: unknown) => messages.push(message as SolveMessage);

beforeEach(() => {
  messages = [];
  subscribe(SOLVE_CHANNEL, listen);
});

afterEach(() => {
  unsubscribe(SOLVE_CHANNEL, listen);
});

describe('The channel of searches', () => {
  test('publishes the hashes, the duration and the kernel of a search that spent its budget', async () => {
    await expect(solvePow(hopeless, { maxHashes: 1000, kernel: 'portable' })).rejects.toThrow();
    expect(messages).toEqual([
      {
        algorithm: 'blake3',
        kernel: 'portable',
        outcome: 'budget-spent',
        hashes: 1000,
        elapsedMs: expect.any(Number),
      },
    ]);
  });

  test('publishes the kernel that was chosen', async () => {
    await solvePow({ ...hopeless, target: 2n ** 255n });
    expect(messages).toMatchObject([{ outcome: 'found', kernel: expect.any(String) }]);
    expect(availableKernels()).toContain(messages[0]!.kernel);
  });

  test('publishes the cancel latency of a cancelled search', async () => {
    const abort = new AbortController();
    const solve = solvePow(hopeless, { signal: abort.signal, onProgress: () => abort.abort() });
    await expect(solve).rejects.toThrow();
    expect(messages).toMatchObject([{ outcome: 'cancelled' }]);
    expect(messages[0]!.cancelLatencyMs).toBeGreaterThan(0);
  });

  test('publishes a search whose signal throws in removeEventListener', async () => {
    const fail = () => {
      throw new Error('on purpose');
    };
    const signal = { aborted: false, addEventListener() {}, removeEventListener: fail };
    const options = { maxHashes: 1000, signal: signal as unknown as AbortSignal };
    await expect(solvePow(hopeless, options)).rejects.toThrow('on purpose');
    expect(messages).toMatchObject([{ outcome: 'budget-spent', hashes: 1000 }]);
  });

  test('publishes nothing for a search that is refused before any work starts', async () => {
    await expect(solvePow(hopeless, { threads: 0 })).rejects.toThrow();
    expect(messages).toEqual([]);
  });
});

describe('The status of the pool', () => {
  test('counts hashes by algorithm and kernel', async () => {
    const hashes = () =>
      poolStatus().hashes.find(({ algorithm, kernel }) => algorithm === 'blake3' && kernel === 'portable')
        ?.hashes ?? 0;
    const before = hashes();
    await expect(solvePow(hopeless, { maxHashes: 5000, kernel: 'portable' })).rejects.toThrow();
    expect(hashes() - before).toBe(5000);
  });

  test('counts a running job', async () => {
    const abort = new AbortController();
    let during = poolStatus();
    const solve = solvePow(hopeless, {
      signal: abort.signal,
      onProgress: () => {
        during = poolStatus();
        abort.abort();
      },
    });
    await expect(solve).rejects.toThrow();
    expect(during.runningJobs + during.queuedJobs).toBe(1);
    expect(during.threads).toBeGreaterThan(0);
    expect(poolStatus()).toMatchObject({ runningJobs: 0, queuedJobs: 0 });
  });
});
