/** Checks the arguments of public functions at run time, because the caller's code may not be type-checked. */
import { InvalidArgumentError, mustBe } from './errors.ts';
import { shownName } from './printable.ts';
import { nearest } from './suggest.ts';

const { types } = process.getBuiltinModule('node:util');

const MAX_UINT32 = 0xffff_ffff;

/** The names of all fields of `T`. A table in which a name is missing does not compile. */
export type Fields<T> = Readonly<Record<keyof T, true>>;

/**
 * One of a set of names, which editors suggest. The type accepts any string, so that an object literal needs no
 * `as const`; a string that is not one of the names is rejected at run time with `ERR_QANTO_INVALID_ARGUMENT`.
 */
export type NameOf<T extends string> = T | (string & {});

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if the value is null or not an object. */
export function requireObject(argument: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    throw mustBe(argument, value, 'an object');
  }
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if the value is not a function. */
export function requireFunction(argument: string, value: unknown): void {
  if (typeof value !== 'function') {
    throw mustBe(argument, value, 'a function');
  }
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if the value is not a Uint8Array, or does not have the given length. */
export function requireBytes(argument: string, value: unknown, byteLength?: number): void {
  if (!types.isUint8Array(value) || (byteLength !== undefined && value.length !== byteLength)) {
    const size = byteLength === undefined ? '' : ` of ${byteLength} bytes`;
    throw mustBe(argument, value, `a Uint8Array${size}`);
  }
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if the value lacks one of these methods. */
export function requireMethods(argument: string, value: unknown, names: readonly string[]): void {
  const methods = value as Readonly<Record<string, unknown>> | null | undefined;
  if (names.some((name) => typeof methods?.[name] !== 'function')) {
    throw mustBe(argument, value, `an object with the methods ${names.join(', ')}`);
  }
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if the value is not one of the names. */
export function requireOneOf<T extends string>(
  argument: string,
  value: unknown,
  names: readonly T[],
): asserts value is T {
  if (!(names as readonly unknown[]).includes(value)) {
    throw mustBe(argument, value, `one of ${names.join(', ')}`);
  }
}

/**
 * Throws `ERR_QANTO_INVALID_ARGUMENT` if the value is not an integer of at least `min` and, if it is given, at
 * most `max`.
 */
export function requireInteger(argument: string, value: unknown, min: number, max?: number): void {
  if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > (max ?? Infinity)) {
    const range = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
    throw mustBe(argument, value, `an integer ${range}`);
  }
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if the value is not an integer from 0 to 2^32 - 1. */
export function requireUint32(argument: string, value: unknown): void {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > MAX_UINT32) {
    throw mustBe(argument, value, 'an unsigned 32-bit integer');
  }
}

/**
 * The value, a number or a bigint, as a bigint. Throws `ERR_QANTO_INVALID_ARGUMENT` if it is not an integer
 * from `min` to `max`, or is a number that is not a safe integer. `note` follows the range in the message.
 */
export function integerAsBigint(
  argument: string,
  value: unknown,
  min: bigint,
  max: bigint,
  note = '',
): bigint {
  if (Number.isSafeInteger(value) || typeof value === 'bigint') {
    const integer = BigInt(value as number | bigint);
    if (integer >= min && integer <= max) return integer;
  }
  const isInexact = typeof value === 'number' && value > Number.MAX_SAFE_INTEGER;
  const hint = isInexact ? '; an integer above 2^53 - 1 must be a bigint' : '';
  throw mustBe(argument, value, `an integer from ${min} to ${max}${note}${hint}`);
}

/**
 * Throws `ERR_QANTO_INVALID_ARGUMENT` for a field that does not exist, with the field that was probably meant.
 * A field whose value is undefined counts as absent. Only own enumerable fields are checked.
 */
export function refuseUnknown(argument: string, value: object, fields: Readonly<Record<string, true>>): void {
  // Unlike the list of keys below, this loop makes no array. It also visits inherited fields, which are not checked.
  for (const name in value) {
    if (fields[name] !== true) {
      refuseUnknownKeys(argument, value, fields);
      return;
    }
  }
}

function refuseUnknownKeys(argument: string, value: object, fields: Readonly<Record<string, true>>): void {
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(fields, name)) continue;
    const given = (value as Readonly<Record<string, unknown>>)[name];
    if (given === undefined) continue;
    const shown = shownName(name);
    const meant = nearest(name, Object.keys(fields));
    const hint =
      meant === undefined ? `its fields are ${Object.keys(fields).join(', ')}` : `did you mean ${meant}?`;
    throw new InvalidArgumentError(
      `${argument}.${shown}`,
      given,
      `${argument} has no field ${shown} (${hint})`,
    );
  }
}
