import * as qanto from 'qanto';
import * as dag from 'qanto/dag';
import { Miner } from 'qanto/miner';
import * as telemetry from 'qanto/telemetry';
import { TEST_ADDRESS } from 'qanto/testing';
import * as node from 'qanto-node';
import exercise from './exercise.cjs';
import exerciseNode from './exercise-node.cjs';
import exerciseTelemetry from './exercise-telemetry.cjs';

test('qanto and qanto/dag solve, verify and keep a DAG after an import', () => exercise(qanto, dag));
test('qanto/telemetry logs and counts after an import', () => exerciseTelemetry(telemetry));
test('QantoNode mines, serves and stops after an import', () => exerciseNode(node));
test('import and require load the same instance of qanto', () => {
  expect(node.QantoError).toBe(require('qanto').QantoError);
  expect([typeof Miner, typeof TEST_ADDRESS]).toEqual(['function', 'string']);
});
