/**
 * The long form is `npm run campaign -- proofs`. Round i changes every byte of one proof in five ways, and makes 2,000 proofs
 * from parts of others.
 */
import { expect, test } from '@jest/globals';
import { proofsToChange } from './fuzz-proofs.ts';
import { checkEveryByte, checkRandomChanges, type Refusals } from './fuzz-properties.ts';

const seed = Number(process.env['QANTO_PROOFS_SEED'] ?? 42);
const first = Number(process.env['QANTO_PROOFS_FIRST'] ?? 0);
const rounds = Number(process.env['QANTO_PROOFS_ROUNDS'] ?? 3);

test('No changed proof passes, and each is refused with a ProofError', async () => {
  const proofs = await proofsToChange(6);
  const refusals: Refusals = new Map();
  for (let round = first; round < first + rounds; round++) {
    const proof = proofs[(round * 7) % proofs.length]!;
    checkEveryByte(proof, 5, seed * 1000 + round, refusals);
    checkRandomChanges(proofs, 2000, seed * 1000 + round, refusals);
  }
  expect(refusals.get('ERR_QANTO_PROOF_WRONG_CONTEXT')).toBeGreaterThan(0);
}, 600_000);
