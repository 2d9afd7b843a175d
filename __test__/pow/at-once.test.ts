// Searches whose first hashes are likely to hold a hit end on the calling thread. What a caller sees of them is what it sees of
// every other search.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { native } from '../../ts/native.ts';
import {
  ALGORITHMS,
  availableKernels,
  chooseKernel,
  poolStatus,
  prepare,
  SOLVE_CHANNEL,
  type SolveMessage,
  solvePow,
  type Template,
  verifyPow,
} from '../../ts/pow/index.ts';

/** A template for which one digest in `odds` is a hit. */
const template = (salt: number, odds: bigint): Template => ({
  algorithm: 'sha256d',
  preimage: new Uint8Array(80).fill(salt),
  nonce: { offset: 76, encoding: 'u32le' },
  target: 2n ** 256n / odds - 1n,
});
const certain = template(0, 1n);

/** The first hit from a nonce on, found one by one. */
function firstHit(of: Template, start: bigint): bigint {
  let nonce = start;
  while (!verifyPow(of, nonce)) nonce += 1n;
  return nonce;
}

const hashesSoFar = () => poolStatus().hashes.reduce((sum, { hashes }) => sum + hashes, 0);

test.each([1n, 2n, 3n, 8n, 16n, 40n])('the first hit is found if one digest in %d is a hit', async (odds) => {
  for (let salt = 0; salt < 40; salt++) {
    const easy = template(salt, odds);
    const startNonce = BigInt(salt * 1000);
    const { nonce, digest, hashes } = await solvePow(easy, { startNonce });
    expect(nonce).toBe(firstHit(easy, startNonce));
    expect(digest).toHaveLength(32);
    expect(hashes).toBeGreaterThanOrEqual(1);
  }
});

test('the solution of every hash function and encoding is that of verifyPow', async () => {
  for (const algorithm of ALGORITHMS) {
    for (const encoding of ['u32be', 'u64le', 'decimal']) {
      const easy: Template = {
        ...certain,
        algorithm,
        nonce: { offset: 8, encoding },
        target: { leadingZeroBits: 1 },
      };
      const startNonce = encoding === 'u32be' ? 2n ** 32n - 40n : 2n ** 64n - 40n;
      const { nonce, digest, variant, elapsedMs, hashes } = await solvePow(easy, { startNonce });
      expect(nonce).toBe(firstHit(easy, startNonce));
      expect(digest).toEqual(prepare(easy).digest(nonce));
      expect(variant).toBe(0);
      expect(elapsedMs).toBeGreaterThanOrEqual(0);
      expect(hashes).toBeGreaterThanOrEqual(1);
    }
  }
  const { digest } = await solvePow({
    ...certain,
    algorithm: 'blake2b',
    digestLength: 7,
    target: { leadingZeroBits: 0 },
  });
  expect(digest).toHaveLength(7);
});

test('every hash is counted', async () => {
  const before = hashesSoFar();
  let counted = 0;
  for (let salt = 0; salt < 20; salt++) counted += (await solvePow(template(salt, 4n))).hashes;
  expect(hashesSoFar() - before).toBe(counted);
});

test('a budget is respected', async () => {
  const easy = template(1, 8n);
  const missing = firstHit(easy, 0n) + 1n;
  expect(missing).toBeGreaterThan(1n);
  await expect(solvePow(easy, { maxHashes: missing - 1n })).rejects.toMatchObject({
    code: 'ERR_QANTO_HASH_BUDGET_SPENT',
  });
  await expect(solvePow(easy, { maxHashes: missing })).resolves.toMatchObject({ nonce: missing - 1n });
  await expect(solvePow(certain, { maxHashes: 1 })).resolves.toMatchObject({ nonce: 0n, hashes: 1 });
});

test('the last nonce is searched', async () => {
  const startNonce = 2n ** 32n - 1n;
  await expect(solvePow(certain, { startNonce })).resolves.toMatchObject({ nonce: startNonce });
  const impossible = { ...certain, target: 1n };
  await expect(solvePow(impossible, { startNonce })).rejects.toMatchObject({
    code: 'ERR_QANTO_NONCE_SPACE_EXHAUSTED',
  });
});

test('a signal that was aborted before is honoured, and a hit that was found before is returned', async () => {
  await expect(solvePow(certain, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'ABORT_ERR',
  });
  const controller = new AbortController();
  const search = solvePow(certain, { signal: controller.signal });
  controller.abort();
  await expect(search).resolves.toMatchObject({ nonce: 0n });
});

test('the spans of another environment change nothing', async () => {
  const other = new (native().TraceReceiver)(() => undefined, 16);
  other.setFilter('info', false);
  try {
    const controller = new AbortController();
    const search = solvePow(certain, { signal: controller.signal });
    controller.abort();
    await expect(search).resolves.toMatchObject({ nonce: 0n });
  } finally {
    other.setFilter(undefined, false);
    other.close();
  }
});

test('a background search has the same answer', async () => {
  await expect(solvePow(template(3, 8n), { priority: 'background' })).resolves.toMatchObject({
    nonce: firstHit(template(3, 8n), 0n),
  });
});

test('the event loop runs between searches that follow one another', async () => {
  let turns = 0;
  const immediate = () => {
    turns += 1;
    handle = setImmediate(immediate);
  };
  let handle = setImmediate(immediate);
  for (let i = 0; i < 50; i++) await solvePow(certain);
  clearImmediate(handle);
  expect(turns).toBeGreaterThanOrEqual(49);
});

describe('on the channel', () => {
  let messages: SolveMessage[] = [];
  const listener = (message: unknown) => messages.push(message as SolveMessage);
  beforeEach(() => {
    messages = [];
    subscribe(SOLVE_CHANNEL, listener);
  });
  afterEach(() => {
    unsubscribe(SOLVE_CHANNEL, listener);
  });

  test('each search is one message', async () => {
    const { hashes } = await solvePow(template(5, 4n));
    expect(messages).toHaveLength(1);
    const { kernel } = chooseKernel(template(5, 4n));
    expect(messages[0]).toMatchObject({ outcome: 'found', hashes, algorithm: 'sha256d', kernel });
  });

  test.each(availableKernels())('a search names the kernel %s that was asked for', async (kernel) => {
    await solvePow(certain, { kernel });
    expect(messages[0]).toMatchObject({ outcome: 'found', kernel });
  });
});
