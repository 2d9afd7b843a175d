import { ExpectedWorkError, type SolveOptions } from 'qanto';
import { altcha } from 'qanto/formats';
import { mustBe } from 'qanto/internal';
import type { FieldsOf, Format } from './format.ts';
import { asArgument, dateOf, expiryText, objectOf } from './values.ts';

const LIMITS = { counterMode: 'text', maxMemoryBytes: 'integer', maxWork: 'integer' } as const;
const PARAMETERS =
  '{"algorithm":"PBKDF2/SHA-256","cost":1000,"keyLength":32,"keyPrefix":"00","nonce":"39baf91a19d671f8231217f9e28342a6",' +
  '"salt":"5e00d5d152e1a5db7d44fb6404a40a5e"}';
const CHALLENGE = `{"parameters":${PARAMETERS},"signature":"a10045ef3381d5516e0c3fd6bf0b90e02fab68d576ffe9e0e1c2d1cd1e404f2a"}`;
const KEY = '00cbaa91ccefaa0bbd461ffa67e8c7d9aeee540ceb6063165959bdbb725297e3';

export const altchaV2Format: Format = {
  hashes: 'SHA-2, PBKDF2, scrypt or Argon2id of a nonce, a counter and a salt (ALTCHA, version 2)',
  algorithms: ['sha256', 'sha512'],
  challenge: {
    what: 'the challenge of the server, with its parameters and signature; how the counter is written, and limits of a key, may be set',
    fields: LIMITS,
  },
  conditions: {
    what: 'the keys of the signatures, the functions that are allowed (by default all), the limits of a key, and the present date',
    fields: {
      hmacKey: 'text',
      keyHmacKey: 'text',
      hmacAlgorithm: 'text',
      algorithms: 'list',
      now: 'text',
      ...LIMITS,
    },
  },
  answer: { what: 'the payload, in base64', pattern: /^eyJ[A-Za-z0-9+/]*=*$/ },
  startsFirst: true,
  examples: {
    solve: [CHALLENGE],
    verify: [
      Buffer.from(
        `{"challenge":${CHALLENGE},"solution":{"counter":352,"derivedKey":"${KEY}","time":100}}`,
      ).toString('base64'),
      '--set',
      'hmacKey=signature.secret',
    ],
  },
  search({ counterMode, maxMemoryBytes, maxWork, ...challenge }) {
    const expected = expectedKeys(challenge);
    const expectedHashes = expected === undefined ? undefined : Number(expected);
    return {
      odds: expectedHashes === undefined ? undefined : { solutions: 1, expectedHashes },
      async solve({ threads, maxExpectedHashes, startNonce, priority, kernel, ...options }) {
        requireWork(expected, maxExpectedHashes);
        const limits = { counterMode, maxMemoryBytes, maxWork, kdfConcurrency: threads };
        const answer = await altcha.v2.solve(asArgument(challenge), asArgument({ ...options, ...limits }));
        const { payload, counter, derivedKey, ...effort } = answer;
        return {
          answer: payload,
          details: { counter, derivedKey },
          effort: { ...effort, ...(expectedHashes !== undefined && { expectedHashes }) },
        };
      },
    };
  },
  async verify({ now, ...policy }, answer, signal) {
    const nowMs = dateOf('challenge.now', now)?.getTime();
    const verdict = await altcha.v2.verify(
      asArgument(answer),
      asArgument({ ...policy, signal, ...(nowMs !== undefined && { nowMs }) }),
    );
    return verdict.valid ? { ...verdict, expiresAt: expiryText(verdict.expiresAt) } : verdict;
  },
};

/** A key has at most 128 bytes. */
const MAX_DIGITS = 256;

/** The expected number of keys. A challenge whose counter the server has chosen does not say it. */
function expectedKeys(challenge: FieldsOf): bigint | undefined {
  const { keyPrefix = '00', keySignature } = objectOf(challenge['parameters']) ?? {};
  const isKnown =
    keySignature === undefined && typeof keyPrefix === 'string' && keyPrefix.length <= MAX_DIGITS;
  return isKnown ? 16n ** BigInt(keyPrefix.length) : undefined;
}

function requireWork(expected: bigint | undefined, limit: SolveOptions['maxExpectedHashes']): void {
  if (limit === undefined) return;
  if (expected === undefined) {
    const reason = 'because the challenge does not say how many keys it takes; use --max-hashes';
    throw mustBe('--max-expected-hashes', limit, `left out, ${reason}`);
  }
  if (expected > BigInt(limit)) throw new ExpectedWorkError(expected, BigInt(limit), 'the challenge takes');
}
