import { describe, expect, test } from '@jest/globals';
import { InvalidArgumentError, QantoError } from '../ts/errors.ts';
import { printable, printableLines, shownName } from '../ts/printable.ts';

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const UNSAFE = [
  ['C0 controls and DEL', [...range(0, 0x1f), 0x7f]],
  ['C1 controls', range(0x80, 0x9f)],
  ['bidirectional marks', [0x61c, 0x200e, 0x200f, ...range(0x202a, 0x202e), ...range(0x2066, 0x2069)]],
  ['line and paragraph separators', [0x2028, 0x2029]],
  ['invisible characters', [0xad, 0x200b, 0x2060, 0xfeff, 0xe0041]],
  ['lone surrogates', [0xd800, 0xdbff, 0xdc00, 0xdfff]],
] as const;

describe.each(UNSAFE)('A text with %s', (_, codes) => {
  const text = codes.map((code) => `<${String.fromCodePoint(code)}>`).join('');

  test('has them as escapes in ASCII when it is made printable', () => {
    expect(printable(text)).toMatch(/^(?:<(?:\\[nrt]|(?:\\u[0-9a-f]{4}){1,2})>)+$/);
  });

  test('stays the same JSON string when its JSON is made printable', () => {
    const json = printable(JSON.stringify(text));
    expect(json).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(json)).toBe(text);
  });

  test('has them as escapes in the message of an error', () => {
    const inMessages = [
      new QantoError('ERR', `the file ${text}`).message,
      new InvalidArgumentError('name', text, 'name must be short').message,
    ]
      .join('')
      .replaceAll('…', '');
    expect(inMessages).toMatch(/^[\x20-\x7e\n]*$/);
  });
});

test('An escape sequence becomes text that a terminal does not act on', () => {
  expect(printable('\u001b[31m\u009b2J\u202etxt.exe')).toBe('\\u001b[31m\\u009b2J\\u202etxt.exe');
});

test('Letters of every script and emoji stay as they are', () => {
  const text = 'Zoë Ωμέγα שלום سلام می‌خواهم 漢字 👩‍👩‍👧 … ±';
  expect(printable(text)).toBe(text);
  expect(printableLines(text)).toBe(text);
});

test('Line breaks are kept only in text of several lines', () => {
  expect(printable('a\n\tb\r')).toBe('a\\n\\tb\\r');
  expect(printableLines('a\n\tb\r')).toBe('a\n\\tb\\r');
});

test('A long name is shortened in a message', () => {
  expect(shownName('x'.repeat(64))).toBe('x'.repeat(64));
  expect(shownName(`${'x'.repeat(63)}\u009b${'y'.repeat(1e6)}`)).toBe(`${'x'.repeat(63)}\\u009b...`);
});
