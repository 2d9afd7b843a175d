/** Parses the values of flags. Errors name the flag, its value and what is expected. */
import { InvalidArgumentError } from 'qanto';
import { mustBe } from 'qanto/internal';

/**
 * Runs a function that calls the API. If the API rejects an argument that a flag has set, the error names the flag and its
 * text instead of the argument: `--nonce-offset`, not `template.nonce.offset`, and `--hex-prefix`, not
 * `template.target.hexPrefix`.
 */
export async function namingFlags(flags: object, run: () => void | Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    const name = camelCase(error.argument.replace(/^(options|template\.target|template)\./, ''));
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

/** Parses a non-negative integer of any size. */
export function integer(flag: string, text: string): bigint {
  if (!/^\d+$/.test(text)) throw mustBe(flag, text, 'an integer of at least 0');
  return BigInt(text);
}

/** Parses a non-negative integer below 2^53. */
export function smallInteger(flag: string, text: string): number {
  const value = Number(integer(flag, text));
  if (!Number.isSafeInteger(value)) throw mustBe(flag, text, 'an integer below 2^53');
  return value;
}
