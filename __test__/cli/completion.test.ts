import { describe, expect, test } from '@jest/globals';
import { wordsOf } from '../../ts/cli/completion/words.ts';
import { program } from '../../ts/cli/program.ts';
import { runHere } from './in-process.ts';

const root = program(new AbortController().signal);
const words = wordsOf(root);
const valueOfFlag = (command: string, flag: string) =>
  words.commands.find(({ name }) => name === command)?.flags.find(({ long }) => long === flag)?.value;

describe('The completion', () => {
  test.each(root.commands.map((command) => [command.name(), command] as const))(
    'has every flag of %s',
    (name, command) => {
      const completed = words.commands.find((one) => one.name === name)!.flags.map(({ long }) => long);
      expect(completed).toEqual([...command.options.map(({ long }) => long), '--help', '--no-color']);
    },
  );

  test.each([
    [
      'a choice of commander',
      'bench',
      '--kernel',
      { kind: 'choice', choices: ['avx512', 'sha-ni-avx512', 'sha-ni', 'avx2', 'sha2', 'neon', 'portable'] },
    ],
    [
      'a choice of the configuration',
      'node',
      '--network',
      { kind: 'choice', choices: ['devnet', 'regtest'] },
    ],
    ['a boolean', 'mine', '--archive', { kind: 'choice', choices: ['true', 'false'], optional: true }],
    ['a file', 'node', '--config', { kind: 'file' }],
    ['a directory', 'diagnose', '--out', { kind: 'directory' }],
    ['a number', 'node', '--threads', { kind: 'other', choices: [] }],
  ])('after a flag can be %s', (_, command, flag, value) => {
    expect(valueOfFlag(command, flag)).toMatchObject(value);
  });

  test('after a flag that takes no value is empty', () => {
    expect(valueOfFlag('node', '--json')).toBeUndefined();
  });
});

test.each(['bash', 'zsh', 'fish'])('The script for %s has every command and every flag', async (shell) => {
  const { stdout } = await runHere('completion', shell);
  for (const { name, flags } of words.commands) {
    expect(stdout).toContain(name);
    for (const { long } of flags) expect(stdout).toContain(shell === 'fish' ? `-l ${long.slice(2)}` : long);
  }
});

test('The completion script with --json is one JSON document', async () => {
  const { stdout } = await runHere('completion', 'bash', '--json');
  const plain = await runHere('completion', 'bash');
  expect(JSON.parse(stdout)).toEqual({ shell: 'bash', script: plain.stdout });
});
