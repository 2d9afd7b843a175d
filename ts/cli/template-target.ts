/**
 * Converts the targets of templates from and to text. The text of a target depends on the length of the digest, which is known only
 * after the template is complete.
 */
import { fromHex, InvalidArgumentError, type Template, toHex } from 'qanto';
import { decodeCompact, mustBe } from 'qanto/internal';
import { smallInteger } from './flag-values.ts';

type Target = Template['target'];
type Rule = Exclude<Target, bigint>;

/** Returns the target for digests of this length in bytes. Throws `ERR_QANTO_INVALID_ARGUMENT`. */
export type TargetOf = (digestLength: number) => Target;

/** The flags of a target, of which at most one may be given. */
export interface TargetFlags {
  readonly target?: string;
  readonly bits?: string;
  readonly leadingZeroBits?: string;
  readonly hexPrefix?: string;
  readonly equals?: string;
}

/** The target that the flags give, if any. */
export function targetOfFlags(flags: TargetFlags): TargetOf | undefined {
  const { target, bits, leadingZeroBits, hexPrefix, equals } = flags;
  if (target !== undefined) return largestDigest('--target', target);
  if (bits !== undefined) return compactBits('--bits', bits);
  if (leadingZeroBits !== undefined) {
    return () => ({ leadingZeroBits: smallInteger('--leading-zero-bits', leadingZeroBits) });
  }
  if (hexPrefix !== undefined) return () => ({ hexPrefix });
  return equals === undefined ? undefined : () => ({ equals: fromHex(equals, undefined, '--equals') });
}

/** The target in the JSON of a template, if any. */
export function targetOfJson(
  target: string | Readonly<Record<string, unknown>> | undefined,
  bits: string | undefined,
): TargetOf | undefined {
  if (target !== undefined && bits !== undefined) {
    throw new InvalidArgumentError(
      'template.bits',
      bits,
      'template has both target and bits, but it must have only one of them',
    );
  }
  if (typeof target === 'string') return largestDigest('template.target', target);
  if (target !== undefined) return () => ruleOf(target);
  return bits === undefined ? undefined : compactBits('template.bits', bits);
}

/** The target as it is written in the JSON of a template. */
export function targetAsJson(target: Target, digestLength: number): string | object {
  if (typeof target === 'bigint') return target.toString(16).padStart(2 * digestLength, '0');
  return Object.fromEntries(
    Object.entries(target).map(([name, value]) => {
      if (typeof value === 'bigint') return [name, value.toString(16)];
      return [name, value instanceof Uint8Array ? toHex(value) : value];
    }),
  );
}

/** The largest digest that is a hit, as in displayHash: all its hex digits, most significant first. */
function largestDigest(argument: string, hex: string): TargetOf {
  return (digestLength) => {
    const target = BigInt(`0x${toHex(fromHex(hex, digestLength, argument))}`);
    if (target === 0n) throw mustBe(argument, hex, 'above zero');
    return target;
  };
}

function compactBits(argument: string, hex: string): TargetOf {
  const bits = Number.parseInt(toHex(fromHex(hex, 4, argument)), 16);
  return (digestLength) => {
    const target = decodeCompact(bits, digestLength);
    if (typeof target === 'string') throw mustBe(argument, hex, target);
    return target;
  };
}

/** The rule of a JSON object, which writes integers and bytes in hex. The library checks everything else. */
function ruleOf(object: Readonly<Record<string, unknown>>): Rule {
  const fields = Object.entries(object).map(([name, value]) => {
    const argument = `template.target.${name}`;
    if (name === 'atLeast' || name === 'lo' || name === 'hi') return [name, hexInteger(argument, value)];
    return [name, name === 'equals' ? fromHex(value as string, undefined, argument) : value];
  });
  return Object.fromEntries(fields) as Rule;
}

function hexInteger(argument: string, value: unknown): bigint {
  if (typeof value !== 'string' || !/^[0-9a-f]+$/i.test(value)) {
    throw mustBe(argument, value, 'a string of hex digits, most significant first');
  }
  return BigInt(`0x${value}`);
}
