import { describe, expect, test } from '@jest/globals';
import { program } from '../../ts/cli/program.ts';
import { styleOf } from '../../ts/cli/style.ts';
import { canRedraw, columnsOf, wantsColor } from '../../ts/cli/terminal.ts';
import { runHere } from './in-process.ts';

const terminal = { isTTY: true, columns: 80, hasColors: () => true } as unknown as NodeJS.WriteStream;
const pipe = { isTTY: false } as unknown as NodeJS.WriteStream;

test.each([
  ['a terminal has colour', terminal, {}, true],
  ['a pipe has none', pipe, {}, false],
  ['NO_COLOR takes it', terminal, { NO_COLOR: '1' }, false],
  ['an empty NO_COLOR does not', terminal, { NO_COLOR: '' }, true],
  ['FORCE_COLOR gives it to a pipe', pipe, { FORCE_COLOR: '1' }, true],
  ['FORCE_COLOR=0 takes it', terminal, { FORCE_COLOR: '0' }, false],
  ['FORCE_COLOR is stronger than NO_COLOR', pipe, { NO_COLOR: '1', FORCE_COLOR: '1' }, true],
])('%s', (_, stream, variables, expected) => {
  expect(wantsColor(stream, variables)).toBe(expected);
  expect(styleOf(stream, variables).bold('x') !== 'x').toBe(expected);
});

test.each([
  ['a terminal', terminal, {}, true],
  ['no terminal', pipe, {}, false],
  ['a dumb terminal', terminal, { TERM: 'dumb' }, false],
  ['a terminal that does not know its size', { isTTY: true, columns: 0 }, {}, false],
])('%s can be drawn over or not', (_, stream, variables, expected) => {
  expect(canRedraw(stream, variables)).toBe(expected);
});

test.each([
  ['the terminal', { columns: 120 }, { COLUMNS: '40' }, 120],
  ['COLUMNS where there is none', {}, { COLUMNS: '40' }, 40],
  ['COLUMNS where it does not know', { columns: 0 }, { COLUMNS: '40' }, 40],
  ['nobody', {}, { COLUMNS: 'wide' }, undefined],
])('the number of columns is known by %s', (_, stream, variables, expected) => {
  expect(columnsOf(stream as NodeJS.WriteStream, variables)).toBe(expected);
});

describe('help', () => {
  const names = program(new AbortController().signal).commands.map((command) => command.name());

  test.each(names)('of %s fits in 40 columns, but for usage and examples', async (name) => {
    const before = process.env['COLUMNS'];
    process.env['COLUMNS'] = '40';
    const { stdout } = await runHere(name, '--help').finally(() => {
      if (before === undefined) delete process.env['COLUMNS'];
      else process.env['COLUMNS'] = before;
    });
    const [usage, ...lines] = stdout.split('\nExamples:')[0]!.split('\n');
    expect(usage).toMatch(/^Usage: qanto /);
    // A single word that is longer cannot be broken.
    expect(lines.filter((line) => line.length > 40 && /\S\s+\S/.test(line))).toEqual([]);
  });
});

test.each([[['--no-color', 'config']], [['config', '--no-color']]])(
  '--no-color holds before and behind the command: %s',
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
