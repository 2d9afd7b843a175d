import { describe, expect, test } from '@jest/globals';
import { mineBlocks } from '../../../ts/testing.ts';
import { type Client, mine, openRpcNode, type Template } from './support.ts';

const RULES = { rules: ['segwit'], capabilities: ['coinbasetxn', 'coinbasevalue', 'longpoll', 'workid'] };
const ADDRESS = 'ab'.repeat(32);

const template = (client: Client, request: object = {}): Promise<Template> =>
  client.call('getblocktemplate', { ...RULES, ...request });

describe('getblocktemplate', () => {
  test('has everything that a miner needs for a block', async () => {
    const { node, client } = await openRpcNode();
    for (const height of [1, 2, 3]) {
      const work = await template(client);
      expect(work.height).toBe(height);
      const { hex, hash } = mine(work);
      expect(await client.call('submitblock', hex)).toBeNull();
      expect(await client.call('getbestblockhash')).toBe(hash);
      expect(node.dag.sink()).toBe(hash);
    }
  });

  test('gives the payloads of the node as transactions, in their order', async () => {
    const payloads = ['one', 'two', 'three'].map((text) => Buffer.from(text));
    const { node, client } = await openRpcNode({}, { payloads: () => payloads });
    const work = await template(client);
    expect(work.transactions.map(({ data }) => Buffer.from(data, 'hex').toString())).toEqual([
      'one',
      'two',
      'three',
    ]);
    const { hex, hash } = mine(work);
    expect(await client.call('submitblock', hex)).toBeNull();
    const block = await node.dag.getBlock(hash);
    expect(block!.payloads.map((payload) => Buffer.from(payload).toString())).toEqual([
      'one',
      'two',
      'three',
    ]);
  });

  test('never gives two miners the same work', async () => {
    const { client } = await openRpcNode();
    const [first, second] = [await template(client), await template(client)];
    expect(first.coinbasetxn.data).not.toBe(second.coinbasetxn.data);
    expect(await client.call('submitblock', mine(first).hex)).toBeNull();
    // It has the parents of the first one.
    expect(await client.call('submitblock', mine(second).hex)).toBeNull();
  });

  test('pays the address that is asked for', async () => {
    const { node, client } = await openRpcNode();
    const { hex, hash } = mine(await template(client, { address: ADDRESS }));
    expect(await client.call('submitblock', hex)).toBeNull();
    expect((await node.dag.getBlock(hash))!.coinbase.address).toBe(ADDRESS);
  });

  test('lets a miner choose the extra nonce, the time and the version within the limits that it names', async () => {
    const { node, client } = await openRpcNode();
    const work = await template(client);
    const coinbase = Buffer.from(work.coinbasetxn.data, 'hex');
    coinbase.fill(7, 32);
    const { hex, hash } = mine(work, { coinbase, time: work.maxtime, version: 0x3fff_e000 });
    expect(await client.call('submitblock', hex)).toBeNull();
    expect((await node.dag.getBlock(hash))!.coinbase.extraNonce).toBe(0x0707_0707_0707_0707n);
  });

  test.each([
    ['no payloads', []],
    ['one payload', ['x']],
    ['five payloads', ['a', 'b', 'c', 'd', 'e']],
  ])('gives a miner that refuses a short coinbase 64 bytes in its place, with %s', async (_name, texts) => {
    const payloads = (texts as string[]).map((text) => Buffer.from(text));
    const { node, client } = await openRpcNode({}, { payloads: () => payloads });
    const body = JSON.stringify({ method: 'getblocktemplate', params: [RULES], id: 0 });
    const { text } = await client.send(body, { 'user-agent': 'cpuminer/2.5.1' });
    const { result: work } = JSON.parse(text);
    expect(work.coinbasetxn.data).toHaveLength(2 * 64);
    expect(work.transactions).toEqual([]);
    const { hex, hash } = mine(work);
    expect(await client.call('submitblock', hex)).toBeNull();
    expect(await client.call('submitblock', hex)).toBe('duplicate');
    const block = await node.dag.getBlock(hash);
    const stored = block!.payloads.map((payload) => Buffer.from(payload).toString());
    expect(stored).toEqual(texts.length === 0 ? [''] : texts);
  });

  test('gives the same form to a miner with the capability opaque-coinbase', async () => {
    const { client } = await openRpcNode();
    const work = await template(client, { capabilities: ['opaque-coinbase'], address: ADDRESS });
    expect(await client.call('submitblock', mine(work).hex)).toBeNull();
  });

  test('checks a proposal without its proof of work', async () => {
    const { client } = await openRpcNode();
    const work = await template(client);
    const propose = (changes: object) =>
      client.call('getblocktemplate', {
        mode: 'proposal',
        data: mine(work, { misses: true, ...changes }).hex,
      });
    expect(await propose({})).toBeNull();
    expect(await propose({ time: work.mintime - 1 })).toBe('time-too-old');
    expect(await propose({ time: work.maxtime + 1 })).toBe('time-too-new');
    expect(await propose({ bits: '1d00ffff' })).toBe('bad-diffbits');
    expect(await propose({ version: 1 })).toBe('bad-version');
    expect(await propose({ coinbase: Buffer.alloc(39) })).toBe('bad-cb-length');
  });

  test.each([
    [{ mode: 'other' }, '-8 Invalid mode'],
    [{ mode: 'proposal' }, '-3 Missing data String key for proposal'],
    [{ mode: 'proposal', data: 'zz' }, '-22 Block decode failed'],
    [{ longpollid: 'x' }, '-8 longpollid must be'],
    [{ longpollid: 5 }, '-8 longpollid must be'],
    [{ address: 'x' }, '-8 '],
    [{ rules: 'segwit' }, '-3 '],
  ])('refuses the request %j', async (request, message) => {
    const { client } = await openRpcNode();
    await expect(client.call('getblocktemplate', request)).rejects.toThrow(message);
  });

  test('says that the clock is behind, as in an initial download', async () => {
    const { node, client } = await openRpcNode();
    const { ClockBehindError } = await import('../../../ts/dag/index.ts');
    node.dag.buildTemplate = () => {
      throw Object.create(ClockBehindError.prototype, {
        code: { value: 'ERR_QANTO_CLOCK_BEHIND' },
        message: { value: 'behind' },
      });
    };
    await expect(template(client)).rejects.toThrow('-10 behind');
  });
});

