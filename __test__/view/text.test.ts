import { describe, expect, test } from '@jest/globals';
import { duration, textOf, visible, withPrefix } from '../../ts/view/text.ts';

describe('Foreign text on the page', () => {
  test.each([
    ['a bell', 'a\u0007b', 'a\\u{7}b'],
    ['an override of the direction', 'a\u202eb', 'a\\u{202e}b'],
    ['an isolate', '\u2066x\u2069', '\\u{2066}x\\u{2069}'],
    ['a zero-width joiner', 'a\u200db', 'a\\u{200d}b'],
    ['a byte order mark', '\ufeffx', '\\u{feff}x'],
    ['a tag character', '\u{e0041}', '\\u{e0041}'],
    ['a line separator', '\u2028', '\\u{2028}'],
    ['a filler', '\u3164', '\\u{3164}'],
  ])('shows %s as an escape', (_name, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test('shows letters of all scripts, symbols and markup as they are', () => {
    const text = '<script>é ß 漢字 עברית 👍 & "quoted"</script>';
    expect(visible(text)).toBe(text);
  });

  test('shows where a line ends', () => {
    expect(visible('a\nb')).toBe('a⏎\nb');
  });
});

describe('The text of a payload', () => {
  test('is decoded from UTF-8, and keeps a byte order mark', () => {
    expect(textOf(Buffer.from('\ufeffé').toString('hex'))).toBe('\ufeffé');
  });

  test('is missing if the bytes are not UTF-8', () => {
    expect(textOf('ff00')).toBeUndefined();
    expect(textOf('c3')).toBeUndefined();
  });
});

test.each([
  [0, '0 H/s'],
  [0.5, '0.50 H/s'],
  [999, '999 H/s'],
  [14_530_000, '14.5 MH/s'],
])('A hash rate of %d is written as %s', (value, text) => {
  expect(withPrefix(value, 'H/s')).toBe(text);
});

test.each([
  [0.25, '0.25 ms'],
  [3.94, '3.9 ms'],
  [1300, '1.3 s'],
  [61_000, '1 min 1 s'],
  [-500, '−500 ms'],
])('A duration of %d ms is written as %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});
