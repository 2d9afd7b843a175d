import { BlockRejectedError, type Rejection, type RejectionCode } from './errors.ts';

/**
 * Throws the BlockRejectedError of a rule that a block breaks. The error has no stack trace. Recording one costs more than
 * checking a header, and it would show where the rule is checked, but not which call offered the block.
 */
export function reject(
  { hash }: { readonly hash?: string },
  code: RejectionCode,
  rejection: Omit<Rejection, 'hash'>,
): never {
  throw withoutStack(() => new BlockRejectedError(code, { hash, ...rejection }));
}

/** Creates an error that has no stack trace. */
export function withoutStack<E extends Error>(create: () => E): E {
  const { stackTraceLimit } = Error;
  // An assignment would throw if the host has frozen Error.
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return create();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  }
}

/** An unsigned 32-bit integer as error messages show it. */
export function showU32(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