describe('submitblock', () => {
  test('names what is wrong with a block', async () => {
    const { client } = await openRpcNode({}, { payloads: () => [Buffer.from('payload')] });
    const work = await template(client);
    const submit = (hex: string) => client.call('submitblock', hex);
    const { hex } = mine(work);
    expect(await submit(mine(work, { misses: true }).hex)).toBe('high-hash');
    expect(await submit(mine(work, { time: work.mintime - 1 }).hex)).toBe('time-invalid');
    expect(await submit(mine(work, { time: work.maxtime + 1 }).hex)).toBe('time-invalid');
    expect(await submit(mine(work, { version: 1 }).hex)).toBe('bad-version');
    expect(await submit(mine(work, { bits: '207ffffe' }).hex)).toBe('bad-diffbits');
    expect(await submit(mine({ ...work, previousblockhash: '11'.repeat(32) }).hex)).toBe('unknown-work');
    expect(await submit(mine({ ...work, transactions: [] }).hex)).toBe('bad-txns');
    const changed = work.transactions.map(({ txid }) => ({ txid, data: '00' }));
    expect(await submit(mine({ ...work, transactions: changed }).hex)).toBe('bad-txns');
    const other = Buffer.from(hex, 'hex');
    other[90]! ^= 1;
    expect(await submit(other.toString('hex'))).toBe('bad-txnmrklroot');
    expect(await submit(hex)).toBeNull();
    expect(await submit(hex)).toBe('duplicate');
    // BIP 22 allows a second parameter, in which miners return the id of the work.
    expect(await client.call('submitblock', hex, { workid: 'x' })).toBe('duplicate');
  });

  test.each(['', '00', 'x'.repeat(200), '00'.repeat(80), `${'00'.repeat(80)}ff`, `${'00'.repeat(80)}fd01`])(
    'refuses a text that is not an encoded block: %s',
    async (hex) => {
      const { client } = await openRpcNode();
      await expect(client.call('submitblock', hex)).rejects.toThrow('-22 Block decode failed');
    },
  );

  test('takes a block on a template that is no longer the latest one', async () => {
    const { node, client } = await openRpcNode();
    const work = await template(client);
    await mineBlocks(node.dag, 3);
    expect(await client.call('submitblock', mine(work).hex)).toBeNull();
    expect(node.dag.tips()).toHaveLength(2);
  });

  test('reports a store that takes no more blocks as an error, not as the fault of the block', async () => {
    const { MemoryStore, StoreFailedError } = await import('../../../ts/dag/index.ts');
    const store = new MemoryStore();
    const { client } = await openRpcNode({}, { store });
    const work = await template(client);
    store.append = () => Promise.reject(new StoreFailedError('memory', 'it is full'));
    await expect(client.call('submitblock', mine(work).hex)).rejects.toThrow('-20 ');
  });
});

