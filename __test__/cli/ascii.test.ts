import { expect, test } from '@jest/globals';
import { convertOutput, jsonToAscii, toAscii } from '../../ts/cli/ascii.ts';
import { barLine } from '../../ts/cli/progress-bar.ts';

test('Characters that the commands print have ASCII forms', () => {
  expect(toAscii('qanto devnet · 0.5 µs ± 1 … –')).toBe('qanto devnet - 0.5 us +/- 1 ... -');
  expect(toAscii(barLine(0.5, 'sha256d', 80))).toBe(`${'#'.repeat(12)}${'.'.repeat(12)}  50 %  sha256d`);
});

test('Other characters, such as those in the names of files, are escaped', () => {
  expect(toAscii('Zoë 😀')).toBe('Zo\\u00eb \\ud83d\\ude00');
});

test('JSON in ASCII has the same values', () => {
  const value = { name: 'Zoë 😀 … µ', plain: 'a' };
  const json = jsonToAscii(JSON.stringify(value));
  expect(json).not.toMatch(/\P{ASCII}/u);
  expect(JSON.parse(json)).toEqual(value);
});

test('A converted stream converts text and leaves bytes and callbacks unchanged', () => {
  const calls: unknown[][] = [];
  const stream = { write: (...args: unknown[]) => calls.push(args) > 0 } as unknown as NodeJS.WriteStream;
  convertOutput(stream, toAscii);
  const [bytes, callback] = [Buffer.from('…'), () => {}];
  expect(stream.write('a…', callback)).toBe(true);
  stream.write(bytes);
  expect(calls).toEqual([['a...', callback], [bytes]]);
});
