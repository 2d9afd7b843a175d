import { expect, test } from '@jest/globals';
import { Miner } from '../ts/miner/index.ts';
import { QantoNode } from '../ts/node/index.ts';
import { openTestDag, TEST_ADDRESS } from '../ts/testing.ts';

const miner = { address: TEST_ADDRESS, threads: 1 };

test('Disposing of a DAG closes it', async () => {
  const dag = await openTestDag({ network: 'regtest' });
  await dag[Symbol.asyncDispose]();
  expect(() => dag.buildTemplate(miner)).toThrow(expect.objectContaining({ code: 'ERR_QANTO_CLOSED' }));
});

test('Disposing of a miner stops it', async () => {
  const dag = await openTestDag({ network: 'regtest' });
  const running = new Miner(dag, miner);
  running.start();
  await running[Symbol.asyncDispose]();
  expect(running.state).toBe('stopped');
  await dag.close();
});

test('Disposing of a node stops it', async () => {
  const node = await QantoNode.open({ network: 'regtest', miner });
  node.start();
  await node[Symbol.asyncDispose]();
  await expect(node.stopped).resolves.toBeUndefined();
});
