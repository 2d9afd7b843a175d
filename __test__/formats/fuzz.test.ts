import { expect, test } from '@jest/globals';
import { CASES, fuzzFormats, UNTESTED } from './fuzz-formats.ts';

test('Every format has a case that is changed', () => {
  expect(UNTESTED).toEqual([]);
});

test('No JSON from outside is an error of a check, or makes a search leave the limits of the caller', async () => {
  const seen = await fuzzFormats(CASES, 10_000, 1);
  expect(seen.refusedChallenges).toBeGreaterThan(1000);
  expect([...seen.codes.keys()]).toEqual(expect.arrayContaining(['ERR_QANTO_EXPECTED_WORK_TOO_HIGH']));
  expect([...seen.reasons.keys()].sort()).toEqual(CASES.map(({ format }) => format).sort());
});
