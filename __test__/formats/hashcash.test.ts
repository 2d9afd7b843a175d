import { describe, expect, it } from '@jest/globals';
import { hashcash } from 'qanto/formats';

/** Stamps of others, and the first 20 digits of their SHA-1. The bits are those that the stamps claim. */
const STAMPS = [
  ['1:20:040806:foo::65f460d0726f420d:13a6b8', '2004-08-06T00:00:00Z'],
  ['1:20:060408:adam@cypherspace.org::1QTjaYd7niiQA/sc:ePa', '2006-04-08T00:00:00Z'],
  ['1:20:1303030600:adam@cypherspace.org::McMybZIhxKXu57jd:ckvi', '2013-03-03T06:00:00Z'],
  ['1:20:040428:foo::0298b26853c8ebb3:beca0', '2004-04-28T00:00:00Z'],
] as const;
const DAY_MS = 86_400_000;

describe('hashcash.verify', () => {
  it.each(STAMPS)('accepts %s', (stamp, date) => {
    const dateMs = Date.parse(date);
    const resource = stamp.split(':')[3]!;
    const verdict = hashcash.verify(stamp, { resource, nowMs: dateMs + DAY_MS });
    expect(verdict).toMatchObject({
      valid: true,
      fields: { bits: 20, date: new Date(dateMs), resource, ext: '' },
      expiresAt: dateMs + 30 * DAY_MS,
    });
  });

  const [stamp, date] = STAMPS[0];
  const dateMs = Date.parse(date);
  it.each([
    ['another resource', { resource: 'bar', nowMs: dateMs }, 'wrong-resource'],
    ['a rule that refuses the resource', { resource: () => false, nowMs: dateMs }, 'wrong-resource'],
    ['30 days and a moment later', { resource: 'foo', nowMs: dateMs + 30 * DAY_MS + 1 }, 'expired'],
    ['2 days and a moment before', { resource: 'foo', nowMs: dateMs - 2 * DAY_MS - 1 }, 'in-the-future'],
    ['more bits', { resource: 'foo', nowMs: dateMs, minBits: 21 }, 'too-few-bits'],
  ])('refuses a stamp for %s', (_, policy, reason) => {
    expect(hashcash.verify(stamp, policy)).toEqual({ valid: false, reason });
  });

  it('accepts a stamp up to the end of its validity', () => {
    for (const nowMs of [dateMs - 2 * DAY_MS, dateMs + 30 * DAY_MS]) {
      expect(hashcash.verify(stamp, { resource: (name) => name === 'foo', nowMs }).valid).toBe(true);
    }
  });

  it('refuses a stamp that is copied widely and has 3 bits', () => {
    const wrong = '1:20:1303030600:anni@cypherspace.org::McMybZIhxKXu57jd:ckvi';
    const policy = { resource: 'anni@cypherspace.org', nowMs: Date.parse('2013-03-03') };
    expect(hashcash.verify(wrong, policy)).toEqual({ valid: false, reason: 'too-little-work' });
  });

  it.each([
    '',
    '0:20:040806:foo:65f460d0726f420d:13a6b8',
    '1:20:040806:foo::65f460d0726f420d',
    '1:20:040806:foo::65f460d0726f420d:13a6b8:',
    '1:20:041306:foo::65f460d0726f420d:13a6b8',
    '1:20:040230:foo::65f460d0726f420d:13a6b8',
    '1:20:04080:foo::65f460d0726f420d:13a6b8',
    '1:161:040806:foo::65f460d0726f420d:13a6b8',
    '1:20:040806:foo::65f460d0726f420d:13 a6b8',
    '1:-1:040806:foo::65f460d0726f420d:13a6b8',
    `1:20:040806:${'x'.repeat(1024)}::65f460d0726f420d:13a6b8`,
    7,
    undefined,
  ])('refuses %p as malformed', (text) => {
    expect(hashcash.verify(text as string, { resource: () => true, nowMs: dateMs })).toEqual({
      valid: false,
      reason: 'malformed',
    });
  });

  it('refuses a stamp if the rule of the resource returns a promise', () => {
    const resource = (async () => true) as unknown as () => boolean;
    const verdict = hashcash.verify(stamp, { resource, nowMs: dateMs });
    expect(verdict).toEqual({ valid: false, reason: 'wrong-resource' });
  });

  it.each([
    [undefined, 'policy'],
    [{}, 'policy.resource'],
    [{ resource: 'a:b' }, 'policy.resource'],
    [{ resource: 'a', minBits: 161 }, 'policy.minBits'],
    [{ resource: 'a', now: 7 }, 'policy.now'],
  ])('throws for the policy %p', (policy, argument) => {
    expect(() => hashcash.verify(stamp, policy as hashcash.HashcashPolicy)).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument }),
    );
  });
});

