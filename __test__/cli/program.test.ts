import { expect, test } from '@jest/globals';
import { CommandLineError, errorJson } from '../../ts/cli/errors.ts';
import { EXIT } from '../../ts/cli/exit-codes.ts';
import { program } from '../../ts/cli/program.ts';
import { HashBudgetSpentError, InvalidArgumentError } from '../../ts/errors.ts';
import { runHere } from './in-process.ts';

const root = () => program(new AbortController().signal);
const commands = root().commands.map((command) => [command.name(), command] as const);

test.each(commands)('The command %s has the flag --json', (_name, command) => {
  expect(command.options.map(({ long }) => long)).toContain('--json');
});

test.each(commands)('Every flag of %s has a description', (_name, command) => {
  const silent = command.options.filter(({ description }) => description.trim() === '');
  expect(silent.map(({ long }) => long)).toEqual([]);
});

test('The help lists every exit code', async () => {
  const { stdout } = await runHere('--help');
  for (const code of Object.values(EXIT)) expect(stdout).toMatch(new RegExp(`^ +${code}  \\w`, 'm'));
});

test.each([
  ['An unknown command', ['nod'], /^unknown command 'nod'.*; see "qanto --help"$/],
  [
    'An unknown command before --help',
    ['nope', '--help'],
    /^unknown command 'nope' \(Did you mean node\?\); see "qanto --help"$/,
  ],
  ['An unknown command after --help', ['--help', 'nope'], /^unknown command 'nope' \(Did you mean node\?\)/],
  [
    'An unknown command after help',
    ['help', 'slove'],
    /^unknown command 'slove' \(Did you mean solve\?\); see "qanto --help"$/,
  ],
  ['An unknown flag', ['node', '--thread', '2'], /'--thread'.*--threads.*see "qanto node --help"$/],
  [
    'A flag without its beginning',
    ['node', '--port', '1'],
    /^unknown option '--port' \(Did you mean --server-port\?\); see/,
  ],
  ['An unknown kernel', ['bench', '--kernel', 'abacus'], /'abacus'.*avx512/],
  ['A surplus argument', ['solve', 'a', 'b'], /too many arguments/],
  ['An unknown shell', ['completion', 'tcsh'], /'tcsh'.*bash, zsh, fish/],
])(
  '%s is rejected with ERR_QANTO_INVALID_COMMAND_LINE, the value and what is expected',
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
  'The command line %j prints help',
  async (args) => {
    expect(await runHere(...args)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Usage: qanto'),
    });
  },
);

test('An error as JSON has its code, its exit code and its fields', () => {
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

test('An error without a code has the code ERR_QANTO_UNEXPECTED as JSON', () => {
  expect(JSON.parse(errorJson(new Error('disk\nfull'), false))).toEqual({
    code: 'ERR_QANTO_UNEXPECTED',
    message: 'disk full',
    exitCode: 1,
  });
});

test('qanto config --json prints one document that includes the warnings', async () => {
  process.env['QANTO_LOGLEVEL'] = 'warn';
  const { stdout } = await runHere('config', '--network', 'regtest', '--json').finally(
    () => delete process.env['QANTO_LOGLEVEL'],
  );
  expect(JSON.parse(stdout)).toMatchObject({
    config: { network: 'regtest' },
    warnings: expect.arrayContaining([expect.stringContaining('QANTO_LOGLEVEL')]),
  });
});
