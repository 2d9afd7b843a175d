import { isDeepStrictEqual } from 'node:util';
import { expect } from '@jest/globals';

/** Jest's own comparison is slow for many values, so it only reports a difference. */
export function expectSame<T>(actual: T, expected: T): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toEqual(expected);
}
