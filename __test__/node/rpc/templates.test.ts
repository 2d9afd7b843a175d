import { EventEmitter } from 'node:events';
import { afterEach, expect, jest, test } from '@jest/globals';
import { MemoryStore, QantoDag } from '../../../ts/dag/index.ts';
import { seededEnvironment } from '../../../ts/environment.ts';
import { Templates } from '../../../ts/node/rpc/templates.ts';
import { sha256dDisplayed } from '../../../ts/pow/sha256d.ts';
import { mineBlocks, TEST_ADDRESS } from '../../../ts/testing.ts';

let dag: QantoDag | undefined;
afterEach(async () => {
  jest.useRealTimers();
  await dag?.close();
  dag = undefined;
});

async function open(payloads: readonly Uint8Array[] = []): Promise<{ dag: QantoDag; templates: Templates }> {
  dag = await QantoDag.open({
    network: 'regtest',
    store: new MemoryStore(),
    environment: seededEnvironment(5),
  });
  return { dag, templates: new Templates({ dag, payloads: () => payloads }) };
}

const contextHashOf = ({ header }: { header: Uint8Array }) =>
  Buffer.from(header.subarray(4, 36)).reverse().toString('hex');

test('The oldest of more than 256 templates is forgotten', async () => {
  const { dag, templates } = await open();
  const hashes: string[] = [];
  for (let block = 0; block < 257; block++) {
    hashes.push(contextHashOf(templates.plain()));
    await mineBlocks(dag, 1);
  }
  expect(templates.withContext(hashes[0]!)).toBeUndefined();
  expect(templates.withContext(hashes[1]!)).toBeDefined();
  expect(templates.withContext(hashes[256]!)).toBeDefined();
  templates.close();
});

test('Templates with more than 64 MiB of payloads together are forgotten', async () => {
  const { dag, templates } = await open(
    Array.from({ length: 9 }, (_, index) => new Uint8Array(100_000).fill(index)),
  );
  const hashes: string[] = [];
  for (let block = 0; block < 76; block++) {
    hashes.push(contextHashOf(templates.plain()));
    await mineBlocks(dag, 1);
  }
  expect(hashes.filter((hash) => templates.withContext(hash) !== undefined)).toEqual(hashes.slice(-74));
  templates.close();
});

test('The oldest of more than 20,000 opaque coinbases is forgotten', async () => {
  const { templates } = await open();
  const rootOf = (extraNonce: number) =>
    sha256dDisplayed(templates.opaque({ address: TEST_ADDRESS, extraNonce: BigInt(extraNonce) }).data);
  const roots = Array.from({ length: 20_001 }, (_, extraNonce) => rootOf(extraNonce));
  expect(templates.opaqueWork(roots[0]!)).toBeUndefined();
  expect(templates.opaqueWork(roots[1]!)).toBeDefined();
  expect(templates.opaqueWork(roots[20_000]!)!.roots.size).toBe(20_000);
  templates.close();
});

test('Templates of the same millisecond with other payloads have other contexts', async () => {
  const { templates } = await open();
  const coinbase = { address: TEST_ADDRESS, extraNonce: 0n };
  const [plain, opaque] = [templates.plain(), templates.opaque(coinbase).template];
  expect(contextHashOf(plain)).not.toBe(contextHashOf(opaque));
  expect(templates.withContext(contextHashOf(plain))).toBe(plain);
  expect(templates.withContext(contextHashOf(opaque))).toBe(opaque);
  templates.close();
});

test('In a seeded run, the extra nonces are the same in each run', async () => {
  const first = (await open()).templates.coinbase(TEST_ADDRESS);
  await dag!.close();
  const { templates } = await open();
  expect(templates.coinbase(TEST_ADDRESS)).toEqual(first);
  expect(templates.coinbase(TEST_ADDRESS)).not.toEqual(first);
});

function stubbed(maxWaitMs?: number) {
  const changes = Object.assign(new EventEmitter(), { sink: () => 'ab'.repeat(32) });
  let nowMs = 0;
  const templates = new Templates({
    dag: changes as unknown as QantoDag,
    payloads: () => [],
    now: () => nowMs,
    ...(maxWaitMs !== undefined && { maxWaitMs }),
  });
  let answered = 0;
  const poll = () => {
    const { signal } = new AbortController();
    return templates.changed(templates.longPollId, signal).then(() => {
      answered += 1;
    });
  };
  const pass = async (ms: number) => {
    nowMs += ms;
    await jest.advanceTimersByTimeAsync(ms);
  };
  return { changes, templates, poll, pass, answered: () => answered };
}

test('A change ends long polls at once, and the next one not sooner than 250 ms later', async () => {
  jest.useFakeTimers();
  const { changes, poll, pass, answered } = stubbed();
  void poll();
  changes.emit('virtual-changed');
  await pass(0);
  expect(answered()).toBe(1);
  void poll();
  changes.emit('virtual-changed');
  changes.emit('virtual-changed');
  await pass(249);
  expect(answered()).toBe(1);
  await pass(1);
  expect(answered()).toBe(2);
});

test('A long poll ends after a minute without a change', async () => {
  jest.useFakeTimers();
  const { poll, pass, answered, templates } = stubbed();
  void poll();
  await pass(59_999);
  expect([answered(), templates.waiting]).toEqual([0, 1]);
  await pass(1);
  expect([answered(), templates.waiting]).toEqual([1, 0]);
});
