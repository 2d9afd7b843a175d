/** The long form of `fuzz.test.ts`. The variables `QANTO_FORMATS_CASES` and `QANTO_FORMATS_SEED` set its length and its cases. */
import { expect, test } from '@jest/globals';
import { CASES, fuzzFormats } from './fuzz-formats.ts';

const count = Number(process.env['QANTO_FORMATS_CASES'] ?? 100_000);
const seed = Number(process.env['QANTO_FORMATS_SEED'] ?? 2);

test('No JSON from outside is an error of a check, or makes a search leave the limits of the caller', async () => {
  const { reasons, refusedChallenges } = await fuzzFormats(CASES, count, seed);
  expect(refusedChallenges).toBeGreaterThan(count / 10);
  expect(reasons.size).toBe(CASES.length);
}, 600_000);
