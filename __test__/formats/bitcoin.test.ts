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

  it('throws for a header of another length', () => {
    expect(() => bitcoin.verify({ header: GENESIS.subarray(1) })).toThrow(/80 bytes/);
  });
});
