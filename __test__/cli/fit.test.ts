import { describe, expect, test } from '@jest/globals';
import { fitted } from '../../ts/cli/fit.ts';

const HASH = '0123456789abcdef'.repeat(4);
const LOG_LINE = `2026-01-31T12:00:00.000Z info  node: stopped sink=${HASH} blocks=12`;

describe('A line', () => {
  test('that fits is not changed', () => {
    expect(fitted(`${LOG_LINE}\n`, LOG_LINE.length, '…')).toBe(`${LOG_LINE}\n`);
  });

  test('that is too long is broken between words, with its hash on one line', () => {
    expect(fitted(`${LOG_LINE}\n`, 80, '…')).toBe(
      `2026-01-31T12:00:00.000Z info  node: stopped\n    sink=${HASH}\n    blocks=12\n`,
    );
  });

  test.each([
    ['…', 'sink=01234567…89abcdef'],
    ['...', 'sink=01234567...89abcdef'],
  ])('whose hash does not fit has it shortened with %s', (ellipsis, word) => {
    const text = fitted(LOG_LINE, 60, ellipsis);
    expect(text).toContain(word);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
  });

  test('with two hashes in one word has both shortened', () => {
    expect(fitted(`error: ["${HASH}","${HASH}"]`, 80, '…')).toBe(
      'error: ["01234567…89abcdef","01234567…89abcdef"]',
    );
  });

  test('with a long word that is not a hash keeps the word', () => {
    expect(fitted(`error: /${'x'.repeat(90)} failed`, 80, '…')).toContain(`/${'x'.repeat(90)}`);
  });
});
