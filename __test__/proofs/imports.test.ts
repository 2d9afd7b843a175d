import { expect, test } from '@jest/globals';
import { loadedBy } from '../loaded-by.ts';

test('The entry point qanto/proofs loads no engine, no store and no native binary', () => {
  const loaded = [...loadedBy('ts/proofs/index.ts')];
  const allowed = /^ts\/(proofs\/[a-z-]+|pow\/(hex|sha256d)|[a-z-]+)\.ts$/;
  expect(loaded.filter((file) => !allowed.test(file))).toEqual([]);
  expect(loaded).not.toContain('ts/native.ts');
  expect(loaded).toContain('ts/proofs/range-node.ts');
});

test('The test above would notice the engine', () => {
  expect(loadedBy('ts/dag/index.ts')).toContain('ts/dag/engine/engine.ts');
  expect(loadedBy('ts/pow/index.ts')).toContain('ts/native.ts');
});