describe('A long poll', () => {
  test('is answered when the DAG changes', async () => {
    const { node, client } = await openRpcNode();
    const { longpollid } = await template(client);
    const polled = template(client, { longpollid });
    let isAnswered = false;
    void polled.then(() => {
      isAnswered = true;
    });
    // Later requests are answered, so the first one has been read.
    await client.call('getblockcount');
    expect(isAnswered).toBe(false);
    await mineBlocks(node.dag, 1);
    const work = await polled;
    expect(work.height).toBe(2);
    expect(work.longpollid).not.toBe(longpollid);
  });

  test('is answered at once if the DAG has changed before', async () => {
    const { node, client } = await openRpcNode();
    const { longpollid } = await template(client);
    await mineBlocks(node.dag, 1);
    expect((await template(client, { longpollid })).height).toBe(2);
  });

  test('with an id of another node is answered at once', async () => {
    const { client } = await openRpcNode();
    expect((await template(client, { longpollid: `${'00'.repeat(32)}1` })).height).toBe(1);
  });

  test('ends with an error when the node stops', async () => {
    const { node, client } = await openRpcNode();
    const { longpollid } = await template(client);
    const polled = template(client, { longpollid });
    polled.catch(() => {});
    await client.call('getblockcount');
    await node.stop();
    await expect(polled).rejects.toThrow('-9 Shutting down');
  });
});

describe('The methods of the control socket', () => {
  test('are answered too, with parameters by name or in order', async () => {
    const { node, client } = await openRpcNode();
    await mineBlocks(node.dag, 1);
    expect(await client.call('dag.info')).toMatchObject({ network: 'regtest', blockCount: 2 });
    const hash = node.dag.sink();
    const byOrder = await client.call('dag.block', hash);
    const byName = await client.ask({ method: 'dag.block', params: { hash }, id: 1 });
    expect(byOrder).toMatchObject({ hash, blueScore: 1 });
    expect(byName.result).toEqual(byOrder);
  });

  test('pause and resume mining, also by the names that miners know', async () => {
    const { node, client } = await openRpcNode();
    node.start();
    expect(await client.call('pause')).toMatchObject({ state: 'paused' });
    expect((await client.call('getmininginfo')).miner.state).toBe('paused');
    expect((await client.call('resume')).state).toBe('mining');
    expect(await client.call('miner.setThreads', 2)).toMatchObject({ threads: 2 });
    expect((await client.call('miner.setThreads', null)).threads).toBeUndefined();
  });
});
