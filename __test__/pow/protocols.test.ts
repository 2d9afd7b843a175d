import { describe, expect, test } from '@jest/globals';
import { expectedHashes, prepare, solvePow, type Template, verifyPow } from '../../ts/pow/index.ts';
import { integerOf } from './messages.ts';
import { ANSWERS, type Answer, anubis, hashcash } from './protocol-answers.ts';

/** A nonce beside the answer: the next number, or another last character. */
function neighbour(nonce: Answer['nonce']): Answer['nonce'] {
  if (typeof nonce === 'string') return nonce.slice(0, -1) + (nonce.endsWith('x') ? 'y' : 'x');
  return BigInt(nonce) + 1n;
}

test.each(ANSWERS)('A template for %s accepts its answer, and not the one beside it', (_, answer) => {
  const { template, nonce, digest: start = '', integer } = answer;
  expect(verifyPow(template, nonce)).toBe(true);
  expect(verifyPow(template, neighbour(nonce))).toBe(false);
  const digest = prepare(template).digest(nonce);
  expect(Buffer.from(digest).toString('hex').slice(0, start.length)).toBe(start);
  if (integer !== undefined) {
    const { width, endian } = template.target as { width: number; endian: string };
    expect(integerOf(digest, width, endian)).toBe(integer);
  }
});

test.each(ANSWERS.filter(([, { isFirst }]) => isFirst))(
  'A search for %s finds its first answer',
  async (_, answer) => {
    await expect(solvePow(answer.template)).resolves.toMatchObject({ nonce: BigInt(answer.nonce) });
  },
);

describe('Hashcash', () => {
  test('refuses the stamp that is often copied with another address', () => {
    const { template, nonce } = hashcash('1:20:1303030600:anni@cypherspace.org::McMybZIhxKXu57jd:ckvi', '');
    expect(verifyPow(template, nonce)).toBe(false);
    expect(verifyPow({ ...template, target: { leadingZeroBits: 3 } }, nonce)).toBe(true);
    expect(verifyPow({ ...template, target: { leadingZeroBits: 4 } }, nonce)).toBe(false);
  });

  test('takes a counter of a fixed number of hex digits as a number, too', async () => {
    const { template } = hashcash('1:16:260101:qanto::0123456789abcdef:1746', '');
    const fixed = { ...template, nonce: { ...template.nonce, encoding: 'hex', width: 4 } };
    expect(verifyPow(template, '1746')).toBe(true);
    expect(verifyPow(fixed, 0x1746)).toBe(true);
    expect(verifyPow(fixed, 1746)).toBe(false);
  });
});

test('An answer to Anubis with a sign or leading zeros is hashed as the number that the server parses', () => {
  const { template } = anubis('hunter', 4, 73720, '');
  for (const sent of ['+73720', '073720']) {
    expect(verifyPow(template, sent)).toBe(false);
    expect(verifyPow(template, Number.parseInt(sent, 10))).toBe(true);
  }
});

test('The rule of MEGA, whose message of 12 MiB is too long for a preimage, takes as many hashes as its easiness says', () => {
  const threshold = (easiness: number) => (((easiness & 63) << 1) + 1) << ((easiness >> 6) * 7 + 3);
  const template = (easiness: number): Template => ({
    algorithm: 'sha256',
    preimage: new Uint8Array(52),
    nonce: { offset: 0, encoding: 'u32be' },
    target: { lo: 0n, hi: BigInt(threshold(easiness)), width: 4, endian: 'big' },
  });
  expect(threshold(180)).toBe(13_762_560);
  expect(expectedHashes(template(180))).toBeCloseTo(312.08, 2);
  expect(expectedHashes(template(192))).toBeCloseTo(256, 2);
});
