/** Each side solves and accepts what the other one, a library that many programs use, makes. */

import Cap from '@cap.js/server';
import { describe, expect, it } from '@jest/globals';
import { hashRawSync } from '@node-rs/argon2';
import * as altchaV2 from 'altcha-lib';
import { deriveKey as pbkdf2 } from 'altcha-lib/algorithms/pbkdf2';
import { deriveKey as scrypt } from 'altcha-lib/algorithms/scrypt';
import { deriveKey as sha } from 'altcha-lib/algorithms/sha';
import type { DeriveKeyFunction } from 'altcha-lib/types';
import { createChallenge, solveChallenge, verifySolution } from 'altcha-lib/v1';
import { API } from 'megajs';
import { getPow, minePow } from 'nostr-tools/nip13';
import { altcha, cap, mcaptcha, mega, nostr } from 'qanto/formats';

const hmacKey = 'a key of both';

describe('altcha-lib', () => {
  it.each(altcha.ALTCHA_ALGORITHMS)(
    'accepts what we solve, and we what it solves (%s)',
    async (algorithm) => {
      const expires = new Date(Date.now() + 60_000);
      const theirs = await createChallenge({
        hmacKey,
        algorithm,
        expires,
        maxnumber: 5000,
        params: { user: 'ä&b' },
      });
      const ours = altcha.create({ hmacKey, algorithm, expires, maxNumber: 5000, params: { user: 'ä&b' } });
      for (const challenge of [theirs, ours]) {
        const { number, payload } = await altcha.solve(challenge as altcha.AltchaChallenge);
        await expect(verifySolution(payload, hmacKey)).resolves.toBe(true);
        await expect(verifySolution(payload, 'another key')).resolves.toBe(false);

        const solved = await solveChallenge(challenge.challenge, challenge.salt, algorithm, 5000).promise;
        expect(solved?.number).toBe(number);
        const answer = { ...challenge, number: solved?.number };
        const verdict = altcha.verify(Buffer.from(JSON.stringify(answer)).toString('base64'), {
          hmacKey,
          algorithms: [algorithm],
        });
        expect(verdict).toMatchObject({
          valid: true,
          expiresAt: 1000 * Math.floor(expires.getTime() / 1000),
        });
        if (verdict.valid) expect(verdict.params.get('user')).toBe('ä&b');
      }
    },
  );
});

/** What altcha-lib does with `crypto.argon2`, which Node.js has since version 24.7. */
const argon2id: DeriveKeyFunction = async (
  { cost, memoryCost = 0, parallelism = 1, keyLength },
  salt,
  password,
) => ({
  derivedKey: hashRawSync(password, {
    ...{ algorithm: 2, version: 1, salt, parallelism },
    ...{ timeCost: cost, memoryCost, outputLen: keyLength },
  }),
});

describe('altcha-lib, version 2', () => {
  const secrets = { hmacSignatureSecret: 'one secret', hmacKeySignatureSecret: 'another secret' };
  const policy = { hmacKey: secrets.hmacSignatureSecret, keyHmacKey: secrets.hmacKeySignatureSecret };
  const functions = [
    ['SHA-256', sha, { cost: 1 }],
    ['SHA-384', sha, { cost: 2 }],
    ['SHA-512', sha, { cost: 3 }],
    ['PBKDF2/SHA-256', pbkdf2, { cost: 10 }],
    ['PBKDF2/SHA-384', pbkdf2, { cost: 10 }],
    ['PBKDF2/SHA-512', pbkdf2, { cost: 10 }],
    ['SCRYPT', scrypt, { cost: 32, memoryCost: 4, parallelism: 2 }],
    ['ARGON2ID', argon2id, { cost: 1, memoryCost: 64 }],
  ] as const;
  const hmacs = ['SHA-256', 'SHA-512'] as const;

  describe.each(functions)('with %s', (algorithm, deriveKey, costs) => {
    const cases = [
      { name: 'a prefix', ours: { keyPrefix: '0a' }, theirs: { keyPrefix: '0A' }, mode: 'uint32' as const },
      {
        name: 'an odd prefix',
        ours: { keyPrefix: 'c' },
        theirs: { keyPrefix: 'C' },
        mode: 'string' as const,
      },
      { name: 'a counter', ours: { counter: 77 }, theirs: { counter: 77 }, mode: 'uint32' as const },
      { name: 'text counters', ours: { counter: 101 }, theirs: { counter: 101 }, mode: 'string' as const },
    ];
    it.each(cases)('accepts what we solve, and we what it solves ($name)', async ({ ours, theirs, mode }) => {
      for (const hmacAlgorithm of hmacs) {
        const expires = new Date(Date.now() + 60_000);
        const common = { algorithm, ...costs, counterMode: mode, data: { z: 'ä&b', a: null, n: 1.5 } };
        const library = { ...secrets, deriveKey, counterMode: mode, hmacAlgorithm: hmacAlgorithm as never };
        const made = [
          await altcha.v2.create({ ...policy, ...common, ...ours, expires, hmacAlgorithm }),
          await altchaV2.createChallenge({ ...library, ...common, ...theirs, expiresAt: expires }),
        ];
        for (const challenge of made as altcha.v2.AltchaV2Challenge[]) {
          const { payload, counter } = await altcha.v2.solve(challenge, { counterMode: mode });
          const decoded = JSON.parse(Buffer.from(payload, 'base64').toString());
          await expect(altchaV2.verifySolution({ ...library, ...decoded })).resolves.toMatchObject({
            verified: true,
          });
          // Without the second secret, both derive the key again.
          const { hmacKeySignatureSecret: _, ...withoutKey } = library;
          await expect(altchaV2.verifySolution({ ...withoutKey, ...decoded })).resolves.toMatchObject({
            verified: true,
          });

          const solution = await altchaV2.solveChallenge({ ...library, challenge: challenge as never });
          expect(solution?.counter).toBe(counter);
          const answer = Buffer.from(JSON.stringify({ challenge, solution })).toString('base64');
          for (const keys of [policy, { hmacKey: policy.hmacKey }]) {
            const verdict = await altcha.v2.verify(answer, { ...keys, hmacAlgorithm, counterMode: mode });
            expect(verdict).toMatchObject({ valid: true, parameters: { data: common.data } });
          }
        }
      }
    });
  });
});

