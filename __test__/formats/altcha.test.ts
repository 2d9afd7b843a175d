import { describe, expect, it } from '@jest/globals';
import { altcha } from 'qanto/formats';

const hmacKey = 'qanto test key';
/** Challenges that altcha-lib 2.8.0 made with this key, and their answers. */
const CHALLENGES = [
  {
    algorithm: 'SHA-256',
    salt: '39baf91a19d671f8231217f9e28342a6&',
    number: 49582,
    challenge: '7882febf015384f50175e80d3ee48e090748adb40a9850de5f7d1b3ccf0be01a',
    signature: 'e88b8b2eea4c81c23bb21a8bb0d048a0438c26c7b96b9c33595a27d5f58c309d',
  },
  {
    algorithm: 'SHA-1',
    salt: '00112233445566778899aabb&',
    number: 777,
    challenge: 'fd675ef38f4d46af55696d4b265dd697e9e39d45',
    signature: 'bde0d3cd8672bae86366f357cb27f989fe44d08d',
  },
  {
    algorithm: 'SHA-512',
    salt: '00112233445566778899aabb?expires=4102444800&',
    number: 123456,
    challenge:
      '19bd483a5b2ded66f15b7bc820da57df47df35cc65af1d84921f3d4739afaa6e7df6f85a28194cf34fab3a914c645349c1ae39d8c948a3129c5795e8802040f9',
    signature:
      'd00207bcac841c9d0f11b46ff01b0f6baac3b95d12e6eba78bc06eaece56959ae5b68ef7c0cbb837f913226bf7ff716712ab3e44d3f58db5d333f3d601074858',
  },
] as const;
const policy = { hmacKey, algorithms: altcha.ALTCHA_ALGORITHMS };

function payloadOf(answer: object): string {
  return Buffer.from(JSON.stringify(answer)).toString('base64');
}

