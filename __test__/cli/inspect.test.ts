import { describe, expect, test } from '@jest/globals';
import { runHere } from './in-process.ts';

describe('The command qanto inspect refuses', () => {
  test.each([
    ['an unknown view', ['tip'], 'what'],
    ['a hash that is too short', ['abc123'], 'what'],
    ['a count of 0', ['order', '--count', '0'], '--count'],
    ['a count that is too large', ['order', '--count', '10001'], '--count'],
    ['a count that is not a number', ['chain', '--count', 'x'], '--count'],
    ['a position that is not a number', ['order', '--from', 'x'], '--from'],
    ['a position for the chain', ['chain', '--from', '5'], '--from'],
    ['a beginning of the tips', ['tips', '--from', '5'], '--from'],
    ['a beginning of a block', ['00'.repeat(32), '--from', '5'], '--from'],
  ])('%s', async (_, args, argument) => {
    const { code, stdout, error } = await runHere('inspect', ...args);
    expect({ code, stdout, error }).toMatchObject({
      code: 2,
      stdout: '',
      error: { code: 'ERR_QANTO_INVALID_ARGUMENT', argument },
    });
  });
});

test.each(['inspect', 'check', 'backup', 'restore', 'export', 'import'])(
  'The command %s has the flags --data-dir, --network and --config',
  async (name) => {
    const { stdout } = await runHere(name, '--help');
    for (const flag of ['--data-dir <dir>', '--network <name>', '--config <path>', '--json']) {
      expect(stdout).toContain(flag);
    }
    expect(stdout).not.toContain('--threads');
  },
);
