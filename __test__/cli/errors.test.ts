import { expect, test } from '@jest/globals';
import { CommanderError } from 'commander';
import { errorText, exitCodeOf } from '../../ts/cli/errors.ts';
import { ConfigError } from '../../ts/config/errors.ts';
import {
  AbortError,
  InvalidArgumentError,
  NativeUnavailableError,
  UnsupportedError,
} from '../../ts/errors.ts';

test.each([
  ['help that was asked for', new CommanderError(0, 'commander.help', '(outputHelp)'), 0],
  ['an unknown flag', new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'"), 2],
  ['a refused configuration', new ConfigError('miner.threads', 0, 'flag --threads', 'must be more'), 2],
  ['a refused argument', new InvalidArgumentError('--bits', 'xyz', '8 hex digits'), 2],
  ['an unsupported feature', new UnsupportedError('useGpu', 'leave it false'), 2],
  ['an interrupt', new AbortError('SIGINT'), 130],
  ['a termination', new AbortError('SIGTERM'), 143],
  ['a missing binary', new NativeUnavailableError('none'), 1],
  ['anything else', new Error('disk full'), 1],
])('%s has its exit code', (_what, error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});

test('an error is one line with its code', () => {
  expect(errorText(new UnsupportedError('useGpu', 'leave it\n  false'), false)).toBe(
    'error: useGpu is not supported; leave it false [ERR_QANTO_UNSUPPORTED]',
  );
});

test('an error has its stack when that was asked for', () => {
  expect(errorText(new Error('boom'), true)).toMatch(/^error: boom\nError: boom\n +at /);
});
