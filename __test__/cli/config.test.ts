import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { runHere } from './in-process.ts';

let warnings: jest.SpiedFunction<typeof process.stderr.write>;
beforeEach(() => {
  warnings = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => warnings.mockRestore());

test.each([[[]], [['--json']]])('qanto config %j shows that a secret is set, but not which', async (more) => {
  const { stdout } = await runHere('config', '--rpc-user', 'miner', '--rpc-password', 'geheim', ...more);
  expect(stdout).toMatch('(hidden)');
  expect(stdout).not.toMatch('geheim');
  expect(stdout).toMatch('flag --rpc-password');
});

test('qanto config says that a secret is not set', async () => {
  expect((await runHere('config')).stdout).toMatch(/rpc\.password +\(none\)|rpc\.password\n +\(none\)/);
  expect(JSON.parse((await runHere('config', '--json')).stdout).config.rpc).not.toHaveProperty('password');
});
