/** Runs `qanto solve` and `qanto verify` with a format. */
import { mustBe } from 'qanto/internal';
import { EXIT } from '../exit-codes.ts';
import { STDIN } from '../input.ts';
import { printAnswer } from '../output.ts';
import { withProgress } from '../search-progress.ts';
import { type LimitFlags, limitsOf } from '../solve-limits.ts';
import type { FieldsOf } from './format.ts';
import { fieldsOf, namingFields, readGiven, setFields } from './given.ts';
import type { FormatName } from './names.ts';
import { FORMATS } from './table.ts';
import { objectOf } from './values.ts';

export interface FormatFlags {
  readonly set?: readonly string[];
  readonly json?: true;
}

/** Searches for the answer to a challenge, and prints it. Without a file, the challenge is what is set, or standard input. */
export async function solveFormat(
  name: FormatName,
  file: string | undefined,
  { set = [], json, ...limits }: FormatFlags & LimitFlags,
  signal: AbortSignal,
): Promise<void> {
  const { challenge, startsFirst, search } = FORMATS[name];
  if (startsFirst && limits.startNonce !== undefined) {
    throw mustBe(
      '--start-nonce',
      limits.startNonce,
      `left out, because a search in the format ${name} begins with the first nonce`,
    );
  }
  const source = file ?? (set.length > 0 ? undefined : STDIN);
  const stored =
    source === undefined
      ? {}
      : fieldsOf(await readGiven('the challenge', source, challenge.text?.pattern, signal), challenge);
  const given = setFields(set, challenge);
  const { odds, solve } = await namingFields(given, () => search({ ...stored, ...given }));
  const { answer, details, effort } = await withProgress(odds, (progress) =>
    solve({ signal, ...limitsOf(limits), ...progress }),
  );
  printAnswer({ format: name, answer, ...details, ...effort }, json === true);
}

/** Checks an answer, and prints the verdict. The exit code is 1 if the answer is not valid. */
export async function verifyFormat(
  name: FormatName,
  file: string | undefined,
  { set = [], challenge, json }: FormatFlags & { readonly challenge?: string },
  signal: AbortSignal,
): Promise<void> {
  const format = FORMATS[name];
  const source = file ?? STDIN;
  if (source === STDIN && challenge === STDIN) {
    throw mustBe('--challenge', challenge, 'a file, because the answer is read from standard input');
  }
  const sent = await readGiven('the answer', source, format.answer.pattern, signal);
  const { answer, conditions } = partsOf(name, sent.value);
  if (typeof answer === 'string' && format.answer.pattern === undefined) {
    throw mustBe(sent.name, answer, `JSON: ${format.answer.what}`);
  }
  const { conditions: taken } = format;
  const beside = { value: conditions ?? {}, name: `the challenge beside ${sent.name}` };
  const stored =
    challenge === undefined
      ? beside
      : await readGiven('the challenge', challenge, taken.text?.pattern, signal);
  const given = setFields(set, taken);
  const fields: FieldsOf = { ...fieldsOf(stored, taken), ...given };
  const verdict = await namingFields(given, () => format.verify(fields, answer, signal));
  printAnswer({ format: name, ...verdict }, json === true);
  if (!verdict.valid) process.exitCode = EXIT.failed;
}

/**
 * The answer, and the challenge beside it if the input has both. What `qanto solve --json` prints is such an input, without the
 * challenge.
 */
function partsOf(name: FormatName, value: unknown): { answer: unknown; conditions?: unknown } {
  const object = objectOf(value);
  if (object === undefined || !Object.hasOwn(object, 'answer')) return { answer: value };
  const { format = name, answer, challenge } = object;
  if (format !== name) throw mustBe('answer.format', format, `${name}, as --format`);
  return { answer, ...(challenge !== undefined && { conditions: challenge }) };
}
