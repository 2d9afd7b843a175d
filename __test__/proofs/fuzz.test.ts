import { beforeAll, describe, expect, test } from '@jest/globals';
import { PROOF_ERROR_CODES } from '../../ts/proofs/index.ts';
import { proofsToChange } from './fuzz-proofs.ts';
import {
  checkEveryByte,
  checkEveryLength,
  checkRandomChanges,
  type EncodedProof,
  type Refusals,
} from './fuzz-properties.ts';

let proofs: EncodedProof[];

beforeAll(async () => {
  proofs = await proofsToChange(3);
});

/** The longest proofs: one for each number of parts, which is the second byte. */
function longest(): EncodedProof[] {
  const ascending = [...proofs].sort((a, b) => a.bytes.length - b.bytes.length);
  return [...new Map(ascending.map((proof) => [proof.bytes[1], proof])).values()];
}

describe('A proof', () => {
  test('is refused with a code if any byte of it is changed', () => {
    expect(
      longest()
        .map(({ bytes }) => bytes[1])
        .sort(),
    ).toEqual([0, 1, 2, 3]);
    const refusals: Refusals = new Map();
    for (const proof of longest()) checkEveryByte(proof, 2, 1, refusals);
    expect(new Set(refusals.keys())).toEqual(new Set(PROOF_ERROR_CODES));
  });

  test('is refused with a code if it is shortened or extended', () => {
    const refusals: Refusals = new Map();
    for (const proof of longest().slice(2)) checkEveryLength(proof, refusals);
    expect([...refusals.keys()]).toEqual(['ERR_QANTO_PROOF_MALFORMED']);
  });

  test('is refused with a code if it is made of parts of others', () => {
    const refusals: Refusals = new Map();
    checkRandomChanges(proofs, 1500, 1, refusals);
    expect(refusals.get('ERR_QANTO_PROOF_MALFORMED')).toBeGreaterThan(0);
    expect(refusals.get('ERR_QANTO_PROOF_WRONG_CONTEXT')).toBeGreaterThan(0);
  });
});
