import { mega } from 'qanto/formats';
import type { FieldsOf, Format, Taken } from './format.ts';
import { asArgument, oddsOf } from './values.ts';

const challenge: Taken = {
  what: 'the header X-Hashcash of the response with the status 402: 1:EASINESS:TIMESTAMP:TOKEN',
  fields: { challenge: 'text' },
  text: { field: 'challenge', pattern: /^1:\d+:\d+:[\w-]+$/ },
};
const TOKEN = 'wFqIT_wY3tYKcrm5zqwaUoWym3ZCz32cCsrJOgYBgihtpaWUhGyWJ--EY-zfwI-i';

export const megaFormat: Format = {
  hashes: 'SHA-256 of 4 bytes and 262,144 repetitions of a token (X-Hashcash of MEGA)',
  algorithms: ['sha256'],
  challenge,
  conditions: challenge,
  answer: {
    what: 'the header X-Hashcash of the repeated request: 1:TOKEN:NONCE',
    pattern: /^1:[\w-]+:[\w-]+$/,
  },
  examples: {
    solve: [`1:255:1700000000:${TOKEN}`],
    verify: [`1:${TOKEN}:AAABJw`, '--challenge', `1:180:1700000000:${TOKEN}`],
  },
  search(fields) {
    const given = challengeOf(fields);
    return {
      odds: oddsOf(mega.template(given)),
      async solve(options) {
        const { answer, nonce, ...effort } = await mega.solve(given, options);
        return { answer, details: { nonce }, effort };
      },
    };
  },
  verify: (fields, answer, signal) => mega.verify(challengeOf(fields), asArgument(answer), { signal }),
};

function challengeOf({ challenge: given }: FieldsOf): string {
  return asArgument(given);
}
