/** How a command's answer is printed: for people, or with `--json` for machines. */

/** A value on one line of JSON. Big integers are decimal text, since JSON's readers round them. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
}

/** Prints an answer: a name and a value a line, or one JSON object. */
export function printAnswer(answer: Readonly<Record<string, unknown>>, json: boolean): void {
  process.stdout.write(`${json ? jsonLine(answer) : rowsOf(answer)}\n`);
}

function rowsOf(answer: Readonly<Record<string, unknown>>): string {
  const width = Math.max(...Object.keys(answer).map((name) => name.length));
  return Object.entries(answer)
    .map(([name, value]) => `${name.padEnd(width)}  ${value}`)
    .join('\n');
}
