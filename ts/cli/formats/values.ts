/** Converts values of JSON to those of the library. A value of another type is left as it is, so that the library names it. */
import { expectedHashes, type Solution, type Template } from 'qanto';
import { mustBe } from 'qanto/internal';
import type { Odds } from '../odds.ts';
import type { FieldsOf } from './format.ts';

/** The fields without those of these names. */
export function without(fields: FieldsOf, ...names: readonly string[]): FieldsOf {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}

/** Fields in the type that a function of the library takes, which checks them at run time. */
export function asArgument<T>(fields: unknown): T {
  return fields as T;
}

/** The fields of an object, or undefined if the value is not an object. */
export function objectOf(value: unknown): FieldsOf | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as FieldsOf)
    : undefined;
}

/** A nonce as a number of JSON, or as text if it is too large for one. */
export function jsonNonce(nonce: Solution['nonce']): number | string {
  return nonce <= Number.MAX_SAFE_INTEGER ? Number(nonce) : String(nonce);
}

/** A date in the form of ISO 8601, or undefined. Throws `ERR_QANTO_INVALID_ARGUMENT` for another text. */
export function dateOf(argument: string, value: unknown): Date | undefined {
  if (value === undefined) return undefined;
  const date = new Date(typeof value === 'string' ? value : Number.NaN);
  if (Number.isNaN(date.getTime()))
    throw mustBe(argument, value, 'a date such as 2026-01-31 or 2026-01-31T12:00:00Z');
  return date;
}

/** The time in ms since 1970 until which something is remembered, as a date, or `never` if it does not expire. */
export function expiryText(expiresAt: number): string {
  return Number.isFinite(expiresAt) ? new Date(expiresAt).toISOString() : 'never';
}

/** The odds of a search for a hit of each of these templates, which are equally hard. */
export function oddsOf(...templates: readonly Template[]): Odds {
  return { solutions: templates.length, expectedHashes: expectedHashes(templates[0]!) };
}
