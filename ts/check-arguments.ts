/** What public calls ask of the types of their arguments, for callers whom no compiler checks. */
import { InvalidArgumentError, mustBe } from './errors.ts';
import { nearest } from './suggest.ts';

const { types } = process.getBuiltinModule('node:util');

/** The names of the fields of `T`, all of them: the compiler sees to that. */
export type Fields<T> = Readonly<Record<keyof T, true>>;

/**
 * One of a set of names, which editors suggest. The compiler takes any string, so that an object literal need not say
 * `as const`; what is none of the names is refused when the program runs.
 */
export type NameOf<T extends string> = T | (string & {});

/** Throws `ERR_QANTO_INVALID_ARGUMENT` for null and what is no object. */
export function requireObject(argument: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    throw mustBe(argument, value, 'an object');
  }
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` unless it is a Uint8Array, of this length when that is given. */
export function requireBytes(argument: string, value: unknown, byteLength?: number): void {
  if (!types.isUint8Array(value) || (byteLength !== undefined && value.length !== byteLength)) {
    const size = byteLength === undefined ? '' : ` of ${byteLength} bytes`;
    throw mustBe(argument, value, `a Uint8Array${size}`);
  }
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT` unless it has these methods. */
export function requireMethods(argument: string, value: unknown, names: readonly string[]): void {
  const methods = value as Readonly<Record<string, unknown>> | null | undefined;
  if (names.some((name) => typeof methods?.[name] !== 'function')) {
    throw mustBe(argument, value, `an object with the methods ${names.join(', ')}`);
  }
}

/**
 * Throws `ERR_QANTO_INVALID_ARGUMENT` for a field that does not exist, with the one that was probably meant. A field that is
 * undefined counts as absent. Only own enumerable fields are looked at.
 */
export function refuseUnknown(argument: string, value: object, fields: Readonly<Record<string, true>>): void {
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(fields, name)) continue;
    const given = (value as Readonly<Record<string, unknown>>)[name];
    if (given === undefined) continue;
    const meant = nearest(name, Object.keys(fields));
    const hint =
      meant === undefined ? `its fields are ${Object.keys(fields).join(', ')}` : `did you mean ${meant}?`;
    throw new InvalidArgumentError(
      `${argument}.${name}`,
      given,
      `${argument} has no field ${name} (${hint})`,
    );
  }
}
