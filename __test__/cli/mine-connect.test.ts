/** The flags of `qanto mine --connect` that are refused before anything is connected. */
import { expect, test } from '@jest/globals';
import { runHere } from './in-process.ts';

const URL = 'stratum+tcp://127.0.0.1:1';
const USER = 'ab'.repeat(32);

test.each([
  [['--connect', URL], '--connect needs --user'],
  [['--user', USER], '--user needs --connect'],
  [['--password', 'x'], '--password needs --connect'],
  [['--connect', URL, '--user', USER, '--data-dir', 'here'], '--data-dir means nothing with --connect'],
  [['--connect', URL, '--user', USER, '--config', 'file.json'], '--config means nothing with --connect'],
])('The command mine %j is refused: %s', async (args, message) => {
  const { code, error } = await runHere('mine', ...args);
  expect(code).toBe(2);
  expect(String(error)).toContain(message);
});

test.each([
  'http://127.0.0.1:3333',
  'stratum2+tcp://127.0.0.1:3333',
  '127.0.0.1',
  'stratum+tcp://127.0.0.1:70000',
])('The address %s is refused, naming the flag and what is supported', async (url) => {
  const { code, error } = await runHere('mine', '--connect', url, '--user', USER);
  expect(code).toBe(2);
  expect(error).toMatchObject({ code: 'ERR_QANTO_INVALID_ARGUMENT' });
  expect(String(error)).toMatch(/--connect.*stratum\+tcp/s);
});
