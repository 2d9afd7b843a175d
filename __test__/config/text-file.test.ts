import { describe, expect, test } from '@jest/globals';
import { decodeText } from '../../ts/config/text-file.ts';

const JSON_TEXT = '{"preimage":"00"}';
const bigEndian = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('Bytes are decoded as text', () => {
  test.each([
    ['in UTF-8', Buffer.from('{"a":"Zoë 漢 😀"}'), '{"a":"Zoë 漢 😀"}'],
    ['without a byte order mark', Buffer.from(`\ufeff${JSON_TEXT}`), JSON_TEXT],
    ['with white space', Buffer.from('\t a\r\n\f\v'), '\t a\r\n\f\v'],
    ['that is empty', Buffer.alloc(0), ''],
  ])('%s', (_, bytes, text) => {
    expect(decodeText(bytes)).toBe(text);
  });
});

describe('Bytes are refused with a message that does not contain them if they are', () => {
  const UTF_16 = 'its encoding is UTF-16, and it must be UTF-8';
  const NOT_UTF_8 = 'it is not text in UTF-8';
  const control = (code: string) =>
    `it contains the control character U+${code}, and it must be text in UTF-8`;

  test.each([
    ['UTF-16, little endian', Buffer.from(`\ufeff${JSON_TEXT}`, 'utf16le'), UTF_16],
    ['UTF-16, big endian', bigEndian(`\ufeff${JSON_TEXT}`), UTF_16],
    ['UTF-16 without a mark, little endian', Buffer.from(JSON_TEXT, 'utf16le'), UTF_16],
    ['UTF-16 without a mark, big endian', bigEndian(JSON_TEXT), UTF_16],
    ['Latin-1', Buffer.from('{"a":"Zoë"}', 'latin1'), NOT_UTF_8],
    ['an encoded surrogate', Buffer.from([0xed, 0xa0, 0x80]), NOT_UTF_8],
    ['text that is cut inside a character', Buffer.from('ë').subarray(0, 1), NOT_UTF_8],
    ['zeros', Buffer.alloc(100), control('0000')],
    ['text with an escape sequence', Buffer.from('{"a":"\u001b[31m"}'), control('001B')],
  ])('%s', (_, bytes, message) => {
    expect(() => decodeText(bytes)).toThrow(new Error(message));
  });
});
