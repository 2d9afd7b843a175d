/** Prints the result of a command as text, or as JSON with `--json`. */
import { printableLines } from 'qanto/internal';

/**
 * Writes lines of text or JSON. Characters that a terminal acts on, such as those in the name of a file, become `\uXXXX`. Coloured text must
 * not be written with this function.
 */
export function printLine(stream: NodeJS.WritableStream, text: string): void {
  stream.write(`${printableLines(text)}\n`);
}

/** A value as one line of JSON. Bigints become decimal strings, because JSON parsers would round them. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
}

/** Prints a result: one line with a name and a value for each field, or one JSON object. */
export function printAnswer(answer: Readonly<Record<string, unknown>>, json: boolean): void {
  printLine(process.stdout, json ? jsonLine(answer) : rowsOf(answer));
}

/** One line with a name and a value for each field. */
export function rowsOf(answer: Readonly<Record<string, unknown>>): string {
  const width = Math.max(...Object.keys(answer).map((name) => name.length));
  return Object.entries(answer)
    .map(([name, value]) => `${name.padEnd(width)}  ${typeof value === 'object' ? jsonLine(value) : value}`)
    .join('\n');
}
