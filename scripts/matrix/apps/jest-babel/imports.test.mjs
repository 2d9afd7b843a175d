import * as qanto from 'qanto';
import * as dag from 'qanto/dag';
import { Miner } from 'qanto/miner';
import * as telemetry from 'qanto/telemetry';
import { TEST_ADDRESS } from 'qanto/testing';
import * as node from 'qanto-node';
import exercise from './exercise.cjs';
import exerciseNode from './exercise-node.cjs';
import exerciseTelemetry from './exercise-telemetry.cjs';

test('what is imported solves, verifies and keeps a DAG', () => exercise(qanto, dag));
test('what is imported logs and counts', () => exerciseTelemetry(telemetry));
test('what is imported mines, serves and stops', () => exerciseNode(node));
test('there is one instance', () => {
  expect(node.QantoError).toBe(require('qanto').QantoError);
  expect([typeof Miner, typeof TEST_ADDRESS]).toEqual(['function', 'string']);
});
