import { expect, test } from '@jest/globals';
import { CommandLineError, errorJson } from '../../ts/cli/errors.ts';
import { EXIT } from '../../ts/cli/exit-codes.ts';
import { program } from '../../ts/cli/program.ts';
import { HashBudgetSpentError, InvalidArgumentError } from '../../ts/errors.ts';
import { runHere } from './in-process.ts';

const root = () => program(new AbortController().signal);
const commands = root().commands.map((command) => [command.name(), command] as const);

test.each(commands)('%s has --json', (_name, command) => {
  expect(command.options.map(({ long }) => long)).toContain('--json');
});

test.each(commands)('every flag of %s is described', (_name, command) => {
  const silent = command.options.filter(({ description }) => description.trim() === '');
  expect(silent.map(({ long }) => long)).toEqual([]);
});

test('the help names every exit code', async () => {
  const { stdout } = await runHere('--help');
  for (const code of Object.values(EXIT)) expect(stdout).toMatch(new RegExp(`^ +${code}  \\w`, 'm'));
});

test.each([
  ['a command', ['nod'], /^unknown command 'nod'.*; see "qanto --help"$/],
  [
    'a command asked for help',
    ['nope', '--help'],
    /^unknown command 'nope' \(Did you mean node\?\); see "qanto --help"$/,
  ],
  ['a command asked for help first', ['--help', 'nope'], /^unknown command 'nope' \(Did you mean node\?\)/],
  [
    'a command to help with',
    ['help', 'slove'],
    /^unknown command 'slove' \(Did you mean solve\?\); see "qanto --help"$/,
  ],
  ['a flag', ['node', '--thread', '2'], /'--thread'.*--threads.*see "qanto node --help"$/],
  [
    'a flag cut short',
    ['node', '--port', '1'],
    /^unknown option '--port' \(Did you mean --server-port\?\); see/,
  ],
  ['a choice', ['bench', '--kernel', 'abacus'], /'abacus'.*avx512/],
  ['an argument', ['solve', 'a', 'b'], /too many arguments/],
  ['a shell', ['completion', 'tcsh'], /'tcsh'.*bash, zsh, fish/],
])(
  '%s that is none is an error with our code, what was given and what would be right',
  async (_, args, says) => {
    const { code, error } = await runHere(...args);
    expect(error).toBeInstanceOf(CommandLineError);
    expect({ code, error }).toMatchObject({
      code: 2,
      error: { code: 'ERR_QANTO_INVALID_COMMAND_LINE', message: expect.stringMatching(says) },
    });
  },
);

test.each([[['help']], [['--help']], [['help', 'node']], [['node', '--help']]])(
  '%j is answered with help',
  async (args) => {
    expect(await runHere(...args)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Usage: qanto'),
    });
  },
);

test('an error as JSON has its code, exit code and what it carries', () => {
  expect(JSON.parse(errorJson(new InvalidArgumentError('--bits', 12n, '8 hex digits'), false))).toMatchObject(
    {
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      argument: '--bits',
      value: '12',
      message: expect.stringContaining('8 hex digits'),
      exitCode: 2,
    },
  );
  const spent = new HashBudgetSpentError(5, { hashes: 5, elapsedMs: 1 });
  expect(JSON.parse(errorJson(spent, false))).toMatchObject({ exitCode: 1, hashes: 5 });
});

test('an error without a code has one as JSON', () => {
  expect(JSON.parse(errorJson(new Error('disk\nfull'), false))).toEqual({
    code: 'ERR_QANTO_UNEXPECTED',
    message: 'disk full',
    exitCode: 1,
  });
});

test('config as JSON is one document with what deserves a warning', async () => {
  process.env['QANTO_LOGLEVEL'] = 'warn';
  const { stdout } = await runHere('config', '--network', 'regtest', '--json').finally(
    () => delete process.env['QANTO_LOGLEVEL'],
  );
  expect(JSON.parse(stdout)).toMatchObject({
    config: { network: 'regtest' },
    warnings: expect.arrayContaining([expect.stringContaining('QANTO_LOGLEVEL')]),
  });
});
