/** What public calls ask of the types of their arguments, for callers whom no compiler checks. */
import { InvalidArgumentError } from './errors.ts';

const { types } = process.getBuiltinModule('node:util');

/**
 * One of a set of names, which editors suggest. The compiler takes any string, so that an object literal need not say
 * `as const`; what is none of the names is refused when the program runs.
 */
export type NameOf<T extends string> = T | (string & {});

/** Throws `INVALID_ARGUMENT` for null and what is no object. */
export function requireObject(argument: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    throw new InvalidArgumentError(argument, value, 'an object');
  }
}

/** Throws `INVALID_ARGUMENT` unless it is a Uint8Array, of this length when that is given. */
export function requireBytes(argument: string, value: unknown, byteLength?: number): void {
  if (!types.isUint8Array(value) || (byteLength !== undefined && value.length !== byteLength)) {
    const size = byteLength === undefined ? '' : ` of ${byteLength} bytes`;
    throw new InvalidArgumentError(argument, value, `a Uint8Array${size}`);
  }
}

/** Throws `INVALID_ARGUMENT` unless it has these methods. */
export function requireMethods(argument: string, value: unknown, names: readonly string[]): void {
  const methods = value as Readonly<Record<string, unknown>> | null | undefined;
  if (names.some((name) => typeof methods?.[name] !== 'function')) {
    throw new InvalidArgumentError(argument, value, `an object with the methods ${names.join(', ')}`);
  }
}
