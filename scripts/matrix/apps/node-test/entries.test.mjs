import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import * as qanto from 'qanto';
import * as dag from 'qanto/dag';
import * as node from 'qanto-node';
import exercise from './exercise.cjs';
import exerciseNode from './exercise-node.cjs';

test('qanto and qanto/dag solve, verify and keep a DAG', () => exercise(qanto, dag));
test('QantoNode of qanto-node mines, serves and stops', () => exerciseNode(node));
test('import and require load the same instance of qanto', () => {
  assert.equal(createRequire(import.meta.url)('qanto').QantoError, qanto.QantoError);
});
