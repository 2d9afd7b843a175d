const exercise = require('./exercise.cjs');
const exerciseTelemetry = require('./exercise-telemetry.cjs');

test('qanto and qanto/dag solve, verify and keep a DAG', () =>
  exercise(require('qanto'), require('qanto/dag')));

test('qanto/miner and qanto/testing mine', async () => {
  const { Miner } = require('qanto/miner');
  const { mineBlocks, openTestDag } = require('qanto/testing');
  const dag = await openTestDag({ network: 'regtest' });
  const hashes = await mineBlocks(dag, 3);
  expect(hashes).toHaveLength(3);
  expect(new Miner(dag, { address: 'ab'.repeat(32) }).status().state).toBe('stopped');
  await dag.close();
});

test('qanto/telemetry logs and counts', () => exerciseTelemetry(require('qanto/telemetry')));

test('An error is an Error, and a digest is a Uint8Array, of the realm of the test', async () => {
  const { solvePow } = require('qanto');
  const template = {
    algorithm: 'blake3',
    preimage: Buffer.alloc(28),
    nonce: { offset: 20, encoding: 'u64le' },
    target: 2n ** 250n,
  };
  const { digest } = await solvePow(template);
  expect(digest).toBeInstanceOf(Uint8Array);
  await expect(solvePow(template, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'ABORT_ERR',
  });
  await expect(solvePow({})).rejects.toBeInstanceOf(Error);
});
