import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { until } from '../until.ts';
import { runHere } from './in-process.ts';

// With the target 1, no nonce is found in practice.
const ENDLESS = ['solve', '--preimage', '00'.repeat(8), '--nonce-offset', '0', '--nonce-encoding', 'u64le'];

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s ends a search with exit code %d', async (signal, code) => {
  const listeners = process.listenerCount(signal);
  const running = runHere(...ENDLESS, '--bits', '03000001');
  await until(() => process.listenerCount(signal) > listeners);
  process.emit(signal, signal);
  expect(await running).toMatchObject({ code, stdout: '', error: { code: 'ABORT_ERR' } });
  expect(process.listenerCount(signal)).toBe(listeners);
});

const unix = process.platform === 'win32' ? test.skip : test;

// In process 1 of a container, a signal without a listener has no effect.
unix.each([
  ['solve', 'SIGINT', 130],
  ['solve', 'SIGTERM', 143],
  ['verify', 'SIGINT', 130],
  ['verify', 'SIGTERM', 143],
] as const)(
  'qanto %s listens for %s while it waits for its template, and ends with exit code %d',
  async (command, signal, code) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'qanto-solve-'));
    try {
      const fifo = path.join(folder, 'fifo');
      execFileSync('mkfifo', [fifo]);
      const listeners = process.listenerCount(signal);
      const running = runHere(command, fifo);
      expect(process.listenerCount(signal)).toBe(listeners + 1);
      process.emit(signal, signal);
      expect(await running).toMatchObject({ code, stdout: '', error: { code: 'ABORT_ERR' } });
      expect(process.listenerCount(signal)).toBe(listeners);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test('A search that reaches its timeout ends with exit code 1', async () => {
  const { code, error } = await runHere(...ENDLESS, '--bits', '03000001', '--timeout-ms', '1');
  expect({ code, error }).toMatchObject({ code: 1, error: { code: 'ERR_QANTO_TIMED_OUT' } });
});

test('A search whose work is above the limit is refused before it begins', async () => {
  const { code, error } = await runHere(...ENDLESS, '--bits', '03000001', '--max-expected-hashes', '1000000');
  expect({ code, error }).toMatchObject({ code: 1, error: { code: 'ERR_QANTO_EXPECTED_WORK_TOO_HIGH' } });
});

const GIVEN = ['--preimage', '00'.repeat(8), '--nonce-offset', '0', '--bits', '207fffff'];

test.each([
  ['solve', '--threads', '257'],
  ['solve', '--timeout-ms', '0'],
  ['solve', '--start-nonce', '4294967296'],
  ['solve', '--max-hashes', '0'],
  ['solve', '--max-expected-hashes', '0'],
  ['solve', '--nonce-offset', '5'],
  ['solve', '--version-rolling', '17'],
  ['solve', '--bits', '00000000'],
  ['solve', '--nonce-width', '3'],
  ['solve', '--digest-length', '32'],
  ['verify', '--nonce', '4294967296'],
  ['verify', '--variant', '1'],
])('qanto %s names the flag %s if its value %s is out of range', async (command, flag, value) => {
  const { code, error } = await runHere(command, ...GIVEN, flag, value);
  expect(code).toBe(2);
  expect(error).toMatchObject({
    code: 'ERR_QANTO_INVALID_ARGUMENT',
    argument: flag,
    value,
    message: expect.stringMatching(`^${flag} must (not )?be .*; got "${value}"$`),
  });
});

test.each([
  ['--leading-zero-bits', '257'],
  ['--leading-zero-bits', '-1'],
  ['--hex-prefix', '0x'],
  ['--equals', 'abc'],
  ['--equals', '00'.repeat(33)],
])('qanto solve names the flag %s if its value %s is no target', async (flag, value) => {
  const { code, error } = await runHere('solve', ...GIVEN.slice(0, 4), flag, value);
  expect(code).toBe(2);
  expect(error).toMatchObject({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument: flag, value });
});

test('Two flags that give a target are refused', async () => {
  const { code, error } = await runHere('solve', ...GIVEN, '--leading-zero-bits', '3');
  expect(code).toBe(2);
  expect(error).toMatchObject({
    message: expect.stringMatching(/--bits.*cannot be used with.*--leading-zero-bits/),
  });
});

test('A target of zeros is rejected', async () => {
  const { error } = await runHere('solve', ...GIVEN.slice(0, 4), '--target', '00'.repeat(32));
  expect(error).toMatchObject({ argument: '--target', message: expect.stringContaining('above zero') });
});
