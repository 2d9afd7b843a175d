import { describe, expect, it } from '@jest/globals';
import { altcha } from 'qanto/formats';
import { type KeyParameters, KeyThreads, keyThreads } from '../../ts/formats/altcha/key-threads.ts';
import { optionalPackageFile } from '../../ts/optional-packages.ts';

const { v2 } = altcha;
const nonce = '39baf91a19d671f8231217f9e28342a6';
const salt = '5e00d5d152e1a5db7d44fb6404a40a5e';
const secrets = { hmacKey: 'signature.secret', keyHmacKey: 'key.secret' };
const invalid = (argument: string) =>
  expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument });

/** The keys of the test suite of altcha-lib, with counter 123. */
const KEYS = [
  ['SHA-256', 1, 32, '6deccc5eecdb14c99d57129ef8f2f7d3e71812d8bd022c1caaf9e56512ec186c'],
  ['SHA-256', 2, 32, '54129dc0097cb40d1c75bd8dc1e5f713839b285d72f9685a3d91ab76ca2746ad'],
  [
    'SHA-384',
    1,
    48,
    'ec783f5767a962569850411504cd657ecd2eeef3219fc36036268c2ee8dd56b7f36f6899a37268634054c7e1267087a4',
  ],
  [
    'SHA-512',
    1,
    64,
    'ed80526e1213f18539b9898556519535bc08bcc7e4d867e88988f3f3050795f0f7f606a2215896bf1b9f0a20aa0864958899c537057ef3193788b7abefd8cd21',
  ],
  ['PBKDF2/SHA-256', 1, 32, '722ede188d41e7a7c9fd5447dca6cbb84e09c15724dbaadfb5bfb37d2cd4effa'],
  ['PBKDF2/SHA-256', 2, 32, 'cba117f9a790022a55589d5008c9f003e49c011ff7fe34fc838788a1825524f7'],
  ['PBKDF2/SHA-384', 1, 32, '16fa2f9d7433fd956d7bb82745148bd18f44b8e87f8a57b47d1387f589402851'],
  ['PBKDF2/SHA-512', 1, 32, 'd1033a8a8ae79a03ed06bdcfd8ad361aaafc72701c5db9da40fdeecefe3ec41a'],
  ['SCRYPT', 16384, 32, '1cc78d75577b791a65ba2b27894aec3c6af99b64155e79f50f4725fd43341070', 8],
  ['SCRYPT', 32768, 32, '6597973da7e41352ed98dd86fefa6568d7762ad8f42f06830d54700d452763da', 8],
  ['ARGON2ID', 1, 32, 'e5231033e21615aae48d8bc9b8e5e6c8f6538756f99dbcd5666f6e20832f30de', 16384],
  ['ARGON2ID', 2, 32, 'e2e86adb59f793f14f7a9d38a52d531fa7ae6ca77d39b8448e4ebc2e724b094f', 16384],
] as const;

/** The first keys with a prefix, which altcha-lib 2.8.0 found. */
const SOLVED = [
  [
    'SHA-256',
    1,
    '0000',
    126794,
    '0000baac990d1eda7ab696afd4ff53ff2a8fc7f2fd8070e7f818094d8ebd3d60',
    undefined,
  ],
  [
    'SHA-256',
    1,
    '00000',
    982261,
    '0000091321b375bdcf7bcc79fafa3ddfa84e90d43340678c7d751c21b0e1c167',
    undefined,
  ],
  ['SHA-512', 3, '000', 2971, '000a3cd3ecd3da5e47a3201e3c2a8ff1cf1dc1b8a6c415b480234222cf756fc4', undefined],
  [
    'PBKDF2/SHA-256',
    1000,
    '00',
    352,
    '00cbaa91ccefaa0bbd461ffa67e8c7d9aeee540ceb6063165959bdbb725297e3',
    undefined,
  ],
  ['SCRYPT', 1024, '00', 23, '00801d3c7fae807d42950f5549c6178eb69bcc94d09ecedacc5e14a9dd88a7e2', 8],
] as const;

