/** Reads what a command is given in a format: from a file, standard input or the command line, as JSON or as text. */
import { InvalidArgumentError } from 'qanto';
import { mustBe, nearest, shownName } from 'qanto/internal';
import { smallInteger } from '../flag-values.ts';
import { nameOf, readInput } from '../input.ts';
import type { FieldsOf, Taken } from './format.ts';
import { objectOf } from './values.ts';

const COMMAND_LINE = 'the command line';

/** A value of JSON, or text, and where it comes from. */
export interface Given {
  readonly value: unknown;
  /** Names it in errors, such as `the challenge in file.json`. */
  readonly name: string;
}

/**
 * Reads a file, or standard input if it is `-`. An argument that begins with a brace, or that looks like the text of the format, is the
 * input itself. Text that begins as JSON does is parsed. Rejects with `ERR_QANTO_INVALID_ARGUMENT`, which shows `what` is wrong.
 */
export async function readGiven(
  what: string,
  argument: string,
  pattern: RegExp | undefined,
  signal: AbortSignal,
): Promise<Given> {
  const isItself = argument.startsWith('{') || pattern?.test(argument) === true;
  const text = (isItself ? argument : await readInput(what, argument, process.stdin, signal)).trim();
  const name = `${what} in ${isItself ? COMMAND_LINE : nameOf(argument)}`;
  if (text === '') throw mustBe(name, text, 'JSON or text that is not empty');
  if (!/^[[{"]/.test(text)) return { value: text, name };
  try {
    return { value: JSON.parse(text), name };
  } catch (error) {
    throw new InvalidArgumentError(what, text, `${name} is not valid JSON: ${(error as Error).message}`);
  }
}

/** The fields of what was given. Throws `ERR_QANTO_INVALID_ARGUMENT` if it is neither an object nor the text of a field. */
export function fieldsOf({ value, name }: Given, { fields, text, what }: Taken): FieldsOf {
  const object = objectOf(value);
  if (object !== undefined) return object;
  if (typeof value === 'string' && text !== undefined) return { [text.field]: value };
  throw mustBe(name, value, `a JSON object with fields such as ${Object.keys(fields).join(', ')} (${what})`);
}

/** The fields that `--set` gives. Throws `ERR_QANTO_INVALID_ARGUMENT`. */
export function setFields(sets: readonly string[], { fields }: Taken): FieldsOf {
  return Object.fromEntries(
    sets.map((set) => {
      const at = set.indexOf('=');
      if (at < 1) throw mustBe('--set', set, 'a field and its value, such as bits=20');
      const [name, text] = [set.slice(0, at), set.slice(at + 1)];
      if (!Object.hasOwn(fields, name)) throw unknownField(name, text, Object.keys(fields));
      return [name, fieldValue(name, text, fields[name]!)];
    }),
  );
}

function fieldValue(name: string, text: string, kind: Taken['fields'][string]): unknown {
  if (kind === 'integer') return smallInteger(`--set ${name}`, text);
  return kind === 'list' ? text.split(',') : text;
}

function unknownField(name: string, value: string, names: readonly string[]): InvalidArgumentError {
  const meant = nearest(name, names);
  const hint = meant === undefined ? `its fields are ${names.join(', ')}` : `did you mean ${meant}?`;
  return new InvalidArgumentError(
    `--set ${shownName(name)}`,
    value,
    `--set has no field ${shownName(name)} (${hint})`,
  );
}

/** The prefixes with which the library names the fields. */
const OF_LIBRARY = /^(?:challenge|policy|request|fields)\.|^(?=minBits$)/;

/**
 * Runs a function of the library. An error names the field as the command line does: `challenge.bits`, or `--set bits` if it was set
 * there, and not `policy.minBits`.
 */
export async function namingFields<Result>(
  set: FieldsOf,
  run: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    const { argument, value, problem } = error;
    const field = argument.replace(OF_LIBRARY, '').replace(/^minBits$/, 'bits');
    const name = Object.hasOwn(set, field)
      ? `--set ${field}`
      : OF_LIBRARY.test(argument)
        ? `challenge.${field}`
        : field;
    throw new InvalidArgumentError(name, value, problem.replaceAll(argument, name));
  }
}
