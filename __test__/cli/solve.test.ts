import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { runHere } from './in-process.ts';

// With the target 1, no nonce is found in practice.
const ENDLESS = ['solve', '--preimage', '00'.repeat(8), '--nonce-offset', '0', '--nonce-encoding', 'u64le'];

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends a search with exit code %d', async (signal, code) => {
  const listeners = process.listenerCount(signal);
  const running = runHere(...ENDLESS, '--bits', '03000001');
  while (process.listenerCount(signal) === listeners) await setImmediate();
  process.emit(signal, signal);
  expect(await running).toMatchObject({ code, stdout: '', error: { code: 'ABORT_ERR' } });
  expect(process.listenerCount(signal)).toBe(listeners);
});

test('A search that reaches its timeout ends with exit code 1', async () => {
  const { code, error } = await runHere(...ENDLESS, '--bits', '03000001', '--timeout-ms', '1');
  expect({ code, error }).toMatchObject({ code: 1, error: { code: 'ERR_QANTO_TIMED_OUT' } });
});

const GIVEN = ['--preimage', '00'.repeat(8), '--nonce-offset', '0', '--bits', '207fffff'];

test.each([
  ['solve', '--threads', '257'],
  ['solve', '--timeout-ms', '0'],
  ['solve', '--start-nonce', '4294967296'],
  ['solve', '--max-hashes', '0'],
  ['solve', '--nonce-offset', '5'],
  ['solve', '--version-rolling', '17'],
  ['solve', '--bits', '00000000'],
  ['verify', '--nonce', '4294967296'],
  ['verify', '--variant', '1'],
])('qanto %s names the flag %s if its value %s is out of range', async (command, flag, value) => {
  const { code, error } = await runHere(command, ...GIVEN, flag, value);
  expect(code).toBe(2);
  expect(error).toMatchObject({
    code: 'ERR_QANTO_INVALID_ARGUMENT',
    argument: flag,
    value,
    message: expect.stringMatching(`^${flag} must be .*; got "${value}"$`),
  });
});

test('A target of zeros is rejected', async () => {
  const { error } = await runHere('solve', ...GIVEN.slice(0, 4), '--target', '00'.repeat(32));
  expect(error).toMatchObject({ argument: '--target', message: expect.stringContaining('above zero') });
});
