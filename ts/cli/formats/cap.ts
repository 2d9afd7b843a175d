import { cap, type Verdict } from 'qanto/formats';
import type { FieldsOf, Format, Taken } from './format.ts';
import { asArgument, objectOf, oddsOf } from './values.ts';

const challenge: Taken = {
  what: 'the challenge, as the server sends it, or with c, s and d beside the token',
  fields: { token: 'text', c: 'integer', s: 'integer', d: 'integer' },
};

export const capFormat: Format = {
  hashes: 'SHA-256 of several salts, each with a decimal nonce',
  algorithms: ['sha256'],
  challenge,
  conditions: challenge,
  answer: { what: 'the nonces, or the object with "token" and "solutions" that a client sends' },
  examples: {
    solve: ['{"token":"abc123def456","challenge":{"c":5,"s":16,"d":2}}'],
    verify: [
      '{"token":"abc123def456","solutions":[204,41,2,37,108]}',
      '--challenge',
      '{"token":"abc123def456","c":5,"s":16,"d":2}',
    ],
  },
  startsFirst: true,
  search(fields) {
    const given = challengeOf(fields);
    return {
      odds: oddsOf(...cap.templates(given)),
      async solve(options) {
        const { solutions, ...effort } = await cap.solve(given, options);
        return { answer: { token: given.token, solutions }, effort };
      },
    };
  },
  verify(fields, answer): Verdict<string> {
    const given = challengeOf(fields);
    const sent = objectOf(answer);
    if (sent?.['token'] !== undefined && sent['token'] !== given.token) {
      cap.templates(given);
      return { valid: false, reason: 'wrong-challenge' };
    }
    return cap.verify(given, asArgument(sent ? sent['solutions'] : answer));
  },
};

/** The challenge of the library. The server puts c, s and d into an object, and adds the time at which the token expires. */
function challengeOf(fields: FieldsOf): cap.CapChallenge {
  const { challenge: inner, ...others } = fields;
  const sizes = objectOf(inner);
  if (sizes === undefined) return asArgument(fields);
  const { expires, ...set } = others;
  return asArgument({ ...sizes, ...set });
}