describe('nostr-tools', () => {
  const event = {
    pubkey: 'a48380f4cfcc1ad5378294fcac36439770f9c878dd880ffa94bb74ea54a6f243',
    created_at: 1651794653,
    kind: 1,
    tags: [
      ['t', 'quotes " and \\ and ünïcödé 😺'],
      ['p', ''],
    ],
    content: 'lines\r\n\tand control characters \u0000 \u0001 \u001f \u007f \u2028',
  };

  it('counts the bits of what we mine, and we accept what it mines', async () => {
    const ours = await nostr.solve({ event, bits: 12 });
    expect(getPow(ours.event.id)).toBe(ours.bits);
    const theirs = minePow({ ...event, tags: event.tags.map((tag) => [...tag]) }, 10);
    expect(nostr.verify(theirs, 10)).toEqual({ valid: true, bits: getPow(theirs.id) });
  });
});

describe('@cap.js/server', () => {
  const server = () => new Cap({ noFSState: true, state: { challengesList: {}, tokensList: {} } });
  const sizes = { challengeCount: 7, challengeSize: 20, challengeDifficulty: 3 };

  it('redeems what we solve, once, and refuses what is wrong', async () => {
    const theirs = server();
    const { challenge, token } = await theirs.createChallenge(sizes);
    expect(challenge).toEqual({ c: 7, s: 20, d: 3 });
    const { solutions } = await cap.solve({ token: token!, ...challenge });
    await expect(theirs.redeemChallenge({ token: token!, solutions })).resolves.toMatchObject({
      success: true,
    });
    await expect(theirs.redeemChallenge({ token: token!, solutions })).resolves.toMatchObject({
      success: false,
    });

    const other = await theirs.createChallenge(sizes);
    await expect(theirs.redeemChallenge({ token: other.token!, solutions })).resolves.toMatchObject({
      success: false,
    });
    expect(cap.verify({ token: other.token!, ...challenge }, solutions).valid).toBe(false);
  });

  it('accepts the same nonces as we do', async () => {
    const theirs = server();
    const one = { challengeCount: 1, challengeSize: 20, challengeDifficulty: 1 };
    const verdicts = new Set<boolean>();
    // About every sixteenth number is a solution.
    for (let nonce = 0; nonce < 40 || verdicts.size < 2; nonce++) {
      const { challenge, token } = await theirs.createChallenge(one);
      const { valid } = cap.verify({ token: token!, ...challenge }, [nonce]);
      const { success } = await theirs.redeemChallenge({ token: token!, solutions: [nonce] });
      expect(success).toBe(valid);
      verdicts.add(valid);
    }
  });
});

describe('@mcaptcha/pow_sha256-polyfill', () => {
  it.each([
    ['a salt that is long enough', 'a phrase', 500],
    ['39baf91a19d671f8231217f9e28342a6', 'Ex nihilo nihil fit.', 300],
  ])('finds for %j and %j the same nonce as we do', async (salt, string, difficulty_factor) => {
    // The package expects a browser, whose global object has this name. It counts the UTF-16 code units of the phrase, and not its
    // bytes, as the server does, so that a phrase must be ASCII.
    Object.assign(globalThis, { self: globalThis });
    const { generate_work } = await import('@mcaptcha/pow_sha256-polyfill/dist/index.js');
    const theirs = await generate_work(salt, string, difficulty_factor);
    const challenge = { salt, string, difficulty_factor };
    const { nonce, result } = await mcaptcha.solve(challenge);
    expect(theirs).toEqual({ nonce: Number(nonce), result });
    expect(mcaptcha.verify(challenge, theirs)).toEqual({ valid: true });
  });
});

describe('megajs', () => {
  it('answers our challenge, which we accept', async () => {
    const challenge = mega.create({ easiness: 255 });
    const answers: string[] = [];
    const fetch = async (_url: unknown, { headers = {} }: { headers?: Record<string, string> } = {}) => {
      const answer = headers['X-Hashcash'];
      if (answer === undefined) {
        return new Response('-3', { status: 402, headers: { 'X-Hashcash': challenge } });
      }
      answers.push(answer);
      return new Response('[{"u":"a user"}]');
    };
    const api = new API(false, { fetch: fetch as never });
    await expect(api.request({ a: 'ug' } as never)).resolves.toEqual({ u: 'a user' });
    expect(answers).toHaveLength(1);
    await expect(mega.verify(challenge, answers[0] as string)).resolves.toMatchObject({ valid: true });
  }, 60_000);
});
