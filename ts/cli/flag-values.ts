/** Text of the command line as values. A refusal names the flag, what it was given and what would be right. */
import { InvalidArgumentError } from 'qanto';
import { mustBe } from 'qanto/internal';

/**
 * Runs a command's part that calls the API. Where that refuses what a flag has set, the flag is named, and its text shown, in
 * place of the API's argument: `--nonce-offset`, not `template.nonce.offset`.
 */
export async function namingFlags(flags: object, run: () => void | Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    const name = camelCase(error.argument.replace(/^(options|template)\./, ''));
    const text = (flags as Readonly<Record<string, unknown>>)[name];
    if (typeof text !== 'string') throw error;
    const flag = `--${kebabCase(name)}`;
    throw new InvalidArgumentError(flag, text, error.problem.replaceAll(error.argument, flag));
  }
}

function camelCase(path: string): string {
  return path.replaceAll(/\.(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** A whole number from 0, of any size. */
export function integer(flag: string, text: string): bigint {
  if (!/^\d+$/.test(text)) throw mustBe(flag, text, 'an integer, at least 0');
  return BigInt(text);
}

/** A whole number from 0 that a number can hold exactly. */
export function smallInteger(flag: string, text: string): number {
  const value = Number(integer(flag, text));
  if (!Number.isSafeInteger(value)) throw mustBe(flag, text, 'an integer below 2^53');
  return value;
}
