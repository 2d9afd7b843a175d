import { describe, expect, it } from '@jest/globals';
import { friendlyCaptcha } from 'qanto/formats';

/** A puzzle with one solution, and its first one. */
const PUZZLE = Buffer.from(
  '6183d0330000000000000000010a0132000000000000000000000000000000000102030405',
  'hex',
);
const SOLUTION = Buffer.from('000000009a000000', 'hex');
const TIMESTAMP = 0x6183_d033;
const DURING = 1000 * TIMESTAMP + 1;
const secret = Buffer.from('a secret of the server');

describe('friendlyCaptcha', () => {
  it('makes, solves and accepts a puzzle', async () => {
    const puzzle = friendlyCaptcha.create({
      timestamp: TIMESTAMP,
      expiry: 10,
      solutions: 1,
      difficulty: 50,
      nonce: new Uint8Array(8),
      userData: Uint8Array.of(1, 2, 3, 4, 5),
    });
    expect(Buffer.from(puzzle)).toEqual(PUZZLE);
    const { solutions } = await friendlyCaptcha.solve(puzzle);
    expect(Buffer.from(solutions)).toEqual(SOLUTION);
    expect(friendlyCaptcha.verify(puzzle, solutions, DURING)).toEqual({ valid: true });
  });

  it('finds several solutions, which all differ', async () => {
    const puzzle = friendlyCaptcha.create({
      timestamp: 1,
      solutions: 51,
      difficulty: 60,
      nonce: new Uint8Array(8).fill(9),
    });
    const { solutions, expectedHashes } = await friendlyCaptcha.solve(puzzle);
    expect(solutions).toHaveLength(8 * 51);
    expect(expectedHashes).toBeCloseTo((51 * 2 ** 32) / friendlyCaptcha.thresholdOf(60));
    expect(friendlyCaptcha.verify(puzzle, solutions)).toEqual({ valid: true });
    const repeated = solutions.slice();
    repeated.set(solutions.subarray(0, 8), 8 * 50);
    expect(friendlyCaptcha.verify(puzzle, repeated)).toEqual({ valid: false, reason: 'repeated' });
  });

  // A difficulty at which 2^32 hashes are expected. The search begins near the end of the nonce space, so that it goes on with the
  // next value of the outer counter, 10 hashes later.
  const hard = friendlyCaptcha.create({
    timestamp: 1,
    solutions: 1,
    difficulty: 255,
    nonce: new Uint8Array(8),
  });
  const nearEnd = { startNonce: 2 ** 32 - 10 } as friendlyCaptcha.FriendlySolveOptions;

  it('counts the hashes of all values of the outer counter together', async () => {
    const search = friendlyCaptcha.solve(hard, { ...nearEnd, maxHashes: 25 });
    await expect(search).rejects.toMatchObject({ code: 'ERR_QANTO_HASH_BUDGET_SPENT' });
    await expect(friendlyCaptcha.solve(hard, { ...nearEnd, maxHashes: 2561 })).rejects.toMatchObject({
      code: 'ERR_QANTO_NONCE_SPACE_EXHAUSTED',
    });
  });

  it('writes and reads the texts on the wire', async () => {
    const signed = friendlyCaptcha.sign(PUZZLE, secret);
    const parsed = friendlyCaptcha.parsePuzzle(signed);
    expect(parsed).toEqual({ signature: signed.split('.')[0], puzzle: new Uint8Array(PUZZLE) });
    const text = friendlyCaptcha.answerText(parsed!, {
      solutions: SOLUTION,
      hashes: 155,
      expectedHashes: 76,
      elapsedMs: 2600,
    });
    expect(text).toBe(`${signed}.AAAAAJoAAAA=.AAAD`);
    expect(friendlyCaptcha.parseAnswer(text)).toEqual({ ...parsed, solutions: new Uint8Array(SOLUTION) });
    expect(friendlyCaptcha.open(text, secret)?.solutions).toEqual(new Uint8Array(SOLUTION));
  });

  it.each([
    undefined,
    '',
    'aa',
    'aa.',
    `aa.${PUZZLE.toString('base64')}.`,
    `aä.${PUZZLE.toString('base64')}`,
    `aa.${Buffer.from(PUZZLE).fill(2, 12, 13).toString('base64')}`,
    `aa.${'A'.repeat(5000)}`,
  ])('finds no puzzle in %p', (text) => {
    expect(friendlyCaptcha.parsePuzzle(text as string)).toBeUndefined();
    expect(friendlyCaptcha.parseAnswer(`${text}.AAAA`)).toBeUndefined();
  });

  it('refuses a value that is not bytes as malformed, and throws if the time is not a number', () => {
    const verify = friendlyCaptcha.verify as (puzzle: unknown, solutions: unknown, nowMs?: number) => unknown;
    expect(verify(PUZZLE.toString('base64'), SOLUTION)).toEqual({ valid: false, reason: 'malformed' });
    expect(verify(PUZZLE, [0, 0, 0, 0])).toEqual({ valid: false, reason: 'malformed' });
    expect(() => verify(PUZZLE, SOLUTION, Number.NaN)).toThrow(/^nowMs must be an integer/);
  });

  it('expires', () => {
    const end = 1000 * TIMESTAMP + 10 * 300_000;
    expect(friendlyCaptcha.expiresAt(PUZZLE)).toBe(end);
    expect(friendlyCaptcha.verify(PUZZLE, SOLUTION, end)).toEqual({ valid: true });
    expect(friendlyCaptcha.verify(PUZZLE, SOLUTION, end + 1)).toEqual({ valid: false, reason: 'expired' });
  });

  it.each([
    ['an old version', Buffer.from(PUZZLE).fill(2, 12, 13), SOLUTION, 'malformed'],
    ['no solutions', Buffer.from(PUZZLE).fill(0, 14, 15), SOLUTION, 'malformed'],
    ['a puzzle that is too short', PUZZLE.subarray(0, 31), SOLUTION, 'malformed'],
    ['a puzzle that is too long', Buffer.concat([PUZZLE, Buffer.alloc(28)]), SOLUTION, 'malformed'],
    ['too many solutions', PUZZLE, Buffer.concat([SOLUTION, SOLUTION]), 'wrong-count'],
    ['another solution', PUZZLE, Buffer.from('000000009b000000', 'hex'), 'too-little-work'],
  ])('refuses %s', (_, puzzle, solutions, reason) => {
    expect(friendlyCaptcha.verify(puzzle, solutions, DURING)).toEqual({ valid: false, reason });
  });

  // Of the table of the library.
  it.each([
    [0, 4_294_595_181],
    [50, 56_426_713],
    [100, 741_390],
    [122, 110_208],
    [150, 9741],
    [180, 724],
    [250, 1],
    [255, 1],
  ])('has for difficulty %i the threshold %i', (difficulty, threshold) => {
    expect(friendlyCaptcha.thresholdOf(difficulty)).toBe(threshold);
  });

  it('signs puzzles, and opens answers to them only', () => {
    const signed = friendlyCaptcha.sign(PUZZLE, secret);
    const answer = `${signed}.${SOLUTION.toString('base64')}.AgAA`;
    const opened = friendlyCaptcha.open(answer, secret);
    expect(opened).toEqual({ puzzle: new Uint8Array(PUZZLE), solutions: new Uint8Array(SOLUTION) });
    expect(friendlyCaptcha.open(answer, Buffer.from('another'))).toBeUndefined();
    const other = Buffer.from(PUZZLE).fill(0, 15, 16).toString('base64');
    expect(friendlyCaptcha.open(answer.replace(PUZZLE.toString('base64'), other), secret)).toBeUndefined();
    expect(friendlyCaptcha.open('', secret)).toBeUndefined();
    expect(friendlyCaptcha.open(`${answer}.x`, secret)).toBeUndefined();
    expect(friendlyCaptcha.open('x'.repeat(5000), secret)).toBeUndefined();
  });
});