describe('hashcash.solve', () => {
  it('makes a known stamp', async () => {
    const request = {
      resource: 'qanto',
      bits: 16,
      date: new Date('2026-01-01T12:34:56Z'),
      rand: '0123456789abcdef',
    };
    const { stamp, expectedHashes } = await hashcash.solve(request);
    expect(stamp).toBe('1:16:260101:qanto::0123456789abcdef:1746');
    expect(expectedHashes).toBe(65_536);
  });

  it('makes a different stamp each time, which is valid today', async () => {
    const stamps = await Promise.all(
      [1, 2].map(() => hashcash.solve({ resource: 'me@example.org', bits: 10 })),
    );
    for (const { stamp } of stamps) {
      const policy = { resource: 'me@example.org', minBits: 10 };
      expect(hashcash.verify(stamp, policy)).toMatchObject({ valid: true });
    }
    const ids = stamps.map(({ stamp }) => hashcash.stampId(stamp));
    expect(new Set(ids).size).toBe(2);
  });

  it.each([
    [{ resource: 'a:b' }, 'request.resource'],
    [{ resource: 'a\n' }, 'request.resource'],
    [{ resource: 'a', bits: 0 }, 'request.bits'],
    [{ resource: 'a', rand: 'ä' }, 'request.rand'],
    [{ resource: 'a', ext: ':' }, 'request.ext'],
    [{ resource: 'a', date: new Date(Number.NaN) }, 'request.date'],
    [{ resource: 'a', bitz: 3 }, 'request.bitz'],
  ])('rejects the request %p', async (request, argument) => {
    await expect(hashcash.solve(request)).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      argument,
    });
  });
});

describe('the variant of App Store Connect', () => {
  const challenge = '4d74fb15eb23f465f1f6fcbf534e5877';
  const STAMP = `1:11:20230223170600:${challenge}::6373`;

  it('makes the stamp of the tests of fastlane', async () => {
    const { stamp } = await hashcash.solveApple({
      bits: 11,
      challenge,
      date: new Date('2023-02-23T17:06:00Z'),
    });
    expect(stamp).toBe(STAMP);
    expect(hashcash.verifyApple({ bits: 11, challenge }, stamp)).toEqual({ valid: true });
  });

  it('throws for an unknown field of the challenge', () => {
    const wanted = { bits: 11, challenge, bitz: 12 };
    expect(() => hashcash.verifyApple(wanted, STAMP)).toThrow(/did you mean bits/);
    expect(() => hashcash.templateApple(wanted)).toThrow(/did you mean bits/);
  });

  it.each([
    [{ bits: 11, challenge: 'other' }, STAMP, 'wrong-resource'],
    [{ bits: 12, challenge }, STAMP, 'too-few-bits'],
    [{ bits: 11, challenge }, STAMP.replace('6373', '6374'), 'too-little-work'],
    [{ bits: 11, challenge }, STAMP.replace('20230223', '20230230'), 'malformed'],
    [{ bits: 11, challenge }, STAMP.replace('::', ':x:'), 'malformed'],
    [{ bits: 11, challenge }, 7, 'malformed'],
  ])('refuses for %p the stamp %p', (wanted, stamp, reason) => {
    expect(hashcash.verifyApple(wanted, stamp as string)).toEqual({ valid: false, reason });
  });
});
