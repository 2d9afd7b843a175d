/** Reads text from a file, a FIFO or standard input: a template, a challenge or an answer. */
import { closeSync, createReadStream, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { addAbortSignal, type Readable } from 'node:stream';
import { AbortError, InvalidArgumentError, MAX_PREIMAGE_BYTES } from 'qanto';
import { mustBe } from 'qanto/internal';
import { decodeText, kindOf, OPEN_FLAGS } from '../config/index.ts';

export const STDIN = '-';
/** Limit of the text: the longest preimage as hex digits, and as much again for the other fields or for escapes in JSON. */
const MAX_CHARACTERS = 4 * MAX_PREIMAGE_BYTES;
/** UTF-8 takes at most this number of bytes for a UTF-16 code unit. */
const MAX_BYTES_PER_CHARACTER = 3;

/** The name of the input in errors. */
export function nameOf(file: string): string {
  return file === STDIN ? 'standard input' : file;
}

/**
 * The text of a file, which must be in UTF-8. `what` names it in errors, such as `the template`. Rejects with
 * `ERR_QANTO_INVALID_ARGUMENT`, or with `ABORT_ERR` if the signal aborts while the input is not complete.
 */
export async function readInput(
  what: string,
  file: string,
  stdin: Readable,
  signal: AbortSignal,
): Promise<string> {
  try {
    const input = file === STDIN ? stdin : inputOf(file);
    const text = decodeText(await bytesOf(input, what, file, signal));
    if (text.length > MAX_CHARACTERS) throw tooLong(what, file);
    return text;
  } catch (error) {
    if (signal.aborted) throw new AbortError(signal.reason);
    if (error instanceof InvalidArgumentError) throw error;
    throw mustBe(what, nameOf(file), `a readable file (${(error as Error).message})`);
  }
}

/**
 * A stream of a file. A FIFO, such as `<(command)` of a shell, is read as a socket, which waits in the event loop: a thread that
 * waits for a writer would keep the process from ending on a signal.
 */
function inputOf(file: string): Readable {
  const fd = openSync(file, OPEN_FLAGS);
  const stats = fstatSync(fd);
  if (stats.isFIFO()) return new Socket({ fd, readable: true, writable: false });
  // Reading a directory fails with EISDIR.
  if (stats.isFile() || stats.isDirectory()) return createReadStream('', { fd });
  closeSync(fd);
  throw new Error(
    `it is ${kindOf(stats)}, and it must be a regular file or a FIFO; ${STDIN} is standard input`,
  );
}

async function bytesOf(input: Readable, what: string, file: string, signal: AbortSignal): Promise<Buffer> {
  if (input === process.stdin && process.stdin.isTTY) {
    process.stderr.write(`reading ${what} from the terminal; press Ctrl-D at its end\n`);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of addAbortSignal(signal, input)) {
    const bytes = Buffer.from(chunk);
    chunks.push(bytes);
    length += bytes.length;
    // Without a limit, reading an endless stream would never end.
    if (length > MAX_CHARACTERS * MAX_BYTES_PER_CHARACTER) throw tooLong(what, file);
  }
  return Buffer.concat(chunks);
}

function tooLong(what: string, file: string): InvalidArgumentError {
  return mustBe(what, nameOf(file), `at most ${MAX_CHARACTERS} characters long`);
}