describe('altcha', () => {
  it.each(CHALLENGES)('solves and accepts a challenge of altcha-lib with $algorithm', async (given) => {
    const { number, ...challenge } = given;
    const answer = await altcha.solve(challenge);
    expect(answer.number).toBe(number);
    expect(JSON.parse(Buffer.from(answer.payload, 'base64').toString())).toMatchObject(given);
    const verdict = altcha.verify(answer.payload, policy);
    expect(verdict).toMatchObject({ valid: true, challenge: challenge.challenge });
  });

  it('makes a challenge as altcha-lib does', () => {
    const [first, , third] = CHALLENGES;
    const made = altcha.create({ hmacKey, salt: first.salt.slice(0, -1), number: first.number });
    expect(made).toEqual({ ...CHALLENGES[0], number: undefined, maxnumber: 1_000_000 });
    const expires = new Date(4_102_444_800_000);
    const { number } = third;
    expect(
      altcha.create({ hmacKey, algorithm: 'SHA-512', salt: '00112233445566778899aabb', expires, number }),
    ).toEqual({ ...third, number: undefined, maxnumber: 1_000_000 });
  });

  it('solves a challenge from before the closing &, which it does not accept', async () => {
    const challenge = {
      algorithm: 'SHA-256' as const,
      salt: 'd15e43fa3709d85ce3c74644?challenge_id=01931621-1456-7b5b-be65-c044e6b47cbb&expires=1731243386',
      challenge: '5dc6b352632912664583940e14b9dfbdf447459d4517708ce8766a39ac040eb5',
      signature: '00',
    };
    const { number, payload } = await altcha.solve(challenge);
    expect(number).toBe(12185);
    expect(altcha.verify(payload, policy)).toEqual({ valid: false, reason: 'open-salt' });
  });

  it('returns the parameters and the expiry of a challenge, and refuses it afterwards', async () => {
    const expires = new Date('2030-01-01T00:00:00Z');
    const made = altcha.create({ hmacKey, maxNumber: 1000, expires, params: { path: '/a?b&c', id: '7' } });
    const { payload, expectedHashes } = await altcha.solve(made);
    expect(expectedHashes).toBe(501);
    const nowMs = expires.getTime();
    const verdict = altcha.verify(payload, { hmacKey, nowMs });
    expect(verdict).toMatchObject({ valid: true, expiresAt: nowMs });
    if (verdict.valid) expect(verdict.params.get('path')).toBe('/a?b&c');
    expect(altcha.verify(payload, { hmacKey, nowMs: nowMs + 1 })).toEqual({
      valid: false,
      reason: 'expired',
    });
  });

  it('draws numbers up to the largest, and salts that differ', () => {
    const made = Array.from({ length: 50 }, () => altcha.create({ hmacKey, maxNumber: 1 }));
    expect(new Set(made.map(({ salt }) => salt)).size).toBe(50);
    const first = made.map(
      ({ salt, challenge }) =>
        altcha.create({ hmacKey, salt: salt.slice(0, -1), number: 0, maxNumber: 1 }).challenge === challenge,
    );
    expect(new Set(first)).toEqual(new Set([true, false]));
  });

  it('ends with an error if no number up to the largest is the answer', async () => {
    const { number, ...challenge } = CHALLENGES[0];
    await expect(altcha.solve({ ...challenge, maxnumber: number - 1 })).rejects.toMatchObject({
      code: 'ERR_QANTO_HASH_BUDGET_SPENT',
    });
    expect((await altcha.solve({ ...challenge, maxnumber: number })).number).toBe(number);
  });

  it('limits the expected work before the search begins', async () => {
    const { number, ...challenge } = CHALLENGES[0];
    const given = { ...challenge, maxnumber: 2 ** 52 };
    await expect(altcha.solve(given, { maxExpectedHashes: 2 ** 51 })).rejects.toMatchObject({
      code: 'ERR_QANTO_EXPECTED_WORK_TOO_HIGH',
      expectedHashes: 2n ** 51n + 1n,
    });
    expect((await altcha.solve(given, { maxExpectedHashes: 2 ** 51 + 1 })).number).toBe(number);
    await expect(altcha.solve(given, { maxExpectedHashes: 0 })).rejects.toThrow(
      /^options.maxExpectedHashes must be/,
    );
  });

  it('takes the largest number that JSON has', async () => {
    const { number, ...challenge } = CHALLENGES[0];
    const { number: found } = await altcha.solve({ ...challenge, maxnumber: Number.MAX_SAFE_INTEGER });
    expect(found).toBe(number);
  });

  it('throws if the time is not a number, because nothing would expire then', () => {
    expect(() => altcha.verify('', { hmacKey, nowMs: Number.NaN })).toThrow(
      /^policy.nowMs must be an integer/,
    );
  });

  const answer = CHALLENGES[0];
  it.each([
    ['no base64', '***', 'malformed'],
    ['null', payloadOf(null as unknown as object), 'malformed'],
    ['a number as text', payloadOf({ ...answer, number: '49582' }), 'malformed'],
    ['a negative number', payloadOf({ ...answer, number: -1 }), 'malformed'],
    ['an unknown hash function', payloadOf({ ...answer, algorithm: 'MD5' }), 'malformed'],
    ['a text that is too long', 'x'.repeat(8193), 'malformed'],
    ['another hash function than is allowed', payloadOf(CHALLENGES[1]), 'wrong-algorithm'],
    ['a salt that ends elsewhere', payloadOf({ ...answer, salt: answer.salt.slice(0, -1) }), 'open-salt'],
    [
      'another signature',
      payloadOf({ ...answer, signature: `${answer.signature.slice(0, -1)}e` }),
      'wrong-signature',
    ],
    ['another number', payloadOf({ ...answer, number: 49583 }), 'wrong-number'],
    ['another salt', payloadOf({ ...answer, salt: `1${answer.salt}` }), 'wrong-number'],
    ['an expiry that is no number', payloadOf({ ...answer, salt: 'ab?expires=never&' }), 'expired'],
  ])('refuses %s', (_, payload, reason) => {
    expect(altcha.verify(payload, { hmacKey })).toEqual({ valid: false, reason });
  });

  it('does not let digits of the number extend the expiry', async () => {
    const made = altcha.create({ hmacKey, salt: '0011223344', expires: new Date(100_000), number: 987 });
    const moved = { ...made, salt: '0011223344?expires=1009', number: 87 };
    expect(altcha.verify(payloadOf(moved), { hmacKey, nowMs: 0 })).toEqual({
      valid: false,
      reason: 'open-salt',
    });
    const closed = { ...made, salt: '0011223344?expires=1009&', number: 87 };
    expect(altcha.verify(payloadOf(closed), { hmacKey, nowMs: 0 })).toEqual({
      valid: false,
      reason: 'wrong-number',
    });
  });

  it.each([
    [{ hmacKey: '' }, 'options.hmacKey'],
    [{ hmacKey, algorithm: 'MD5' }, 'options.algorithm'],
    [{ hmacKey, maxNumber: 0 }, 'options.maxNumber'],
    [{ hmacKey, number: 1_000_001 }, 'options.number'],
    [{ hmacKey, salt: 'xyz' }, 'options.salt'],
    [{ hmacKey, params: { a: 'x'.repeat(1024) } }, 'options.params'],
    [{ hmacKey, params: null }, 'options.params'],
    [{ hmacKey, params: { a: 1 } }, 'options.params.a'],
    [{ hmacKey, params: { a: '\ud800' } }, 'options.params.a'],
    [{ hmacKey, expires: new Date(Number.NaN) }, 'options.expires'],
    [{ hmackey: 'x' }, 'options.hmackey'],
  ])('throws for the options %p, and does not show the key', (options, argument) => {
    expect(() => altcha.create(options as unknown as altcha.AltchaOptions)).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument }),
    );
  });
});
