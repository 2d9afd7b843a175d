import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import * as qanto from 'qanto';
import * as dag from 'qanto/dag';
import { Miner } from 'qanto/miner';
import * as telemetry from 'qanto/telemetry';
import { mineBlocks, openTestDag } from 'qanto/testing';
import * as node from 'qanto-node';
import { expect, test } from 'vitest';
import exercise from './exercise.cjs';
import exerciseNode from './exercise-node.cjs';
import exerciseTelemetry from './exercise-telemetry.cjs';

test('The tests run in the requested pool', () => {
  expect(isMainThread).toBe(process.env.EXPECTED_POOL.endsWith('orks'));
});
test('qanto and qanto/dag solve, verify and keep a DAG', () => exercise(qanto, dag));
test('qanto/miner and qanto/testing mine', async () => {
  const testDag = await openTestDag({ network: 'regtest' });
  expect(await mineBlocks(testDag, 3)).toHaveLength(3);
  expect(new Miner(testDag, { address: 'ab'.repeat(32) }).status().state).toBe('stopped');
  await testDag.close();
});
test('qanto/telemetry logs and counts', () => exerciseTelemetry(telemetry));
test('QantoNode of qanto-node mines, serves and stops', () => exerciseNode(node));
test('import and require load the same instance of qanto', () => {
  expect(createRequire(import.meta.url)('qanto').QantoError).toBe(qanto.QantoError);
});
