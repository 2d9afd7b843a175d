/** Each side solves and accepts what the other one, a library that many programs use, makes. */
import { describe, expect, it } from '@jest/globals';
import { createChallenge, solveChallenge, verifySolution } from 'altcha-lib/v1';
import { getPow, minePow } from 'nostr-tools/nip13';
import { altcha, nostr } from 'qanto/formats';

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
