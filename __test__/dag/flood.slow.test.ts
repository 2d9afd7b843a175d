import { expect, test } from '@jest/globals';
import { type Block, encodeBlock } from '../../ts/dag/block.ts';
import { encodeContext, hashContext } from '../../ts/dag/context.ts';
import { encodeHeader } from '../../ts/dag/header.ts';
import { type NetworkParams, type QantoDag, regtest } from '../../ts/dag/index.ts';
import { blockHeader, solvePow } from '../../ts/pow/index.ts';
import { ADDRESS, openDag } from './support.ts';

const { setImmediate: nextTurn } = process.getBuiltinModule('node:timers/promises');

/** 4,096 hashes per block. */
const network: NetworkParams = { ...regtest, name: 'flood', genesisBits: 0x1f0fffff };
const LEAST = 0x207fffff;
/** 1/32 of the work of the honest blocks. */
const CHEAP = 0x2001ffff;
const MEGABYTE = 1_000_000;

const payloads = (count: number, byteLength: number) =>
  Array.from({ length: count }, (_, index) => Buffer.alloc(byteLength, `${index} `));

async function solved(block: Block, bits = network.genesisBits): Promise<Uint8Array> {
  const header = { ...block.header, bits, nonce: 0 };
  const { nonce } = await solvePow(blockHeader(encodeHeader(header)));
  return encodeBlock({ ...block, header: { ...header, nonce: Number(nonce) } });
}

/** Blocks that differ in their contexts, with proof of work for these bits. */
function variants(
  count: number,
  block: Block,
  bits: number,
  parentsOf = (_index: number) => block.context.parents,
) {
  return Promise.all(
    Array.from({ length: count }, (_, index) => {
      const context = { ...block.context, parents: parentsOf(index), daaScore: 1000 + index };
      const contextHash = hashContext(encodeContext(context));
      return solved({ ...block, context, header: { ...block.header, contextHash } }, bits);
    }),
  );
}

const unknown = (index: number) => [`${index}`.padStart(64, '0')];
const altered = (bytes: Uint8Array) => {
  const copy = Buffer.from(bytes);
  copy[copy.length - 1]! ^= 1;
  return copy;
};

async function chainOf(length: number): Promise<{ dag: QantoDag; chain: Uint8Array[] }> {
  const dag = await openDag({ network });
  const chain: Uint8Array[] = [];
  for (let index = 0; index < length; index++) {
    chain.push(await solved(dag.buildTemplate({ address: ADDRESS }).withNonce(0)));
    await dag.addBlock(chain.at(-1)!);
  }
  return { dag, chain };
}

test('A flood of hostile blocks of all kinds keeps no honest block out, and takes a bounded amount of memory', async () => {
  const { dag: source, chain } = await chainOf(25);
  const dag = await openDag({ network });
  for (const block of chain.slice(0, 10)) await dag.addBlock(block);
  const known = dag.buildTemplate({ address: ADDRESS }).withNonce(0);
  const full = dag.buildTemplate({ address: ADDRESS, payloads: payloads(10_000, 94) }).withNonce(0);
  const large = dag.buildTemplate({ address: ADDRESS, payloads: payloads(10, 99_000) }).withNonce(0);
  const kinds: Uint8Array[][] = [
    [encodeBlock({ ...known, header: { ...known.header, bits: 0x1d00ffff } })],
    await variants(2000, known, LEAST, unknown),
    await variants(2000, known, CHEAP, unknown),
    await variants(2000, known, LEAST),
    await variants(2000, known, CHEAP),
    chain.slice(0, 10),
    chain.map(altered),
  ];
  const bigKinds = [await variants(40, large, CHEAP, unknown), [altered(await solved(full))]];
  const honest = chain.slice(10);
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let most = before;
  const codes = new Map<string, number>();
  const pending: Promise<unknown>[] = [];
  const offer = (bytes: Uint8Array) => {
    const count = (outcome: string) => codes.set(outcome, (codes.get(outcome) ?? 0) + 1);
    pending.push(
      dag.addBlock(bytes).then(
        ({ status }) => count(status),
        (error) => count(error.code),
      ),
    );
  };
  for (let turn = 0; turn < 150; turn++) {
    for (let index = 0; index < 128; index++) {
      const number = 128 * turn + index;
      const kind = kinds[number % kinds.length]!;
      offer(kind[Math.floor(number / kinds.length) % kind.length]!);
    }
    for (const kind of bigKinds) offer(kind[turn % kind.length]!);
    if (turn % 10 === 5) await dag.addBlock(honest[Math.floor(turn / 10)]!);
    await nextTurn();
    most = Math.max(most, process.memoryUsage.rss());
    expect(dag.info().orphanCount).toBeLessThanOrEqual(1000);
  }
  expect([...dag.order()]).toEqual([...source.order()]);
  expect(most - before).toBeLessThan(250 * MEGABYTE);
  await Promise.all(pending);
  expect([...codes.keys()].sort()).toEqual(
    expect.arrayContaining([
      'ERR_QANTO_CONTENT_ROOT_MISMATCH',
      'ERR_QANTO_ORPHAN_WORK_TOO_LOW',
      'ERR_QANTO_POW_NOT_MET',
      'ERR_QANTO_WRONG_BITS',
      'duplicate',
      'orphan',
    ]),
  );
  await source.close();
  await dag.close();
});
