import { cerberus } from 'qanto/formats';
import type { FieldsOf, Format, Taken } from './format.ts';
import { asArgument, jsonNonce, objectOf, oddsOf } from './values.ts';

const challenge: Taken = {
  what: 'the salt and the difficulty, or instead of the salt the fields that it is the digest of',
  fields: {
    salt: 'text',
    difficulty: 'integer',
    challenge: 'text',
    nonce: 'integer',
    timestamp: 'integer',
    signature: 'text',
  },
};
const SALT = '4daa980071915f949ac6733ad7d35a58074b01a7cc234822565d25b34b451538';

export const cerberusFormat: Format = {
  hashes: 'BLAKE3 of a salt and 8 bytes',
  algorithms: ['blake3'],
  challenge,
  conditions: challenge,
  answer: { what: 'the nonce, in decimal digits', pattern: /^[0-9]{1,20}$/ },
  examples: {
    solve: [`{"salt":"${SALT}","difficulty":5}`],
    verify: ['3634', '--set', `salt=${SALT}`, '--set', 'difficulty=5'],
  },
  search(fields) {
    const given = challengeOf(fields);
    return {
      odds: oddsOf(cerberus.template(given)),
      async solve(options) {
        const { nonce, response, ...effort } = await cerberus.solve(given, options);
        return { answer: { nonce: jsonNonce(nonce), response }, effort };
      },
    };
  },
  verify(fields, answer) {
    const nonce = objectOf(answer)?.['nonce'] ?? answer;
    return cerberus.verify(challengeOf(fields), asArgument(nonce));
  },
};

function challengeOf(fields: FieldsOf): cerberus.CerberusChallenge {
  const { salt, difficulty, ...signed } = fields;
  if (salt !== undefined || signed['challenge'] === undefined) return asArgument(fields);
  return asArgument({ salt: cerberus.saltOf(asArgument(signed)), difficulty });
}
