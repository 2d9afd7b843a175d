import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { runHere } from './in-process.ts';

// A digest below 2: nobody finds one.
const ENDLESS = ['solve', '--preimage', '00'.repeat(8), '--nonce-offset', '0', '--nonce-encoding', 'u64le'];

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends a search, with exit code %d', async (signal, code) => {
  const listeners = process.listenerCount(signal);
  const running = runHere(...ENDLESS, '--bits', '03000001');
  while (process.listenerCount(signal) === listeners) await setImmediate();
  process.emit(signal, signal);
  expect(await running).toMatchObject({ code, stdout: '', error: { code: 'ABORT_ERR' } });
  expect(process.listenerCount(signal)).toBe(listeners);
});

test('a search that takes too long ends with exit code 1', async () => {
  const { code, error } = await runHere(...ENDLESS, '--bits', '03000001', '--timeout-ms', '1');
  expect({ code, error }).toMatchObject({ code: 1, error: { code: 'TIMED_OUT' } });
});
