/** The answer of a challenge of ALTCHA: the number that the server has chosen, and the client looks for. */
import type { SignedToken } from '../token.ts';

/**
 * Returns the largest number that may be the answer. There are 2 × tries - 1 numbers from 0 on, so that one who tries them in order
 * needs `tries` on average.
 */
export function largestAnswer(tries: number): number {
  return Math.max(2 * tries - 2, 1);
}

/**
 * Returns the answer. It depends on all fields of the token and on the server's secret. Nothing has to be stored, and a client can
 * neither choose nor compute it.
 */
export function answerOf({ secret, tries }: SignedToken): number {
  const count = BigInt(largestAnswer(tries)) + 1n;
  return Number((BigInt(`0x${secret.slice(0, 16)}`) * count) >> 64n);
}