const keyParameters: KeyParameters = {
  algorithm: 'PBKDF2/SHA-256',
  cost: 1,
  keyLength: 32,
  nonce,
  salt,
  keyPrefix: '00',
  isText: false,
};
const endless = { ...keyParameters, keyPrefix: 'f'.repeat(64) };
const all = { first: 0n, limit: 2n ** 32n, concurrency: 2 };

function payloadOf(answer: object): string {
  return Buffer.from(JSON.stringify(answer)).toString('base64');
}

describe('altcha.v2', () => {
  it.each(KEYS)('derives the key of altcha-lib with %s and cost %i', async (...row) => {
    const [algorithm, cost, keyLength, key, memoryCost] = row;
    const { found } = await keyThreads.derive(
      {
        ...{ ...keyParameters, algorithm, cost, keyLength, keyPrefix: '' },
        ...(memoryCost !== undefined && { memoryCost }),
        argon2: optionalPackageFile('@node-rs/argon2', 'the test'),
      },
      { first: 123n, limit: 124n, concurrency: 1 },
    );
    expect(found).toEqual({ counter: 123n, key });
  });

  it.each(SOLVED)('finds the first key with %s, cost %i and prefix %s', async (...row) => {
    const [algorithm, cost, keyPrefix, counter, derivedKey, memoryCost] = row;
    const memory = memoryCost === undefined ? {} : { memoryCost };
    const parameters = { algorithm, cost, keyPrefix, nonce, salt, ...memory };
    const answer = await v2.solve({ parameters });
    expect(answer).toMatchObject({ counter, derivedKey });
    const decoded = JSON.parse(Buffer.from(answer.payload, 'base64').toString());
    expect(decoded).toEqual({
      challenge: { parameters },
      solution: { counter, derivedKey, time: expect.any(Number) },
    });
  });

  it('signs as altcha-lib does', async () => {
    const made = await v2.create({
      ...{ hmacKey: secrets.hmacKey, algorithm: 'PBKDF2/SHA-256', cost: 1000, keyPrefix: '00', nonce, salt },
    });
    expect(made).toEqual({
      parameters: { algorithm: 'PBKDF2/SHA-256', cost: 1000, keyLength: 32, keyPrefix: '00', nonce, salt },
      signature: 'a10045ef3381d5516e0c3fd6bf0b90e02fab68d576ffe9e0e1c2d1cd1e404f2a',
    });
  });

  it('chooses the counter by default, and checks its key with a signature', async () => {
    const options = { ...secrets, cost: 10, counter: 300, data: { z: 1, a: 'ä', b: null, c: true } };
    const made = await v2.create(options);
    expect(made.parameters.keyPrefix).toHaveLength(32);
    expect(made.parameters.keySignature).toMatch(/^[0-9a-f]{64}$/);
    const { counter, derivedKey, payload, hashes } = await v2.solve(made);
    expect(counter).toBe(300);
    expect(hashes).toBeGreaterThanOrEqual(301);
    const verdict = await v2.verify(payload, secrets);
    expect(verdict).toMatchObject({ valid: true, signature: made.signature, expiresAt: Infinity });
    if (verdict.valid) expect(verdict.parameters.data).toEqual(options.data);
    // Without the second secret, the key is derived again.
    await expect(v2.verify(payload, { hmacKey: secrets.hmacKey })).resolves.toMatchObject({ valid: true });
    const other = payloadOf({ challenge: made, solution: { counter: 299, derivedKey } });
    await expect(v2.verify(other, { hmacKey: secrets.hmacKey })).resolves.toEqual({
      valid: false,
      reason: 'wrong-key',
    });
  });

  it('draws counters from the documented range, and is not deterministic for digests by default', async () => {
    const made = await v2.create({ ...secrets, cost: 1 });
    const { counter } = await v2.solve(made);
    expect(counter).toBeGreaterThanOrEqual(5000);
    expect(counter).toBeLessThanOrEqual(10_000);
    const digests = await v2.create({ hmacKey: 'x', algorithm: 'SHA-256' });
    expect(digests.parameters).toMatchObject({ keyPrefix: '0000', cost: 1 });
    expect(digests.parameters).not.toHaveProperty('keySignature');
  });

  it.each(['SHA-256', 'SHA-384', 'SHA-512'] as const)(
    'has the same answers with the engine and with the threads (%s)',
    async (algorithm) => {
      for (const cost of [1, 2, 3]) {
        for (const counterMode of ['uint32', 'string'] as const) {
          const parameters = { algorithm, cost, keyPrefix: '0a', nonce, salt };
          const answer = await v2.solve({ parameters }, { counterMode });
          const derived = await keyThreads.derive(
            {
              ...keyParameters,
              ...{ algorithm, cost, keyPrefix: '0a', isText: counterMode === 'string' },
            },
            all,
          );
          expect(derived.found).toEqual({ counter: BigInt(answer.counter), key: answer.derivedKey });
        }
      }
    },
  );

  it('refuses an answer after its expiry', async () => {
    const expires = new Date('2030-01-01T00:00:00Z');
    const made = await v2.create({ hmacKey: 'x', algorithm: 'SHA-256', keyPrefix: '0', expires });
    const { payload } = await v2.solve(made);
    const at = (nowMs: number) => v2.verify(payload, { hmacKey: 'x', nowMs });
    await expect(at(expires.getTime())).resolves.toMatchObject({ valid: true, expiresAt: expires.getTime() });
    await expect(at(expires.getTime() + 1)).resolves.toEqual({ valid: false, reason: 'expired' });
  });

  it('refuses answers with a reason', async () => {
    const made = await v2.create({ hmacKey: 'x', algorithm: 'SHA-256', keyPrefix: '0f' });
    const { counter, derivedKey } = await v2.solve(made);
    const solution = { counter, derivedKey };
    const refused = async (answer: object | string, reason: string, policy: object = {}) => {
      const payload = typeof answer === 'string' ? answer : payloadOf(answer);
      expect(await v2.verify(payload, { hmacKey: 'x', ...policy })).toEqual({ valid: false, reason });
    };
    expect(await v2.verify(payloadOf({ challenge: made, solution }), { hmacKey: 'x' })).toMatchObject({
      valid: true,
    });
    await refused('***', 'malformed');
    await refused('x'.repeat(16_385), 'malformed');
    await refused({ challenge: null, solution }, 'malformed');
    await refused({ challenge: made, solution: { counter: String(counter), derivedKey } }, 'malformed');
    await refused(
      { challenge: made, solution: { counter, derivedKey: derivedKey.toUpperCase() } },
      'malformed',
    );
    await refused({ challenge: made, solution }, 'wrong-signature', { hmacKey: 'y' });
    const easier = { ...made, parameters: { ...made.parameters, keyPrefix: '0' } };
    await refused({ challenge: easier, solution }, 'wrong-signature');
    await refused({ challenge: made, solution }, 'wrong-algorithm', { algorithms: ['SCRYPT'] });
    await refused({ challenge: made, solution: { counter: counter + 1, derivedKey } }, 'wrong-key');
    await refused({ challenge: made, solution: { counter: 2 ** 32, derivedKey } }, 'wrong-key');
    // The key of another counter is right, but does not begin with the prefix.
    const { found } = await keyThreads.derive(
      { ...keyParameters, ...made.parameters, algorithm: 'SHA-256', keyPrefix: '' },
      { first: BigInt(counter + 1), limit: BigInt(counter + 2), concurrency: 1 },
    );
    const next = { counter: counter + 1, derivedKey: found?.key };
    await refused({ challenge: made, solution: next }, 'wrong-key');
  });

  it('refuses a challenge whose keys take too much memory or work', async () => {
    const scrypt = { algorithm: 'SCRYPT', cost: 2 ** 20, memoryCost: 8, nonce, salt } as const;
    await expect(v2.solve({ parameters: scrypt })).rejects.toThrow(
      'the memory in bytes is 1073742848, and maxMemoryBytes is 134217728',
    );
    const pbkdf2 = { algorithm: 'PBKDF2/SHA-256', cost: 1_000_001, nonce, salt } as const;
    await expect(v2.solve({ parameters: pbkdf2 })).rejects.toThrow('the work is 1000001');
    const argon2 = { algorithm: 'ARGON2ID', cost: 100, memoryCost: 16_384, nonce, salt } as const;
    await expect(v2.solve({ parameters: argon2 })).rejects.toEqual(invalid('challenge.parameters'));
    const digests = { algorithm: 'SHA-512', cost: 50, keyPrefix: '0', nonce, salt } as const;
    await expect(v2.solve({ parameters: digests }, { maxWork: 49 })).rejects.toThrow('maxWork is 49');
    await expect(v2.solve({ parameters: digests }, { maxWork: 50 })).resolves.toMatchObject({});
  });

  const parameters = { algorithm: 'SCRYPT', cost: 1024, memoryCost: 8, nonce, salt } as const;
  it.each([
    [{ ...parameters, cost: 1000 }, 'challenge.parameters.cost'],
    [{ ...parameters, cost: 0 }, 'challenge.parameters.cost'],
    [{ ...parameters, memoryCost: undefined }, 'challenge.parameters.memoryCost'],
    [{ ...parameters, parallelism: 17 }, 'challenge.parameters.parallelism'],
    [{ ...parameters, keyLength: 129 }, 'challenge.parameters.keyLength'],
    [{ ...parameters, keyPrefix: 'xy' }, 'challenge.parameters.keyPrefix'],
    [{ ...parameters, keyPrefix: '' }, 'challenge.parameters.keyPrefix'],
    [{ ...parameters, keyPrefix: '0'.repeat(65) }, 'challenge.parameters.keyPrefix'],
    [{ ...parameters, nonce: 'abc' }, 'challenge.parameters.nonce'],
    [{ ...parameters, salt: 'ab'.repeat(65) }, 'challenge.parameters.salt'],
    [{ ...parameters, algorithm: 'BCRYPT' }, 'challenge.parameters.algorithm'],
    [{ ...parameters, algorithm: 'ARGON2ID', memoryCost: 7 }, 'challenge.parameters.memoryCost'],
    [{ ...parameters, data: { a: [] } }, 'challenge.parameters.data.a'],
    [{ ...parameters, saltt: '' }, 'challenge.parameters.saltt'],
  ])('refuses an invalid challenge (%#)', async (given, argument) => {
    await expect(v2.solve({ parameters: given } as never)).rejects.toEqual(invalid(argument));
  });

  it.each([
    [{ hmacKey: '' }, 'options.hmacKey'],
    [{ hmacKey: 'x' }, 'options.keyHmacKey'],
    [{ ...secrets, counter: 2 ** 32 }, 'options.counter'],
    [{ ...secrets, counter: 1, keyPrefix: '00' }, 'options.counter'],
    [{ ...secrets, expires: new Date(Number.NaN) }, 'options.expires'],
    [{ ...secrets, hmacAlgorithm: 'MD5' }, 'options.hmacAlgorithm'],
    [{ ...secrets, counterMode: 'hex' }, 'options.counterMode'],
    [{ ...secrets, hmackey: 'x' }, 'options.hmackey'],
  ])(
    'does not make a challenge with invalid options, and does not show the key (%#)',
    async (options, argument) => {
      await expect(v2.create(options as never)).rejects.toEqual(invalid(argument));
    },
  );

  it('ends with an error that says why there is no answer', async () => {
    const challenge = {
      parameters: { algorithm: 'SHA-384', cost: 1, keyPrefix: 'f'.repeat(64), nonce, salt } as const,
    };
    await expect(v2.solve(challenge, { maxHashes: 10 })).rejects.toMatchObject({
      code: 'ERR_QANTO_HASH_BUDGET_SPENT',
      hashes: 10,
    });
    await expect(v2.solve(challenge, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'ERR_QANTO_TIMED_OUT',
    });
    await expect(v2.solve(challenge, { signal: AbortSignal.abort('why') })).rejects.toMatchObject({
      code: 'ABORT_ERR',
      cause: 'why',
    });
    await expect(v2.solve(challenge, { kdfConcurrency: 65 })).rejects.toEqual(
      invalid('options.kdfConcurrency'),
    );
  });
});

