/** Challenges that a page or a program gets from a server: Anubis, Cap, Cerberus, go-away and mCaptcha. */
import { describe, expect, it } from '@jest/globals';
import { anubis, cap, cerberus, goAway, mcaptcha } from 'qanto/formats';

/** The first 64 bytes in hex. */
const COUNTING = Buffer.from(Array.from({ length: 64 }, (_, index) => index)).toString('hex');

describe('anubis', () => {
  it.each([
    ['hunter', 4, 73720n, '000021aed34dbacfb31c00533eecdc3099fe858b8377273a12cc9cdfecfaebe4'],
    [COUNTING, 4, 161906n, '0000f906fa2fb92880f1041ff2907d1738723e8d67cf656e0a49873292f78e1e'],
    [COUNTING, 5, 379685n, '000001501515105cba958163db05ebffe961db4d11177bb9f0162d8afd0f9462'],
  ])('solves %s with %i zeros', async (randomData, difficulty, nonce, response) => {
    const challenge = { randomData, difficulty };
    const answer = await anubis.solve(challenge);
    expect(answer).toMatchObject({ nonce, response, expectedHashes: 16 ** difficulty });
    expect(anubis.verify(challenge, answer)).toEqual({ valid: true });
    expect(anubis.verify(challenge, { nonce: String(nonce), response })).toEqual({ valid: true });
    expect(anubis.verify({ randomData, difficulty: 6 }, answer)).toEqual({
      valid: false,
      reason: 'too-little-work',
    });
    expect(anubis.verify({ randomData: 'other' }, answer)).toEqual({
      valid: false,
      reason: 'wrong-response',
    });
  });

  it('hashes as the tests of Anubis do', () => {
    const response = '2652bdba8fb4d2ab39ef28d8534d7694c557a4ae146c1e9237bd8d950280500e';
    const verdict = anubis.verify({ randomData: 'hunter', difficulty: 1 }, { nonce: 0, response });
    expect(verdict).toEqual({ valid: false, reason: 'too-little-work' });
  });

  const response = '000021aed34dbacfb31c00533eecdc3099fe858b8377273a12cc9cdfecfaebe4';
  it.each([
    undefined,
    {},
    { nonce: -1, response },
    { nonce: '073720', response },
    { nonce: 2n ** 63n, response },
    { nonce: 73720, response: response.toUpperCase() },
    { nonce: 73720, response: 'ab' },
  ])('refuses %p as malformed', (answer) => {
    const verdict = anubis.verify({ randomData: 'hunter' }, answer as anubis.AnubisAnswer);
    expect(verdict).toEqual({ valid: false, reason: 'malformed' });
  });

  it.each([
    [{ randomData: '' }, 'challenge.randomData'],
    [{ randomData: 'x', difficulty: 65 }, 'challenge.difficulty'],
    [{ randomData: 'x', dificulty: 5 }, 'challenge.dificulty'],
  ])('throws for the challenge %p', (challenge, argument) => {
    expect(() => anubis.template(challenge)).toThrow(expect.objectContaining({ argument }));
  });
});

describe('go-away', () => {
  const key = Buffer.from('Pl02g55pPapXdVc3SVfMZQGymmyE0dTCpq0qm8ax9ss=', 'base64');
  const hex = '37964cdb86c8b4fe24ae9654cd40b0d6d68296ce846f4575ba414e41b07f2893';
  const solution = `${hex}68cd110000000000`;

  it('makes, solves and accepts the challenge of its tests', async () => {
    const challenge = goAway.create(key);
    expect(challenge).toEqual({ challenge: hex, difficulty: 20 });
    expect((await goAway.solve(challenge)).solution).toBe(solution);
    expect((await goAway.solve({ challenge: Buffer.from(hex, 'hex') })).solution).toBe(solution);
    expect(goAway.verify(challenge, solution)).toEqual({ valid: true });
  });

  it.each([
    [`${hex}68cd110000000001`, 'too-little-work'],
    [`${hex.replace('3', '4')}68cd110000000000`, 'wrong-challenge'],
    [hex, 'malformed'],
    [undefined, 'malformed'],
  ])('refuses %s', (given, reason) => {
    expect(goAway.verify({ challenge: hex }, given as string)).toEqual({ valid: false, reason });
  });
});

describe('cerberus', () => {
  const fields = {
    challenge: '0123456789abcdef'.repeat(4),
    nonce: 1_234_567,
    timestamp: 1_751_000_000,
    signature: 'ab'.repeat(64),
  };
  const salt = '4daa980071915f949ac6733ad7d35a58074b01a7cc234822565d25b34b451538';

  it('makes the salt', () => {
    expect(cerberus.saltOf(fields)).toBe(salt);
  });

  it.each([
    [4, 70n, '0088ca24'],
    [5, 3634n, '005b7873a4e8634f'],
    [7, 30542n, '00050230e3e073ba'],
  ])('solves difficulty %i', async (difficulty, nonce, beginning) => {
    const answer = await cerberus.solve({ salt, difficulty });
    expect(answer.nonce).toBe(nonce);
    expect(answer.response.startsWith(beginning)).toBe(true);
    expect(cerberus.verify({ salt, difficulty }, String(nonce))).toEqual({ valid: true });
    const verdict = cerberus.verify({ salt, difficulty }, nonce + 1n);
    expect(verdict).toEqual({ valid: false, reason: 'too-little-work' });
    expect(cerberus.verify({ salt, difficulty }, '0x46')).toEqual({ valid: false, reason: 'malformed' });
  });
});

