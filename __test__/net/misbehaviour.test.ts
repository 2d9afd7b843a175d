import { afterEach, expect, test } from '@jest/globals';
import { encodeHead, headerOf } from '../../ts/dag/block.ts';
import { devnet, encodeBlock, hashHeader, MemoryStore, regtest } from '../../ts/dag/index.ts';
import { encodeHello, encodeSliceHead } from '../../ts/net/codec.ts';
import type { Ban } from '../../ts/net/index.ts';
import type { MemoryTransport } from '../../ts/net/memory.ts';
import { protocolNames } from '../../ts/net/protocol.ts';
import { ADDRESS, forge, mine } from '../dag/support.ts';
import { TestNetwork, type TestNode } from './support.ts';

let net: TestNetwork;
afterEach(() => net.close());

const SERVE = { maxRequestBytes: 4096, maxConcurrentPerPeer: 16, timeoutMs: 1000 };
const NOTHING = '0'.repeat(64);

/** A peer that says what a test wants, and knows no rules. It claims to have much work. */
async function liar(node: TestNode, answerOrder: () => Promise<Uint8Array[]>): Promise<MemoryTransport> {
  const { dag } = node;
  const transport = net.hub.transport('liar');
  const names = protocolNames(dag.network.name, dag.genesis);
  const hello = {
    version: 1,
    network: dag.network.name,
    genesis: dag.genesis,
    instance: 1n,
    sink: 'f'.repeat(64),
    blueScore: 1_000_000,
    blueWork: 2n ** 200n,
    pruningPoint: dag.genesis,
    orderEnd: 1_000_000,
    timeMs: net.time.now(),
  };
  transport.serve(names.hello, async () => [encodeHello({ ...hello, timeMs: net.time.now() })], SERVE);
  transport.serve(names.order, answerOrder, SERVE);
  transport.subscribe(names.inventory, async () => 'ignore', { maxBytes: 10_000, maxPending: 10 });
  await transport.start();
  const dialled = transport.dial(`memory:${node.id}`);
  await net.time.advance(10);
  await dialled;
  const greeted = transport.request(node.id, names.hello, encodeHello(hello), {
    timeoutMs: 1000,
    maxBytes: 1000,
    maxFrames: 1,
  });
  await net.time.advance(100);
  await greeted;
  return transport;
}

const slice =
  (...blocks: Uint8Array[]) =>
  async () => [
    encodeSliceHead({ status: 'found', low: net.nodes[0]!.dag.genesis, position: 1, orderEnd: 1_000_000 }),
    ...blocks,
  ];

test.each([
  ['another network', { network: { ...regtest, name: 'other' } }, ['ERR_QANTO_PEER_WRONG_NETWORK']],
  ['another genesis block', { network: { ...regtest, ghostdagK: 17 } }, ['ERR_QANTO_PEER_WRONG_GENESIS']],
  ['a clock that is three minutes behind', { clockOffsetMs: -180_000 }, ['ERR_QANTO_PEER_CLOCK_DIFFERS']],
  ['a clock that is three minutes ahead', { clockOffsetMs: 180_000 }, ['ERR_QANTO_PEER_CLOCK_DIFFERS']],
])('a node with %s is refused by both sides', async (_what, options, codes) => {
  net = new TestNetwork();
  const a = await net.add('a');
  const b = await net.add('b', ['a'], options);
  await net.time.advance(5000);
  expect(a.log).toEqual(codes.map((code) => `refused b ${code}`));
  expect(b.log).toEqual(codes.map((code) => `refused a ${code}`));
  expect([...a.network.status().peers, ...b.network.status().peers]).toEqual([]);
});

test('a clock that is off by a minute is refused on devnet, which allows ten seconds', async () => {
  net = new TestNetwork();
  const a = await net.add('a', [], { network: devnet });
  await net.add('b', ['a'], { network: devnet, clockOffsetMs: 60_000 });
  await net.time.advance(5000);
  expect(a.log).toEqual(['refused b ERR_QANTO_PEER_CLOCK_DIFFERS']);
});

