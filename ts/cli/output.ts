/** Prints the result of a command as text, or as JSON with `--json`. */

/** A value as one line of JSON. Bigints become decimal strings, because JSON parsers would round them. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
}

/** Prints a result: one line with a name and a value for each field, or one JSON object. */
export function printAnswer(answer: Readonly<Record<string, unknown>>, json: boolean): void {
  process.stdout.write(`${json ? jsonLine(answer) : rowsOf(answer)}\n`);
}

function rowsOf(answer: Readonly<Record<string, unknown>>): string {
  const width = Math.max(...Object.keys(answer).map((name) => name.length));
  return Object.entries(answer)
    .map(([name, value]) => `${name.padEnd(width)}  ${value}`)
    .join('\n');
}
