/** Text of the command line as values. A refusal names the flag, what it was given and what would be right. */
import { InvalidArgumentError } from '../errors.ts';

/** A whole number from 0, of any size. */
export function integer(flag: string, text: string): bigint {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(flag, text, 'an integer, at least 0');
  return BigInt(text);
}

/** A whole number from 0 that a number can hold exactly. */
export function smallInteger(flag: string, text: string): number {
  const value = Number(integer(flag, text));
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError(flag, text, 'an integer below 2^53');
  return value;
}
