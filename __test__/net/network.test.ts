import { afterEach, expect, test } from '@jest/globals';
import { seededNumbers } from '../../ts/net/seeded-numbers.ts';
import { TestNetwork } from './support.ts';

let net: TestNetwork;
afterEach(() => net.close());

test('a node that joins takes all blocks of its peer', async () => {
  net = new TestNetwork();
  const a = await net.add('a');
  await net.mine(a, 1500);
  const b = await net.add('b', ['a']);
  const progress: number[] = [];
  b.network.on('sync-progress', ({ blocks, remainingBlocks }) => progress.push(blocks, remainingBlocks));
  expect(await net.converge()).toBe(true);
  expect(b.dag.info().blockCount).toBe(1501);
  expect([...b.dag.order()]).toEqual([...a.dag.order()]);
  expect(progress).toEqual([1024, 476, 1500, 0]);
});

test('a block reaches all nodes of a line, and each is told of it once', async () => {
  net = new TestNetwork({ latencyMs: 10 });
  const nodes = [await net.add('a')];
  for (const [id, peer] of ['ba', 'cb', 'dc', 'ed']) nodes.push(await net.add(id!, [peer!]));
  await net.time.advance(1000);
  const [hash] = await net.mine(nodes[0]!, 1);
  await net.time.advance(200);
  for (const { dag } of nodes) expect(dag.sink()).toBe(hash);
  const counts = nodes.map(({ network }) => network.status().inventories);
  expect(counts.map(({ received }) => received)).toEqual([0, 1, 1, 1, 1]);
  expect(counts.map(({ published }) => published)).toEqual([1, 0, 0, 0, 0]);
});

test('after a partition both sides have one sink and the blocks of both', async () => {
  net = new TestNetwork({ latencyMs: 20, jitterMs: 20 });
  const a = await net.add('a');
  const b = await net.add('b', ['a']);
  await net.add('c', ['a', 'b']);
  const d = await net.add('d', ['c', 'b']);
  await net.mine(a, 5);
  expect(await net.converge()).toBe(true);
  net.hub.partition(['a', 'b'], ['c', 'd']);
  const mined = [...(await net.mine(a, 40)), ...(await net.mine(d, 25))];
  await net.time.advance(60_000);
  expect(a.dag.sink()).toBe(b.dag.sink());
  expect(a.dag.sink()).not.toBe(d.dag.sink());
  net.hub.heal();
  expect(await net.converge()).toBe(true);
  for (const { dag } of net.nodes) for (const hash of mined) expect(dag.getView(hash)?.hash).toBe(hash);
});

test('a lost inventory is made up for by comparing tips', async () => {
  net = new TestNetwork({ loss: 1 });
  const a = await net.add('a');
  await net.add('b', ['a']);
  await net.time.advance(1000);
  await net.mine(a, 3);
  expect(await net.converge(net.nodes, 12_000)).toBe(true);
});

test.each([1, 2, 3])('five nodes with losses and delays converge, seed %i', async (seed) => {
  net = new TestNetwork({ latencyMs: 20, jitterMs: 200, loss: 0.2, seed });
  const random = seededNumbers(seed);
  for (const [id, ...peers] of ['a', 'ba', 'cab', 'dbc', 'eda']) await net.add(id!, peers);
  for (let round = 0; round < 40; round++) {
    await net.mine(net.nodes[Math.floor(random() * 5)]!, 1 + Math.floor(random() * 2));
    await net.time.advance(random() * 400);
  }
  expect(await net.converge()).toBe(true);
  expect(net.nodes[0]!.dag.info().blockCount).toBeGreaterThan(40);
  expect(net.nodes.flatMap(({ log }) => log).filter((line) => /banned|failed/.test(line))).toEqual([]);
});
