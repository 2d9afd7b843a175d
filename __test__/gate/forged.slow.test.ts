/** A flood of forged tokens, which must leave nothing behind. A round sends 1,000 of them. */
import { expect, test } from '@jest/globals';
import { FORM_NAMES, type FormName, MemoryClaims } from 'qanto/gate';
import { randomOf, roundsOf } from './campaign.ts';
import { challengesFor, outcome, request, testGate } from './support.ts';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
const digest = '0'.repeat(64);

/** Credentials with a token, in a form, that can be read. */
const CREDENTIALS: Readonly<Record<FormName, (token: string, number: number) => string>> = {
  native: (token, number) => `Qanto ${token}.${number}`,
  'altcha-v1': (token, number) => {
    const salt = `${'0'.repeat(24)}?token=${token}&expires=1800000300&`;
    return `Altcha ${encode({ algorithm: 'SHA-256', challenge: digest, number, salt, signature: digest })}`;
  },
  'altcha-v2': (token, counter) => {
    const challenge = { parameters: { data: { token } }, signature: digest };
    return `Altcha ${encode({ challenge, solution: { counter, derivedKey: digest } })}`;
  },
};

test('Forged tokens leave the store of claims empty', async () => {
  const claims = new MemoryClaims();
  const { gate } = testGate({ claims, forms: FORM_NAMES });
  const rounds = roundsOf('QANTO_GATE_FORGED', 10);
  const challenges = await challengesFor(gate);
  const tokens: Readonly<Record<FormName, string>> = {
    native: challenges.native!.challenge,
    'altcha-v1': /token=([^&]+)/.exec(challenges['altcha-v1']!.salt)![1]!,
    'altcha-v2': challenges['altcha-v2']!.parameters.data.token,
  };
  const counts: Record<string, number> = {};
  for (const round of rounds) {
    const { bytes } = randomOf(round);
    for (let index = 0; index < 1000; index++) {
      const form = FORM_NAMES[index % FORM_NAMES.length]!;
      const real = Buffer.from(tokens[form], 'base64url');
      // The version, the form and the key of a real one, so that the signature has to be computed.
      const forged = Buffer.concat([real.subarray(0, 10), bytes(real.length - 10)]).toString('base64url');
      const headers = { authorization: CREDENTIALS[form](forged, index) };
      const said = outcome(await gate.check(request({ headers })));
      counts[said] = (counts[said] ?? 0) + 1;
    }
  }
  expect(counts).toEqual({ 'wrong-signature': 1000 * rounds.length });
  expect(claims.size).toBe(0);
}, 600_000);
