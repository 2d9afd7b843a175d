import { mcaptcha } from 'qanto/formats';
import type { FieldsOf, Format, Taken } from './format.ts';
import { asArgument, jsonNonce, oddsOf, without } from './values.ts';

const challenge: Taken = {
  what: 'the challenge of the server',
  fields: { salt: 'text', string: 'text', difficulty_factor: 'integer' },
};
const EXAMPLE = '{"salt":"myrandomsaltisnotlongenoug","string":"ironmansucks","difficulty_factor":50000}';

export const mcaptchaFormat: Format = {
  hashes: 'SHA-256 of a salt, a text and a decimal nonce',
  algorithms: ['sha256'],
  challenge,
  conditions: challenge,
  answer: { what: 'the nonce and the result' },
  examples: {
    solve: [EXAMPLE],
    verify: ['{"nonce":3838,"result":"340282134200508703755252020331960825081"}', '--challenge', EXAMPLE],
  },
  search(fields) {
    const given = challengeOf(fields);
    return {
      odds: oddsOf(mcaptcha.template(given)),
      async solve(options) {
        const { nonce, result, ...effort } = await mcaptcha.solve(given, options);
        return { answer: { string: given.string, nonce: jsonNonce(nonce), result }, effort };
      },
    };
  },
  verify: (fields, answer) => mcaptcha.verify(challengeOf(fields), asArgument(answer)),
};

/** The server also sends the largest nonce that it has seen. */
function challengeOf(fields: FieldsOf): mcaptcha.McaptchaChallenge {
  return asArgument(without(fields, 'max_recorded_nonce'));
}
