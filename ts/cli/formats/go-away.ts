import { goAway } from 'qanto/formats';
import type { FieldsOf, Format, Taken } from './format.ts';
import { asArgument, oddsOf, without } from './values.ts';

const challenge: Taken = {
  what: 'the challenge: 64 hex digits, and the difficulty',
  fields: { challenge: 'text', difficulty: 'integer' },
  text: { field: 'challenge', pattern: /^[0-9a-f]{64}$/i },
};
const EXAMPLE = '37964cdb86c8b4fe24ae9654cd40b0d6d68296ce846f4575ba414e41b07f2893';

export const goAwayFormat: Format = {
  hashes: 'SHA-256 of a challenge and 8 bytes (js-pow-sha256)',
  algorithms: ['sha256'],
  challenge,
  conditions: challenge,
  answer: { what: 'the solution: 80 hex digits', pattern: /^[0-9a-f]{80}$/i },
  examples: {
    solve: [EXAMPLE, '--set', 'difficulty=20'],
    verify: [`${EXAMPLE}68cd110000000000`, '--challenge', EXAMPLE],
  },
  search(fields) {
    const given = challengeOf(fields);
    return {
      odds: oddsOf(goAway.template(given)),
      async solve(options) {
        const { solution, ...effort } = await goAway.solve(given, options);
        return { answer: solution, effort };
      },
    };
  },
  verify: (fields, answer) => goAway.verify(challengeOf(fields), asArgument(answer)),
};

/** The server also sends the name of the target. */
function challengeOf(fields: FieldsOf): goAway.GoAwayChallenge {
  return asArgument(without(fields, 'target'));
}