describe('the threads that derive keys', () => {
  it('find the lowest counter, however many they are', async () => {
    const results = await Promise.all(
      [1, 2, 3, 5].map((concurrency) => keyThreads.derive(keyParameters, { ...all, concurrency })),
    );
    for (const { found } of results) expect(found).toEqual(results[0]?.found);
    for (let counter = 0n; counter < (results[0]?.found?.counter ?? 0n); counter += 37n) {
      const { found } = await keyThreads.derive(keyParameters, {
        first: counter,
        limit: counter + 1n,
        concurrency: 1,
      });
      expect(found).toBeUndefined();
    }
  });

  it('are started when they are needed, and at most as many as a run may have', async () => {
    const threads = new KeyThreads();
    expect(threads.size).toBe(0);
    await threads.derive(keyParameters, { ...all, concurrency: 1 });
    expect(threads.size).toBe(1);
    const runs = [1, 2, 3].map(() => threads.derive(keyParameters, { ...all, concurrency: 2 }));
    await Promise.all(runs);
    expect(threads.size).toBe(2);
  });

  it('report progress, and stop when they are told to', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const run = keyThreads.derive(endless, {
      ...all,
      signal: controller.signal,
      onProgress({ hashes, hashesPerSecond }) {
        seen.push(hashes);
        expect(hashesPerSecond).toBeGreaterThan(0);
        if (seen.length === 2) controller.abort();
      },
    });
    await expect(run).rejects.toMatchObject({ code: 'ABORT_ERR' });
    expect(seen[1]).toBeGreaterThan(seen[0] as number);
  });

  it('stop if onProgress throws', async () => {
    const error = new Error('of the caller');
    const onProgress = () => {
      throw error;
    };
    await expect(keyThreads.derive(endless, { ...all, onProgress })).rejects.toBe(error);
  });

  it('are shared by runs, so that a short one does not wait for an endless one', async () => {
    const threads = new KeyThreads();
    const controller = new AbortController();
    const run = threads.derive(endless, { ...all, signal: controller.signal });
    const ended = expect(run).rejects.toMatchObject({ code: 'ABORT_ERR' });
    for (let round = 0; round < 3; round++) {
      const { found } = await threads.derive(keyParameters, all);
      expect(found).toBeDefined();
    }
    expect(threads.size).toBe(2);
    controller.abort();
    await ended;
  });

  it('settle a run that has no thread when it is aborted', async () => {
    const threads = new KeyThreads();
    const controllers = [1, 2].map(() => new AbortController());
    const runs = controllers.map(({ signal }) =>
      expect(threads.derive(endless, { ...all, concurrency: 1, signal })).rejects.toMatchObject({
        code: 'ABORT_ERR',
      }),
    );
    for (const controller of controllers.reverse()) controller.abort();
    await Promise.all(runs);
  });

  it('reject with a code if a thread crashes or cannot derive the key, and go on', async () => {
    const crashing = new KeyThreads(
      "require('node:worker_threads').parentPort.on('message', () => process.exit(3))",
    );
    const code = 'ERR_QANTO_KEY_DERIVATION_FAILED';
    const run = crashing.derive(keyParameters, { ...all, concurrency: 1 });
    await expect(run).rejects.toMatchObject({ code, message: expect.stringContaining('ended with code 3') });
    expect(crashing.size).toBe(0);
    const throwing = new KeyThreads("throw new Error('at once')");
    await expect(throwing.derive(keyParameters, all)).rejects.toMatchObject({
      code,
      message: expect.stringContaining('at once'),
    });
    const wrong = { ...keyParameters, algorithm: 'SCRYPT', cost: 3, memoryCost: 1 };
    await expect(keyThreads.derive(wrong, all)).rejects.toMatchObject({ code });
    await expect(keyThreads.derive(keyParameters, all)).resolves.toHaveProperty('found.key');
  });
});
