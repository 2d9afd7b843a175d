import { expect, test } from '@jest/globals';
import { CommanderError } from 'commander';
import { errorJson, errorText, exitCodeOf } from '../../ts/cli/errors.ts';
import { ConfigError } from '../../ts/config/errors.ts';
import { StoreFailedError, StoreFullError, StoreLockedError } from '../../ts/dag/index.ts';
import {
  AbortError,
  InvalidArgumentError,
  NativeUnavailableError,
  UnsupportedError,
} from '../../ts/errors.ts';

test.each([
  ['help', new CommanderError(0, 'commander.help', '(outputHelp)'), 0],
  ['an unknown flag', new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'"), 2],
  ['an invalid configuration', new ConfigError('miner.threads', 0, 'flag --threads', 'must be more'), 2],
  ['an invalid argument', new InvalidArgumentError('--bits', 'xyz', '8 hex digits'), 2],
  ['an unsupported feature', new UnsupportedError('useGpu', 'leave it false'), 2],
  ['an interrupt', new AbortError('SIGINT'), 130],
  ['a termination', new AbortError('SIGTERM'), 143],
  ['a missing binary', new NativeUnavailableError('none'), 1],
  ['any other error', new Error('disk full'), 1],
])('The exit code for %s is correct', (_what, error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});

test('An error is printed as one line with its code', () => {
  expect(errorText(new UnsupportedError('useGpu', 'leave it\n  false'), false)).toBe(
    'error: useGpu is not supported; leave it false [ERR_QANTO_UNSUPPORTED]',
  );
});

test.each([
  ['that cannot be written', new StoreFailedError('/x/blocks.db', new Error('no such file or directory'))],
  ['that is in use', new StoreLockedError('/x/blocks.db', 5)],
])('The error for a data directory %s names --data-dir once', (_, error) => {
  for (const text of [errorText(error, false), JSON.parse(errorJson(error, false)).message]) {
    expect(text.split('--data-dir')).toHaveLength(2);
  }
  expect(errorText(error, false)).toMatch(
    / \(to use another directory, pass --data-dir <dir>\) \[ERR_QANTO_STORE_/,
  );
});

test('An error that another data directory does not avoid does not name --data-dir', () => {
  expect(errorText(new StoreFullError('/x/blocks.db', 5, 10), false)).not.toContain('--data-dir');
  expect(errorText(new Error('failed'), false)).toBe('error: failed');
});

test('An error is printed with its stack on request', () => {
  expect(errorText(new Error('boom'), true)).toMatch(/^error: boom\nError: boom\n +at /);
});
