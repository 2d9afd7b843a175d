/** Reads and decodes text from outside: configuration files, and templates. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

/**
 * The flags with which a file from outside is opened. Without `O_NONBLOCK`, opening a FIFO waits for a writer, for which even
 * `process.exit` would wait. Windows has neither flag.
 */
export const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

const KINDS = [
  ['isDirectory', 'a directory'],
  ['isFIFO', 'a FIFO'],
  ['isSocket', 'a socket'],
] as const;

/** Returns a description of a file that is not a regular file, for an error message. */
export function kindOf(stats: Stats): string {
  return KINDS.find(([is]) => stats[is]())?.[1] ?? 'a device';
}

/**
 * The text of a regular file of at most `maxBytes` bytes. The file is checked after it was opened, so that it cannot be replaced
 * between the check and the reading. The message of an error describes the problem.
 */
export function readTextFile(file: string, maxBytes: number): string {
  const descriptor = openSync(file, OPEN_FLAGS);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new Error(`it is ${kindOf(stats)}, and it must be a regular file`);
    return decodeText(readUpTo(descriptor, maxBytes));
  } finally {
    closeSync(descriptor);
  }
}

/** All bytes of a file. Its size is not known before, because it may grow, and files in /proc have the size 0. */
function readUpTo(descriptor: number, maxBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(maxBytes + 1);
  let length = 0;
  while (length <= maxBytes) {
    const read = readSync(descriptor, bytes, length, bytes.length - length, null);
    if (read === 0) return bytes.subarray(0, length);
    length += read;
  }
  throw new Error(`it must be at most ${maxBytes} bytes long`);
}

/** Bytes as text, without a byte order mark. Throws unless they are text in UTF-8; the message describes the problem. */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) throw new Error(UTF_16);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Error('it is not text in UTF-8');
  }
  // Two characters of a text in UTF-16 without a mark, if they are ASCII.
  if (/^(?:[^\0]\0|\0[^\0]){2}/.test(text)) throw new Error(UTF_16);
  const control = CONTROL.exec(text)?.[0];
  if (control !== undefined) {
    const code = control.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    throw new Error(`it contains the control character U+${code}, and it must be text in UTF-8`);
  }
  return text;
}

/** The C0 control characters that are not white space. Text has none of them, but binary data has. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: These are the characters to be found.
const CONTROL = /[\0-\x08\x0e-\x1f]/;
const UTF_16 = 'its encoding is UTF-16, and it must be UTF-8';