describe('mcaptcha', () => {
  const salt = '79ziepia7vhjgviiwjhnend3ofjqocsi2winc4ptqhmkvcajihywxcizewvckg9h6gs4j83v9';
  it.each([
    ['myrandomsaltisnotlongenoug', 'ironmansucks', 1000, 571n, '340197138724138968906016546471491665380'],
    ['myrandomsaltisnotlongenoug', 'ironmansucks', 50_000, 3838n, '340282134200508703755252020331960825081'],
    [salt, 'Ex nihilo nihil fit.', 1000, 288n, '340210760784916210852671335736648412711'],
    [salt, 'testing', 50_000, 7342n, '340281131478021393248575112937870297078'],
  ])('checks the answer for %s, %s', async (given, string, difficulty_factor, nonce, result) => {
    const challenge = { salt: given, string, difficulty_factor };
    expect(mcaptcha.verify(challenge, { nonce, result })).toEqual({ valid: true });
    expect(mcaptcha.verify(challenge, { nonce: nonce + 1n, result })).toEqual({
      valid: false,
      reason: 'wrong-result',
    });
    const harder = { ...challenge, difficulty_factor: 1_000_000_000 };
    expect(mcaptcha.verify(harder, { nonce, result })).toEqual({ valid: false, reason: 'too-little-work' });
    const answer = await mcaptcha.solve(challenge);
    expect(answer.nonce).toBeLessThanOrEqual(nonce);
    expect(mcaptcha.verify(challenge, answer)).toEqual({ valid: true });
  });

  it('begins with nonce 1', async () => {
    const { nonce } = await mcaptcha.solve({ salt, string: 'x', difficulty_factor: 1 });
    expect(nonce).toBe(1n);
  });

  it.each([{}, null, { nonce: 1, result: 'x' }, { nonce: 1.5, result: '1' }])(
    'refuses %p as malformed',
    (answer) => {
      const verdict = mcaptcha.verify(
        { salt, string: 'x', difficulty_factor: 1 },
        answer as mcaptcha.McaptchaAnswer,
      );
      expect(verdict).toEqual({ valid: false, reason: 'malformed' });
    },
  );
});

describe('cap', () => {
  it.each([
    ['seed', 32, '1dd9a7c40d0759d42188f38ac0cc22b6'],
    ['', 16, '4622a6774f65af21'],
    ['😺', 32, 'af17774f7e2841b0b5d12d5f9f2a2922'],
    ['deadbeef', 64, 'a58364c3ea77698eef93ef8dde22d13c04a774fead20fda2e00879e80994c032'],
  ])('derives digits from %p', (seed, length, digits) => {
    expect(cap.hexDigits(seed, length)).toBe(digits);
  });

  const challenge = { token: 'abc123def456', c: 5, s: 16, d: 2 };
  it('derives the pairs of a token and solves them', async () => {
    expect(cap.pairs(challenge)).toEqual([
      ['571a037bf9d870e1', '26'],
      ['7c1ce6c7f84aa205', '2b'],
      ['8d268f8fc63f7d64', '79'],
      ['d3913d7a73feebc5', 'ae'],
      ['ba9fb984f84cf533', '65'],
    ]);
    const answer = await cap.solve(challenge);
    expect(answer).toMatchObject({ solutions: [204, 41, 2, 37, 108], expectedHashes: 5 * 256 });
    expect(cap.verify(challenge, answer.solutions)).toEqual({ valid: true });
  });

  it.each([
    [[204, 41, 2, 37], 'malformed'],
    [[204, 41, 2, 37, -1], 'malformed'],
    [[204, 41, 2, 37, 2 ** 53], 'malformed'],
    [[204, 41, 2, 37, '108'], 'malformed'],
    [null, 'malformed'],
    [[204, 41, 2, 37, 109], 'too-little-work'],
  ])('refuses the solutions %p', (solutions, reason) => {
    expect(cap.verify(challenge, solutions as number[])).toEqual({ valid: false, reason });
  });

  it('solves the 50 pairs of the defaults, all of which are needed', async () => {
    const { solutions } = await cap.solve({ token: 'a token', d: 2 });
    expect(solutions).toHaveLength(50);
    expect(cap.verify({ token: 'a token', d: 2 }, solutions)).toEqual({ valid: true });
    expect(cap.verify({ token: 'another token', d: 2 }, solutions).valid).toBe(false);
  });
});
