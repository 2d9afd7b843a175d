import { anubis } from 'qanto/formats';
import { mustBe } from 'qanto/internal';
import type { FieldsOf, Format, Taken } from './format.ts';
import { asArgument, jsonNonce, objectOf, oddsOf } from './values.ts';

const challenge: Taken = {
  what: 'the challenge: the random data and the difficulty, or the object with "rules" and "challenge" in a page of Anubis',
  fields: { randomData: 'text', difficulty: 'integer' },
};

export const anubisFormat: Format = {
  hashes: 'SHA-256 of random text and a decimal nonce (methods fast and slow)',
  algorithms: ['sha256'],
  challenge,
  conditions: challenge,
  answer: { what: 'the nonce and the digest' },
  examples: {
    solve: ['{"randomData":"hunter","difficulty":4}'],
    verify: [
      '{"nonce":73720,"response":"000021aed34dbacfb31c00533eecdc3099fe858b8377273a12cc9cdfecfaebe4"}',
      '--set',
      'randomData=hunter',
    ],
  },
  search(fields) {
    const given = challengeOf(fields);
    return {
      odds: oddsOf(anubis.template(given)),
      async solve(options) {
        const { nonce, response, ...effort } = await anubis.solve(given, options);
        return { answer: { nonce: jsonNonce(nonce), response }, effort };
      },
    };
  },
  verify: (fields, answer) => anubis.verify(challengeOf(fields), asArgument(answer)),
};

/** The challenge itself, or that in the object of a page. Its other methods are no proof of work. */
function challengeOf(fields: FieldsOf): anubis.AnubisChallenge {
  const { rules, challenge: inner, ...set } = fields;
  if (rules === undefined && inner === undefined) return asArgument(fields);
  const { algorithm, difficulty } = objectOf(rules) ?? {};
  if (algorithm !== 'fast' && algorithm !== 'slow') {
    throw mustBe(
      'challenge.rules.algorithm',
      algorithm,
      'fast or slow, since other methods are no proof of work',
    );
  }
  return asArgument({ randomData: objectOf(inner)?.['randomData'], difficulty, ...set });
}
