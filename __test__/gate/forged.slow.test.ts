/** A flood of forged tokens, which must leave nothing behind. `npm run bench:gate -- --forged 1000000` sends more. */
import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { MemoryClaims } from 'qanto/gate';
import { challengesFor, outcome, request, testGate } from './support.ts';

test('10,000 forged tokens leave the store of claims empty', async () => {
  const claims = new MemoryClaims();
  const { gate } = testGate({ claims });
  const { native } = await challengesFor(gate);
  const real = Buffer.from(native!.challenge, 'base64url');
  const counts: Record<string, number> = {};
  for (let index = 0; index < 10_000; index++) {
    // The version, the form and the key of a real one, so that the signature has to be computed.
    const forged = Buffer.concat([real.subarray(0, 10), randomBytes(real.length - 10)]).toString('base64url');
    const headers = { authorization: `Qanto ${forged}.${index}` };
    const said = outcome(await gate.check(request({ headers })));
    counts[said] = (counts[said] ?? 0) + 1;
  }
  expect(counts).toEqual({ 'wrong-signature': 10_000 });
  expect(claims.size).toBe(0);
});