test('a peer whose order has an invalid block is banned, and the ban outlives a restart', async () => {
  net = new TestNetwork();
  const kept: Ban[][] = [];
  const banStore = {
    load: async () => kept.at(-1) ?? [],
    save: async (bans: readonly Ban[]) => void kept.push([...bans]),
  };
  const a = await net.add('a', [], { banStore });
  const valid = mine(a.dag.buildTemplate({ address: ADDRESS }));
  const invalid = forge(valid, { context: { blueScore: 77 } });
  await liar(a, slice(encodeBlock(invalid)));
  await net.time.advance(1000);
  expect([...a.log].sort()).toEqual([
    'banned liar invalid-block',
    'connected liar',
    'disconnected liar',
    'failed liar ERR_QANTO_WRONG_BLUE_SCORE',
  ]);
  expect(kept).toEqual([[expect.objectContaining({ peer: 'liar' })]]);
  const again = await net.add('again', [], { banStore });
  expect(again.network.status().bans).toEqual(kept[0]);
  const connected = again.network.connect('memory:liar');
  await net.time.advance(1000);
  await connected;
  expect(again.log).toEqual(['refused liar ERR_QANTO_PEER_BANNED']);
  expect(await again.network.unban('liar')).toBe(true);
  expect(kept.at(-1)).toEqual([]);
});

test('a silent peer with the most work does not keep a node from syncing with an honest one', async () => {
  net = new TestNetwork();
  const a = await net.add('a');
  const honest = await net.add('honest');
  await net.mine(honest, 30);
  await liar(a, () => new Promise(() => {}));
  const connected = a.network.connect('memory:honest');
  expect(await net.converge(net.nodes, 60_000)).toBe(true);
  await connected;
  expect(a.log).toContain('failed liar ERR_QANTO_REQUEST_TIMED_OUT');
  expect(a.network.status().bans).toEqual([]);
});

test('a peer that is pruned beyond what a node lacks is named with a code, and is not blamed', async () => {
  net = new TestNetwork();
  const a = await net.add('a');
  const head = encodeSliceHead({ status: 'pruned', low: NOTHING, position: 0, orderEnd: 0 });
  await liar(a, async () => [head]);
  await net.time.advance(1000);
  expect(a.log).toEqual(['connected liar', 'failed liar ERR_QANTO_PEER_PRUNED']);
});

test('an inventory without proof of work is rejected before anything is fetched, and its sender is banned', async () => {
  net = new TestNetwork();
  const a = await net.add('a');
  const transport = await liar(a, slice());
  const block = mine(a.dag.buildTemplate({ address: ADDRESS }));
  let nonce = 0;
  const changed = () => ({ ...block, header: { ...block.header, nonce } });
  while (hashHeader(headerOf(encodeBlock(changed()))) < '7f') nonce++;
  await transport.publish(protocolNames('regtest', a.dag.genesis).inventory, encodeHead(changed()));
  await net.time.advance(1000);
  expect(a.log).toContain('banned liar invalid-block');
  expect(a.network.status().inventories).toMatchObject({ received: 1, invalid: 1 });
});

test('a peer that floods with inventories is banned, and what is kept of them is bounded', async () => {
  net = new TestNetwork();
  const a = await net.add('a');
  const transport = await liar(a, slice());
  const topic = protocolNames('regtest', a.dag.genesis).inventory;
  const template = a.dag.buildTemplate({ address: ADDRESS });
  // Valid headers of blocks that nobody has: each is fetched in vain.
  let most = 0;
  for (let number = 0; number < 4000; number++) {
    await transport.publish(topic, encodeHead(mine(template.withExtraNonce(number))));
    if (number % 500 === 499) {
      await net.time.advance(30);
      most = Math.max(most, a.network.status().fetching);
    }
  }
  await net.time.advance(20_000);
  expect(a.log.some((line) => line.startsWith('banned liar'))).toBe(true);
  expect(most).toBeLessThanOrEqual(1024);
  expect(a.network.status()).toMatchObject({ fetching: 0, peers: [] });
});

test('a first sync that was cut off goes on from what is stored', async () => {
  net = new TestNetwork({ latencyMs: 50 });
  const a = await net.add('a');
  await net.mine(a, 2500);
  const store = new MemoryStore();
  const b = await net.add('b', ['a'], { store });
  const isPartly = () => b.dag.info().blockCount > 1000;
  expect(await net.time.advanceUntil(isPartly, 10_000)).toBe(true);
  const stopped = b.network.stop();
  await net.time.advance(100);
  await stopped;
  const before = b.dag.info().blockCount;
  expect(before).toBeLessThan(2501);
  // A node with the blocks of the first: a MemoryStore does not outlive its DAG.
  const c = await net.add('c');
  for (const hash of [...b.dag.order()].slice(1)) await c.dag.addBlock(await b.dag.encodedBlock(hash));
  const remaining: number[] = [];
  c.network.on('sync-progress', ({ remainingBlocks }) => remaining.push(remainingBlocks));
  const connected = c.network.connect('memory:a');
  expect(await net.converge([a, c])).toBe(true);
  await connected;
  // The first slice begins after the last block of the sync that was cut off.
  expect(remaining[0]).toBe(Math.max(0, 2501 - before - 1024));
});
