import { describe, expect, test } from '@jest/globals';
import { mineBlocks } from '../../../ts/testing.ts';
import { mine, openRpcNode, sha256d } from './support.ts';

describe('getblock', () => {
  test('returns the bytes of a block, which submitblock recognises', async () => {
    const { client } = await openRpcNode({}, { payloads: () => [Buffer.from('payload')] });
    const { hex, hash } = mine(await client.call('getblocktemplate'));
    await client.call('submitblock', hex);
    expect(await client.call('getblock', hash, 0)).toBe(hex);
    expect(await client.call('getblock', hash, false)).toBe(hex);
    expect(await client.call('submitblock', await client.call('getblock', hash, 0))).toBe('duplicate');
  });

  test('describes a block, from whose members its header can be made again', async () => {
    const { node, client } = await openRpcNode({}, { payloads: () => [Buffer.from('payload')] });
    await mineBlocks(node.dag, 2);
    const { hex, hash } = mine(await client.call('getblocktemplate'));
    await client.call('submitblock', hex);
    const block = await client.call('getblock', hash);
    const header = Buffer.alloc(80);
    header.writeUInt32LE(block.version, 0);
    Buffer.from(block.contexthash, 'hex').reverse().copy(header, 4);
    Buffer.from(block.merkleroot, 'hex').reverse().copy(header, 36);
    header.writeUInt32LE(block.time, 68);
    Buffer.from(block.bits, 'hex').reverse().copy(header, 72);
    header.writeUInt32LE(block.nonce, 76);
    expect(sha256d(header).reverse().toString('hex')).toBe(hash);
    expect(block).toMatchObject({
      hash,
      height: 3,
      confirmations: 1,
      nTx: 2,
      size: hex.length / 2,
      colour: 'blue',
    });
    expect(block.previousblockhash).toBe(block.parents[0]);
    expect(block.tx[1]).toBe(sha256d(Buffer.from('payload')).reverse().toString('hex'));
    const { tx } = await client.call('getblock', hash, 2);
    expect(Buffer.from(tx[1].hex, 'hex').toString()).toBe('payload');
    expect(await client.call('getblockheader', hash, false)).toBe(header.toString('hex'));
    const { tx: _, ...rest } = await client.call('getblockheader', hash);
    expect(block).toMatchObject(rest);
  });

  test('counts confirmations along the selected chain', async () => {
    const { node, client } = await openRpcNode();
    const side = mine(await client.call('getblocktemplate'));
    await mineBlocks(node.dag, 1);
    const first = node.dag.sink();
    await mineBlocks(node.dag, 1);
    await client.call('submitblock', side.hex);
    expect((await client.call('getblock', first)).confirmations).toBe(2);
    expect((await client.call('getblock', side.hash)).confirmations).toBe(0);
    await mineBlocks(node.dag, 1);
    expect((await client.call('getblock', side.hash)).confirmations).toBe(1);
    expect((await client.call('getblock', first)).confirmations).toBe(4);
    expect((await client.call('getblock', node.dag.genesis)).height).toBe(0);
  });

  test.each([
    [['00'.repeat(32)], '-5 '],
    [['xyz'], '-8 '],
    [[5], '-3 '],
    [[], '-1 '],
    [['00'.repeat(32), 9], '-8 '],
    [['00'.repeat(32), 1, 2], '-1 too many parameters; the call is: getblock blockhash ( verbosity )'],
  ])('refuses the parameters %j', async (params, message) => {
    const { client } = await openRpcNode();
    await expect(client.call('getblock', ...params)).rejects.toThrow(message);
  });
});

test('The answers about the chain agree with the DAG', async () => {
  const { node, client } = await openRpcNode();
  await mineBlocks(node.dag, 5);
  const { sink, difficulty, blueScore } = node.dag.info();
  expect(await client.call('getbestblockhash')).toBe(sink);
  expect(await client.call('getblockcount')).toBe(5);
  expect(await client.call('getdifficulty')).toBeCloseTo(difficulty);
  const info = await client.call('getblockchaininfo');
  expect(info).toMatchObject({
    chain: 'regtest',
    blocks: 5,
    bestblockhash: sink,
    bits: '207fffff',
    pruned: false,
  });
  expect(BigInt(`0x${info.chainwork}`)).toBe(node.dag.getView(sink)!.blueWork);
  const mining = await client.call('getmininginfo');
  expect(mining).toMatchObject({
    blocks: 5,
    bits: '207fffff',
    chain: 'regtest',
    next: { height: blueScore },
  });
  expect(mining.target).toBe(`7fffff${'0'.repeat(58)}`);
});

test('The hash rate of the network is the work of the last blocks divided by their time', async () => {
  const { node, client } = await openRpcNode();
  expect(await client.call('getnetworkhashps')).toBe(0);
  await mineBlocks(node.dag, 4);
  const [last, , first] = node.dag.selectedChain(2, 3).reverse();
  const [above, below] = [node.dag.getView(last!)!, node.dag.getView(first!)!];
  const expected = Number(above.blueWork - below.blueWork) / ((above.timestampMs - below.timestampMs) / 1000);
  expect(await client.call('getnetworkhashps', 2)).toBeCloseTo(expected);
  expect(await client.call('getnetworkhashps', -1)).toBeGreaterThan(0);
});
