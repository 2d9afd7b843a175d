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

describe('in bash', () => {
  /** What bash offers for the last of these words, cut as bash cuts them. */
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
    ['flags behind a flag of the program', ['qanto', '--no-color', 'bench', '--k'], ['--kernel']],
    ['no flags of another command', ['qanto', 'mine', '--server'], []],
    ['values', ['qanto', 'node', '--network', ''], ['devnet', 'regtest']],
    ['values behind "="', ['qanto', 'node', '--network', '=', 'r'], ['regtest']],
    ['values right behind "="', ['qanto', 'node', '--network', '='], ['devnet', 'regtest']],
    ['nothing for a number', ['qanto', 'node', '--threads', ''], []],
    ['shells', ['qanto', 'completion', ''], ['bash', 'zsh', 'fish']],
    ['files, with spaces in their names', ['qanto', 'solve', 'a'], ['a file.json']],
    ['directories only', ['qanto', 'node', '--data-dir', ''], ['inner']],
    ['commands to help with', ['qanto', 'help', 'v'], ['verify']],
  ])('offers %s', (_, words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });

  test('is registered for the command qanto, also when it is read twice', () => {
    const script = 'source qanto.bash; source qanto.bash; complete -p qanto';
    expect(execFileSync('bash', ['--norc', '-c', script], { cwd, encoding: 'utf8' })).toContain('-F _qanto');
  });
});

// These are rare on machines that run tests; bash is what checks the words.
const shell = (name: string) => (spawnSync(name, ['--version']).error ? test.skip : test);

shell('zsh')('zsh accepts its script', () => {
  execFileSync('zsh', ['-n', 'qanto.zsh'], { cwd });
});

shell('fish')('fish offers values with its script', () => {
  const offered = execFileSync(
    'fish',
    ['--no-config', '-c', 'source qanto.fish; complete -C"qanto node --network "'],
    { cwd, encoding: 'utf8' },
  );
  expect(offered).toMatch(/^devnet\t.*\nregtest\t/);
});
