import { altcha } from 'qanto/formats';
import type { Format } from './format.ts';
import { asArgument, dateOf, expiryText } from './values.ts';

/** The payload, in base64, which always begins like this because JSON begins with a brace and a quotation mark. */
const PAYLOAD = /^eyJ[A-Za-z0-9+/]*=*$/;

export const altchaFormat: Format = {
  hashes: 'SHA-1, SHA-256 or SHA-512 of a salt and a decimal number (ALTCHA, version 1)',
  algorithms: ['sha1', 'sha256', 'sha512'],
  challenge: {
    what: 'the challenge of the server',
    fields: { algorithm: 'text', challenge: 'text', maxnumber: 'integer', salt: 'text', signature: 'text' },
  },
  conditions: {
    what: 'the key of the signature, the hash functions that are allowed (by default SHA-256 alone), and the present date',
    fields: { hmacKey: 'text', algorithms: 'list', now: 'text' },
  },
  answer: { what: 'the payload, in base64', pattern: PAYLOAD },
  examples: {
    solve: [
      '{"algorithm":"SHA-256","challenge":"7882febf015384f50175e80d3ee48e090748adb40a9850de5f7d1b3ccf0be01a",' +
        '"salt":"39baf91a19d671f8231217f9e28342a6&",' +
        '"signature":"e88b8b2eea4c81c23bb21a8bb0d048a0438c26c7b96b9c33595a27d5f58c309d"}',
    ],
    verify: [
      Buffer.from(
        '{"algorithm":"SHA-1","challenge":"fd675ef38f4d46af55696d4b265dd697e9e39d45","number":777,' +
          '"salt":"00112233445566778899aabb&","signature":"bde0d3cd8672bae86366f357cb27f989fe44d08d"}',
      ).toString('base64'),
      '--set',
      'hmacKey=qanto test key',
      '--set',
      'algorithms=SHA-1',
    ],
  },
  startsFirst: true,
  search(fields) {
    const challenge = asArgument<altcha.AltchaChallenge>(fields);
    altcha.template(challenge);
    const { maxnumber = altcha.DEFAULT_MAX_NUMBER } = challenge;
    return {
      odds: { oneOf: maxnumber + 1 },
      async solve(options) {
        const { number, payload, ...effort } = await altcha.solve(challenge, options);
        return { answer: payload, details: { number }, effort };
      },
    };
  },
  verify({ now, ...policy }, answer) {
    const nowMs = dateOf('challenge.now', now)?.getTime();
    const verdict = altcha.verify(
      asArgument(answer),
      asArgument({ ...policy, ...(nowMs !== undefined && { nowMs }) }),
    );
    if (!verdict.valid) return verdict;
    const { challenge, params, expiresAt } = verdict;
    const printed = { challenge, params: Object.fromEntries(params), expiresAt: expiryText(expiresAt) };
    return { valid: true, ...printed };
  },
};
