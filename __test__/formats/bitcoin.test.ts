import { describe, expect, it } from '@jest/globals';
import { bitcoin } from 'qanto/formats';

/** The header of block 0. */
const GENESIS = Buffer.from(
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c',
  'hex',
);

describe('bitcoin', () => {
  it('accepts the header of block 0, and finds its nonce', async () => {
    const hash = '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f';
    expect(bitcoin.verify({ header: GENESIS })).toEqual({ valid: true, hash });
    const header = Buffer.from(GENESIS).fill(0, 76);
    expect(bitcoin.verify({ header })).toEqual({ valid: false, reason: 'too-little-work' });
    const found = await bitcoin.solve({ header }, { startNonce: 2_083_236_893 - 1000 });
    expect(found.hash).toBe(hash);
    expect(Buffer.from(found.header)).toEqual(GENESIS);
    expect(header.readUInt32LE(76)).toBe(0);
  });

  it('rolls the version', async () => {
    const target = 2n ** 250n;
    const found = await bitcoin.solve({ header: GENESIS, target, versionRolling: 16 });
    expect(bitcoin.verify({ header: found.header, target })).toEqual({ valid: true, hash: found.hash });
    expect(found.header.subarray(4, 76)).toEqual(new Uint8Array(GENESIS.subarray(4, 76)));
  });

  it.each([
    ['another length', GENESIS.subarray(1)],
    ['another type', GENESIS.toString('hex')],
    ['bits of no target', Buffer.from(GENESIS).fill(0, 72, 76)],
    ['bits of a negative target', Buffer.from(GENESIS).fill(0xff, 74, 75)],
    ['bits of a target that is too large', Buffer.from(GENESIS).fill(0xff, 75, 76)],
  ])('refuses a header of %s as malformed', (_, header) => {
    const verdict = bitcoin.verify({ header: header as Uint8Array });
    expect(verdict).toEqual({ valid: false, reason: 'malformed' });
    expect(() => bitcoin.template({ header: header as Uint8Array })).toThrow(/must be/);
  });

  it('needs no target in the bits if another one is given', () => {
    const header = Buffer.from(GENESIS).fill(0, 72, 76);
    expect(bitcoin.verify({ header, target: 2n ** 256n - 1n }).valid).toBe(true);
  });

  it('throws before the search for a hash function whose digest has no 32 bytes', async () => {
    const challenge = { header: GENESIS, target: 2n ** 100n, algorithm: 'sha1' } as const;
    expect(() => bitcoin.verify(challenge)).toThrow(/^challenge.algorithm must be .* 32 bytes; got "sha1"$/);
    await expect(bitcoin.solve(challenge)).rejects.toThrow(/^challenge.algorithm must be/);
  });
});
