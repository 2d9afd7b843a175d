import { friendlyCaptcha } from 'qanto/formats';
import { mustBe } from 'qanto/internal';
import type { Format } from './format.ts';
import { asArgument, dateOf, objectOf, oddsOf } from './values.ts';

/** The HMAC-SHA-256 of the example with the secret below. */
const EXAMPLE_SIGNATURE = '14d0670f62ba506c5965fafcab23291d20195e88f31d9b4d3ffe0780141ccd77';
const EXAMPLE_SECRET = 'qanto test key';
const EXAMPLE = `${EXAMPLE_SIGNATURE}.YYPQMwAAAAAAAAAAAQoBMgAAAAAAAAAAAAAAAAAAAAABAgMEBQ==`;

export const friendlyCaptchaFormat: Format = {
  hashes: 'BLAKE2b of a puzzle and 8 bytes, several times (version 1)',
  algorithms: ['blake2b'],
  challenge: {
    what: 'the puzzle as the server sends it: its signature, a dot, and its bytes in base64',
    fields: { puzzle: 'text' },
    text: { field: 'puzzle', pattern: /^[\w-]+\.[A-Za-z0-9+/]+=*$/ },
  },
  conditions: {
    what: 'nothing, or the secret of the signature, which is not checked without it, and the present date',
    fields: { secret: 'text', now: 'text' },
  },
  answer: {
    what: 'the text that a client sends: signature, puzzle, solutions and diagnostics, with dots between them',
    pattern: /^[\w-]+(\.[A-Za-z0-9+/]+=*){2}\.[A-Za-z0-9+/]*=*$/,
  },
  examples: {
    solve: [EXAMPLE],
    verify: [
      `${EXAMPLE}.AAAAAJoAAAA=.AAAA`,
      '--set',
      `secret=${EXAMPLE_SECRET}`,
      '--set',
      'now=2021-11-04T12:30:00Z',
    ],
  },
  startsFirst: true,
  search(fields) {
    const text = fields['puzzle'] ?? objectOf(fields['data'])?.['puzzle'];
    const parsed = friendlyCaptcha.parsePuzzle(asArgument(text));
    if (parsed === undefined) {
      throw mustBe(
        'challenge.puzzle',
        text,
        'a signature, a dot, and 32 to 64 bytes of a puzzle of version 1 in base64',
      );
    }
    return {
      odds: oddsOf(...friendlyCaptcha.templates(parsed.puzzle)),
      async solve(options) {
        const answer = await friendlyCaptcha.solve(parsed.puzzle, options);
        const { solutions, ...effort } = answer;
        return { answer: friendlyCaptcha.answerText(parsed, answer), effort };
      },
    };
  },
  verify({ secret, now }, answer) {
    const text = asArgument<string>(answer);
    const key = secretOf(secret);
    const parsed = key === undefined ? friendlyCaptcha.parseAnswer(text) : friendlyCaptcha.open(text, key);
    if (parsed === undefined) return { valid: false, reason: key ? 'malformed-or-forged' : 'malformed' };
    const nowMs = dateOf('challenge.now', now)?.getTime();
    return friendlyCaptcha.verify(parsed.puzzle, parsed.solutions, nowMs);
  },
};

function secretOf(secret: unknown): Uint8Array | undefined {
  if (secret === undefined) return undefined;
  if (typeof secret !== 'string' || secret === '')
    throw mustBe('challenge.secret', secret, 'a text that is not empty');
  return Buffer.from(secret);
}
