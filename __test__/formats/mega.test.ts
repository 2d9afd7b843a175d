import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { platform, solvePow, verifyPow, verifyPowBatch } from 'qanto';
import { mega } from 'qanto/formats';

/** Challenges of MEGA, and their first answers. */
const VECTORS = [
  {
    token: 'wFqIT_wY3tYKcrm5zqwaUoWym3ZCz32cCsrJOgYBgihtpaWUhGyWJ--EY-zfwI-i',
    easiness: 180,
    nonce: 295,
    text: 'AAABJw',
    word: 0x8340b3,
  },
  {
    token: '3NIjq_fgu6bTyepwHuKiaB8a1YRjISBhktWK1fjhRx86RhOqKZNAcOZht0wJvmhQ',
    easiness: 192,
    nonce: 132,
    text: 'AAAAhA',
    word: 0xea156c,
  },
  {
    token: '3NIjq_fgu6bTyepwHuKiaB8a1YRjISBhktWK1fjhRx86RhOqKZNAcOZht0wJvmhQ',
    easiness: 180,
    nonce: 782,
    text: 'AAADDg',
    word: 0x3e65ad,
  },
] as const;
const [first] = VECTORS;
const challenge = `1:${first.easiness}:1700000000:${first.token}`;
const answer = `1:${first.token}:${first.text}`;

/** A template like that of MEGA whose messages are short. */
const short = {
  ...mega.template(challenge),
  target: { lo: 0n, hi: 2n ** 28n, width: 4, endian: 'big' as const },
  repeated: { bytes: Buffer.from(first.token, 'base64url'), times: 100 },
};

describe('mega', () => {
  it.each(VECTORS)('finds nonce $nonce within the last hashes before it', async (vector) => {
    const header = `1:${vector.easiness}:1700000000:${vector.token}`;
    const solved = await mega.solve(header, { startNonce: vector.nonce - 20 });
    expect(solved).toMatchObject({ nonce: vector.nonce, answer: `1:${vector.token}:${vector.text}` });
    const { digest } = await solvePow(mega.template(header), { startNonce: vector.nonce });
    expect(Buffer.from(digest).readUInt32BE()).toBe(vector.word);
    expect(vector.word).toBeLessThanOrEqual(mega.thresholdOf(vector.easiness));
  });

  it('hashes the nonce and the repetitions of the token', async () => {
    const message = Buffer.concat([
      Buffer.from(first.text, 'base64url'),
      Buffer.alloc(262_144 * 48, Buffer.from(first.token, 'base64url')),
    ]);
    expect(message).toHaveLength(12_582_916);
    const { digest } = await solvePow(mega.template(challenge), { startNonce: first.nonce });
    expect(Buffer.from(digest).toString('hex')).toBe(createHash('sha256').update(message).digest('hex'));
  });

  it('accepts a valid answer, and refuses others with a reason', async () => {
    await expect(mega.verify(challenge, answer)).resolves.toEqual({
      valid: true,
      token: first.token,
      timestamp: 1_700_000_000,
    });
    const refused = async (given: unknown, reason: string) =>
      expect(await mega.verify(challenge, given as string)).toEqual({ valid: false, reason });
    await refused(`1:${first.token}:AAABJg`, 'too-little-work');
    await refused(`1:${VECTORS[1].token}:${first.text}`, 'wrong-token');
    await refused(`1:${first.token}:AAABJx`, 'malformed');
    await refused(`2:${first.token}:${first.text}`, 'malformed');
    await refused(`${answer}\n`, 'malformed');
    await refused(undefined, 'malformed');
  });

  it('stops within a hash when it is cancelled', async () => {
    const controller = new AbortController();
    const impossible = { ...mega.template(challenge), target: { ...short.target, hi: 0n } };
    const search = solvePow(impossible, {
      signal: controller.signal,
      maxHashes: 10_000,
      onProgress: () => controller.abort(),
    });
    const error = await search.catch((thrown) => thrown);
    expect(error.code).toBe('ABORT_ERR');
  });

  it('makes challenges that differ, and knows their thresholds', async () => {
    expect(mega.thresholdOf(180)).toBe(13_762_560);
    expect(mega.thresholdOf(192)).toBe(16_777_216);
    expect(mega.thresholdOf(255)).toBe(127 * 2 ** 24);
    const [one, other] = [mega.create({ easiness: 255 }), mega.create({ easiness: 255 })];
    expect(one).not.toBe(other);
    const solved = await mega.solve(one);
    await expect(mega.verify(one, solved.answer)).resolves.toMatchObject({ valid: true });
  });

  it.each(['', '2:180:1:x', `1:256:1:${first.token}`, `1:180:01:${first.token}`, `${challenge}A`, undefined])(
    'throws for the challenge %p',
    async (given) => {
      const error = expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument: 'challenge' });
      expect(() => mega.template(given as string)).toThrow(error);
      await expect(mega.solve(given as string)).rejects.toThrow(error);
      await expect(mega.verify(given as string, answer)).rejects.toThrow(error);
    },
  );
});

describe('a template that repeats bytes', () => {
  it('has the same answers with every kernel, and verifyPow accepts them', async () => {
    const solutions = await Promise.all(platform().kernels.map((kernel) => solvePow(short, { kernel })));
    const [one] = solutions;
    for (const { nonce, digest } of solutions) expect([nonce, digest]).toEqual([one?.nonce, one?.digest]);
    expect(verifyPow(short, one?.nonce as bigint)).toBe(true);
    for (let nonce = 0n; nonce < (one?.nonce as bigint); nonce++) expect(verifyPow(short, nonce)).toBe(false);
  });

  it('is searched up to an exact number of hashes', async () => {
    const impossible = { ...short, target: { ...short.target, hi: 0n } };
    const error = await solvePow(impossible, { maxHashes: 37 }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_QANTO_HASH_BUDGET_SPENT', hashes: 37 });
  });

  it.each([
    [{ ...short, repeated: { bytes: new Uint8Array(0), times: 3 } }, 'template.repeated.bytes'],
    [{ ...short, repeated: { bytes: new Uint8Array(1025), times: 3 } }, 'template.repeated.bytes'],
    [{ ...short, repeated: { bytes: new Uint8Array(48), times: 2 } }, 'template.repeated.times'],
    [{ ...short, repeated: { bytes: new Uint8Array(1024), times: 16_385 } }, 'template.repeated.times'],
    [{ ...short, repeated: { bytes: new Uint8Array(48), time: 3 } }, 'template.repeated.time'],
    [{ ...short, algorithm: 'sha256d' }, 'template.repeated'],
    [{ ...short, nonce: { offset: 4, encoding: 'decimal' } }, 'template.repeated'],
    [{ ...short, nonce: { offset: 0, encoding: 'u32be' }, versionRolling: 2 }, 'template.repeated'],
  ])('is refused if it is invalid (%#)', async (template, argument) => {
    await expect(solvePow(template as never)).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      argument,
    });
  });

  it('is refused among many answers, and by position', async () => {
    const code = 'ERR_QANTO_INVALID_ARGUMENT';
    await expect(
      verifyPowBatch([{ template: { ...short, repeated: undefined } as never, nonce: 1 }]),
    ).resolves.toEqual([false]);
    await expect(verifyPowBatch([{ template: short, nonce: 1 }])).rejects.toMatchObject({ code });
    const nonces = new Uint32Array(2);
    await expect(verifyPowBatch({ template: short, nonces })).rejects.toMatchObject({ code });
  });
});
