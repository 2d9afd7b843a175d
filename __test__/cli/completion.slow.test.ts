import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { run } from './run.ts';

let cwd: string;

beforeAll(async () => {
  cwd = mkdtempSync(path.join(tmpdir(), 'qanto-completion-'));
  mkdirSync(path.join(cwd, 'folder', 'inner'), { recursive: true });
  writeFileSync(path.join(cwd, 'folder', 'a file.json'), '');
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout } = await run(['completion', shell], { cwd });
    writeFileSync(path.join(cwd, `qanto.${shell}`), stdout);
  }
});

afterAll(() => {
  rmSync(cwd, { recursive: true });
});

describe('The completion in bash', () => {
  /** The completions that bash offers for the last word. The words are split as bash splits them. */
  function offered(...words: string[]): string[] {
    const script = `
      source ../qanto.bash
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
      _qanto
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const stdout = execFileSync('bash', ['--norc', '-c', script, 'bash', ...words], {
      cwd: path.join(cwd, 'folder'),
      encoding: 'utf8',
    });
    return stdout.split('\n').filter((line) => line !== '');
  }

  test.each([
    ['commands', ['qanto', 'co'], ['config', 'completion']],
    ['flags', ['qanto', 'node', '--net'], ['--network']],
    ['flags after a flag of the program', ['qanto', '--no-color', 'bench', '--k'], ['--kernel']],
    ['no flags of another command', ['qanto', 'mine', '--server'], []],
    ['values', ['qanto', 'node', '--network', ''], ['devnet', 'regtest']],
    ['values that begin after "="', ['qanto', 'node', '--network', '=', 'r'], ['regtest']],
    ['all values after "="', ['qanto', 'node', '--network', '='], ['devnet', 'regtest']],
    ['nothing for a number', ['qanto', 'node', '--threads', ''], []],
    ['shells', ['qanto', 'completion', ''], ['bash', 'zsh', 'fish']],
    ['formats', ['qanto', 'solve', '--format', 'na'], ['nano']],
    ['formats as an argument', ['qanto', 'formats', 'hash'], ['hashcash', 'hashcash-apple']],
    ['files with spaces in their names', ['qanto', 'solve', 'a'], ['a file.json']],
    ['only directories for a directory', ['qanto', 'node', '--data-dir', ''], ['inner']],
    ['commands after help', ['qanto', 'help', 'v'], ['view', 'verify']],
  ])('offers %s', (_, words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });

  test('is registered for the command qanto, even if the script is sourced twice', () => {
    const script = 'source qanto.bash; source qanto.bash; complete -p qanto';
    expect(execFileSync('bash', ['--norc', '-c', script], { cwd, encoding: 'utf8' })).toContain('-F _qanto');
  });
});

// Few machines that run tests have these shells. The words are tested with bash.
const shell = (name: string) => (spawnSync(name, ['--version']).error ? test.skip : test);

shell('zsh')('The completion script has no syntax errors in zsh', () => {
  execFileSync('zsh', ['-n', 'qanto.zsh'], { cwd });
});

shell('fish')('The completion in fish offers values', () => {
  const offered = execFileSync(
    'fish',
    ['--no-config', '-c', 'source qanto.fish; complete -C"qanto node --network "'],
    { cwd, encoding: 'utf8' },
  );
  expect(offered).toMatch(/^devnet\t.*\nregtest\t/);
});
