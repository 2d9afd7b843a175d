// An ES module that solves a template and imports every entry point.
import assert from 'node:assert/strict';
import { solvePow, verifyPow } from 'qanto';
import { BlockRejectedError, DagEngine, QantoDag } from 'qanto/dag';
import { setupDeterministicTestEnv } from 'qanto/testing';

const template = {
  algorithm: 'sha256d',
  preimage: Buffer.alloc(28, 7),
  nonce: { offset: 20, encoding: 'u64le' },
  target: 2n ** 242n,
};
const { nonce } = await solvePow(template);
assert(verifyPow(template, nonce));
await assert.rejects(solvePow(template, { signal: AbortSignal.abort() }), { code: 'ABORT_ERR' });

const dag = await QantoDag.open({ network: 'regtest', dataDir: './data' });
assert.equal(dag.info().blockCount, 1);
await dag.close();
for (const value of [BlockRejectedError, DagEngine, setupDeterministicTestEnv])
  assert.equal(typeof value, 'function');
process.stdout.write('ok\n');
