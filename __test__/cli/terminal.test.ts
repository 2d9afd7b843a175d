import { describe, expect, test } from '@jest/globals';
import { program } from '../../ts/cli/program.ts';
import { styleOf } from '../../ts/cli/style.ts';
import { canRedraw, columnsOf, isUtf8, wantsColor } from '../../ts/cli/terminal.ts';
import { runHere } from './in-process.ts';

const terminal = { isTTY: true, columns: 80, hasColors: () => true } as unknown as NodeJS.WriteStream;
const pipe = { isTTY: false } as unknown as NodeJS.WriteStream;

test.each([
  ['The output to a terminal has colour', terminal, {}, true],
  ['The output to a pipe has no colour', pipe, {}, false],
  ['NO_COLOR disables colour', terminal, { NO_COLOR: '1' }, false],
  ['An empty NO_COLOR does not disable colour', terminal, { NO_COLOR: '' }, true],
  ['FORCE_COLOR enables colour for a pipe', pipe, { FORCE_COLOR: '1' }, true],
  ['FORCE_COLOR=0 disables colour', terminal, { FORCE_COLOR: '0' }, false],
  ['FORCE_COLOR overrides NO_COLOR', pipe, { NO_COLOR: '1', FORCE_COLOR: '1' }, true],
])('%s', (_, stream, variables, expected) => {
  expect(wantsColor(stream, variables)).toBe(expected);
  expect(styleOf(stream, variables).bold('x') !== 'x').toBe(expected);
});

test.each([
  ['A terminal can be redrawn', terminal, {}, true],
  ['A stream that is not a terminal cannot be redrawn', pipe, {}, false],
  ['A dumb terminal cannot be redrawn', terminal, { TERM: 'dumb' }, false],
  ['A terminal that does not know its size cannot be redrawn', { isTTY: true, columns: 0 }, {}, false],
])('%s', (_, stream, variables, expected) => {
  expect(canRedraw(stream, variables)).toBe(expected);
});

test.each([
  ['comes from the terminal', { columns: 120 }, { COLUMNS: '40' }, 120],
  ['comes from COLUMNS if there is no terminal', {}, { COLUMNS: '40' }, 40],
  ['comes from COLUMNS if the terminal does not know its size', { columns: 0 }, { COLUMNS: '40' }, 40],
  ['is unknown if COLUMNS is not a number', {}, { COLUMNS: 'wide' }, undefined],
])('The number of columns %s', (_, stream, variables, expected) => {
  expect(columnsOf(stream as NodeJS.WriteStream, variables)).toBe(expected);
});

test.each([
  ['is UTF-8 if no variable is set', {}, true],
  ['is UTF-8 if the variables are empty', { LC_ALL: '', LC_CTYPE: '', LANG: '' }, true],
  ['is UTF-8 in the locale C.UTF-8', { LC_ALL: 'C.UTF-8' }, true],
  ['is UTF-8 in the locale de_DE.utf8', { LANG: 'de_DE.utf8' }, true],
  ['is not UTF-8 with LC_ALL=C', { LC_ALL: 'C', LANG: 'en_GB.UTF-8' }, false],
  ['is not UTF-8 with LANG=C', { LANG: 'C' }, false],
  ['is not UTF-8 with LANG=POSIX', { LANG: 'POSIX' }, false],
  ['is not UTF-8 in the locale de_DE.ISO-8859-1', { LANG: 'de_DE.ISO-8859-1' }, false],
  ['is that of LC_CTYPE, which overrides LANG', { LC_CTYPE: 'C', LANG: 'en_GB.UTF-8' }, false],
  ['is that of LC_ALL, which overrides LC_CTYPE', { LC_ALL: 'en_GB.UTF-8', LC_CTYPE: 'C' }, true],
])('The encoding %s', (_, variables, expected) => {
  expect(isUtf8(variables)).toBe(expected);
  expect(styleOf(pipe, variables).ellipsis).toBe(expected ? '…' : '...');
});

describe('The help', () => {
  const names = program(new AbortController().signal).commands.map((command) => command.name());

  test.each(names)('of %s fits into 40 columns, except for its usage and examples', async (name) => {
    const before = process.env['COLUMNS'];
    process.env['COLUMNS'] = '40';
    const { stdout } = await runHere(name, '--help').finally(() => {
      if (before === undefined) delete process.env['COLUMNS'];
      else process.env['COLUMNS'] = before;
    });
    const [usage, ...lines] = stdout.split('\nExamples:')[0]!.split('\n');
    expect(usage).toMatch(/^Usage: qanto /);
    // A single longer word cannot be broken.
    expect(lines.filter((line) => line.length > 40 && /\S\s+\S/.test(line))).toEqual([]);
  });
});

test.each([[['--no-color', 'config']], [['config', '--no-color']]])(
  '--no-color applies before and after the name of the command: %s',
  async (args) => {
    const { NO_COLOR, FORCE_COLOR } = process.env;
    try {
      process.env['FORCE_COLOR'] = '1';
      delete process.env['NO_COLOR'];
      expect((await runHere(...args)).code).toBe(0);
      expect(wantsColor(terminal)).toBe(false);
    } finally {
      for (const [name, value] of Object.entries({ NO_COLOR, FORCE_COLOR })) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  },
);
