import { expect, test } from '@jest/globals';
import { loadedBy } from '../loaded-by.ts';

test('The entry point qanto/gate loads no framework, no client of Redis, no metrics and no DAG', () => {
  const loaded = [...loadedBy('ts/gate/index.ts')];
  const allowed = /^ts\/((gate|gate\/forms|formats|formats\/altcha|pow|tracing)\/)?[a-z-]+[a-z0-9-]*\.ts$/;
  expect(loaded.filter((file) => !allowed.test(file))).toEqual([]);
  expect(loaded).toContain('ts/gate/redis-claims.ts');
});

test('The entry point qanto/telemetry loads only the names of the messages from the gate', () => {
  const ofGate = [...loadedBy('ts/telemetry/index.ts')].filter((file) => file.startsWith('ts/gate/'));
  expect(ofGate).toEqual(['ts/gate/channel.ts']);
});
