import { describe, expect, it } from '@jest/globals';
import { nano } from 'qanto/formats';

/** Work from the tests of Nano's node and work server. */
const WORK = [
  [
    '718CC2121C3E641059BC1C2CFC45666C99E8AE922F7A807B7D07B62C995D79E2',
    '2bf29ef00786a6bc',
    0xffff_ffd2_1c39_33f4n,
  ],
  [
    '718CC2121C3E641059BC1C2CFC45666C99E8AE922F7A807B7D07B62C995D79E2',
    '2b3d689bbcb21dca',
    0xffff_fff9_3c41_ec94n,
  ],
  [
    '9DB2961B2D01D49C53AE6C9E513BC51AC04273CD4DAC4277F82B44B4F084A91A',
    'b2ff948c874e7d62',
    0xffff_fffb_301d_e30fn,
  ],
  [
    '2DD2B07F1BBB385B7E1097363D9FCFDAA56DFA74ECB7D59A9E468E7472165660',
    '146232c92971e467',
    0xffff_ffcf_8f56_c369n,
  ],
  [
    '3ed191ec702f384514ba35e1f9081148df5a9ab48fe0f604b6e5b9f7177cee32',
    'bb6737f2daf01a2c',
    0x74bb_aa44_9088_6de7n,
  ],
] as const;
const [ROOT] = WORK[0];

describe('nano.verify', () => {
  it.each(WORK)('finds the value of work for %s', (root, work, value) => {
    expect(nano.verify({ root, threshold: value }, work)).toEqual({ valid: true, value });
    expect(nano.verify({ root, threshold: value + 1n }, work.toUpperCase())).toEqual({
      valid: false,
      reason: 'too-little-work',
    });
  });

  it('needs the work of a send by default', () => {
    expect(nano.verify({ root: ROOT }, WORK[1][1]).valid).toBe(true);
    expect(nano.verify({ root: ROOT }, WORK[0][1]).valid).toBe(false);
    expect(nano.verify({ root: ROOT, threshold: nano.THRESHOLDS.receive }, WORK[0][1]).valid).toBe(true);
  });

  it.each(['', '2bf29ef00786a6b', '2bf29ef00786a6bcc', '0x2bf29ef00786a6', null, 7])(
    'refuses %p as work',
    (work) => {
      expect(nano.verify({ root: ROOT }, work as string)).toEqual({ valid: false, reason: 'malformed' });
    },
  );
});

describe('nano.solve', () => {
  it('finds work that is valid, for a root in bytes too', async () => {
    const threshold = nano.thresholdOf(1 / 65_536);
    const found = await nano.solve({ root: ROOT, threshold });
    expect(nano.verify({ root: ROOT, threshold }, found.work)).toEqual({ valid: true, value: found.value });
    expect(found.expectedHashes).toBeCloseTo(8192, 0);
    const root = Buffer.from(ROOT, 'hex');
    expect((await nano.solve({ root, threshold })).work).toBe(found.work);
  });

  it('writes the nonce as a number, so that its bytes are reversed', async () => {
    const { work } = await nano.solve({ root: ROOT, threshold: 1n << 62n });
    expect(BigInt(`0x${work}`)).toBeLessThan(64n);
  });

  it.each([
    [{ root: 'ab' }, 'challenge.root'],
    [{ root: new Uint8Array(31) }, 'challenge.root'],
    [{ root: ROOT, threshold: 5 }, 'challenge.threshold'],
    [{ root: ROOT, threshold: 1n << 64n }, 'challenge.threshold'],
    [{ root: ROOT, treshold: 5n }, 'challenge.treshold'],
  ])('rejects the challenge %p', async (challenge, argument) => {
    await expect(nano.solve(challenge as nano.NanoChallenge)).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      argument,
    });
  });
});

describe('multipliers', () => {
  it('are relative to the threshold of a send', () => {
    expect(nano.multiplierOf(nano.THRESHOLDS.receive)).toBe(1 / 64);
    expect(nano.multiplierOf(nano.THRESHOLDS.epoch1)).toBe(1 / 8);
    expect(nano.thresholdOf(1)).toBe(nano.THRESHOLDS.send);
    expect(nano.thresholdOf(1 / 64)).toBe(nano.THRESHOLDS.receive);
    expect(nano.thresholdOf(8)).toBe(0xffff_ffff_0000_0000n);
    expect(nano.thresholdOf(2, nano.THRESHOLDS.epoch1)).toBe(0xffff_ffe0_0000_0000n);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e-12, 1e-300, '2'])(
    'rejects the multiplier %p',
    (multiplier) => {
      expect(() => nano.thresholdOf(multiplier as number)).toThrow(/multiplier must be/);
    },
  );
});
