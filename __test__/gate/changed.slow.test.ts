/** Changed proofs of all forms. A round makes 1,000 of one proof. */
import { expect, test } from '@jest/globals';
import { FORM_NAMES, MemoryClaims, REFUSAL_REASONS } from 'qanto/gate';
import { randomOf, roundsOf } from './campaign.ts';
import { changedCredentials, isAsGood } from './changed-proof.ts';
import { outcome, outcomeOf, proofFor, request, testGate } from './support.ts';

const TRIES = 4096;

test('A changed proof never passes, and is refused with one of the reasons', async () => {
  const refused: Record<string, number> = {};
  for (const round of roundsOf('QANTO_GATE_CHANGED', 6)) {
    const random = randomOf(round);
    const forms = [FORM_NAMES[round % FORM_NAMES.length]!];
    const claims = new MemoryClaims();
    const { gate } = testGate({ claims, forms, expectedTries: TRIES });
    const [proof, other] = [await proofFor(gate), await proofFor(gate)];
    let passes = 0;
    for (let index = 0; index < 1000; index++) {
      const changed = changedCredentials(proof, other, random);
      const [, payload = ''] = changed.split(' ', 2);
      const inField = random.below(4) === 0;
      const fields = inField ? { body: { altcha: payload } } : { headers: { authorization: changed } };
      const said = outcome(await gate.check(request(fields)));
      const scheme = forms[0] === 'native' ? 'Qanto' : 'Altcha';
      const read = inField ? `${scheme} ${payload}` : changed;
      if (said === 'passed') {
        passes += 1;
        const isRight = [proof, other].some((original) => isAsGood(read, original, TRIES));
        if (!isRight) throw new Error(`round ${round}: the gate has accepted ${JSON.stringify(read)}`);
      } else {
        expect(REFUSAL_REASONS).toContain(said);
        refused[said] = (refused[said] ?? 0) + 1;
      }
      // Only what has passed is remembered.
      if (claims.size !== passes)
        throw new Error(`round ${round}: a refused proof was claimed: ${JSON.stringify(read)}`);
    }
    const after = await outcomeOf(gate, proof);
    expect(['passed', 'replayed']).toContain(after);
    await expect(outcomeOf(gate, proof)).resolves.toBe('replayed');
  }
  for (const reason of ['malformed', 'wrong-signature', 'wrong-proof', 'no-proof']) {
    expect(refused[reason]).toBeGreaterThan(0);
  }
}, 600_000);
