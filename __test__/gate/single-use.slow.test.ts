/** Random sequences of what clients do, at two gates with one store, beside a model of it. A round is one sequence. */
import { expect, test } from '@jest/globals';
import { FORM_NAMES, MemoryClaims } from 'qanto/gate';
import { gateWithClock } from '../../ts/gate/gate.ts';
import { randomOf, roundsOf } from './campaign.ts';
import { outcomeOf, SECRET, solved } from './support.ts';

interface Held {
  readonly proof: string;
  readonly target: string;
  readonly expiresMs: number;
  isUsed: boolean;
}

const LIFETIME_MS = 10_000;
const TARGETS = ['/a', '/b'];

test('In each sequence of requests, a challenge is worth one of them, at one of two gates, while it is valid', async () => {
  const counts: Record<string, number> = {};
  for (const round of roundsOf('QANTO_GATE_SEQUENCES', 20)) {
    const { below, pick } = randomOf(round);
    const clock = { ms: 1_800_000_000_000 + below(1000) };
    const limit = pick([5, 1000]);
    const claims = new MemoryClaims({ limit }, () => clock.ms);
    const options = { secret: SECRET, claims, expectedTries: 2, lifetimeMs: LIFETIME_MS, forms: FORM_NAMES };
    const gates = [gateWithClock(options, () => clock.ms), gateWithClock(options, () => clock.ms)];
    const held: Held[] = [];
    for (let step = 0; step < 60; step++) {
      const action = below(10);
      if (held.length === 0 || action < 3) {
        const target = pick(TARGETS);
        const issued = { method: 'POST', path: target, form: pick(FORM_NAMES) };
        const expiresMs = clock.ms + LIFETIME_MS;
        held.push({ proof: await solved(pick(gates).issue(issued)), target, expiresMs, isUsed: false });
      } else if (action === 3) {
        clock.ms += below(4000);
      } else {
        const one = pick(held);
        const target = below(5) === 0 ? pick(TARGETS) : one.target;
        const expected =
          clock.ms >= one.expiresMs
            ? 'expired'
            : target !== one.target
              ? 'wrong-request'
              : one.isUsed
                ? 'replayed'
                : claims.size >= limit
                  ? 'store-full'
                  : 'passed';
        // Several requests at once are as good as one.
        const sent = Array.from({ length: pick([1, 1, 4]) }, () =>
          outcomeOf(pick(gates), one.proof, { target }),
        );
        const said = (await Promise.all(sent)).sort();
        const rest = expected === 'passed' ? 'replayed' : expected;
        const wanted = [expected, ...said.slice(1).map(() => rest)].sort();
        if (said.join() !== wanted.join())
          throw new Error(`round ${round}, step ${step}: ${said} instead of ${wanted}`);
        if (expected === 'passed') one.isUsed = true;
        counts[expected] = (counts[expected] ?? 0) + 1;
      }
    }
  }
  expect(Object.keys(counts).sort()).toEqual([
    'expired',
    'passed',
    'replayed',
    'store-full',
    'wrong-request',
  ]);
}, 600_000);
