/** The order and the outcome of the checks, independently of any framework. */
import { describe, expect, test } from '@jest/globals';
import { FORM_NAMES, gate, MemoryClaims, NoRawBodyError } from 'qanto/gate';
import {
  challengesFor,
  OTHER_SECRET,
  outcomeOf,
  proofFor,
  request,
  SECRET,
  solved,
  testGate,
} from './support.ts';

describe('A gate with nothing but a secret', () => {
  test('asks for 2^17 tries on average, and binds a challenge for five minutes to the method and the path', async () => {
    const { gate: made, clock } = testGate();
    const { native, 'altcha-v1': altcha } = await challengesFor(gate({ secret: SECRET }) as never);
    expect(native?.tries).toBe(2 ** 17);
    expect((altcha!.maxnumber + 2) / 2).toBe(2 ** 17);
    const proof = await proofFor(made);
    await expect(outcomeOf(made, proof, { target: '/orders/1' })).resolves.toBe('wrong-request');
    await expect(outcomeOf(made, proof, { method: 'PUT' })).resolves.toBe('wrong-request');
    clock.ms += 300_000 - 1;
    await expect(outcomeOf(made, proof)).resolves.toBe('passed');
  });

  test('answers a request without a proof with 401, challenges and no permission to keep the answer', async () => {
    const decision = await testGate().gate.check(request());
    expect(decision).toMatchObject({
      passed: false,
      refusal: {
        status: 401,
        headers: { 'cache-control': 'no-store', vary: 'authorization' },
        body: { reason: 'no-proof' },
      },
    });
  });

  test('accepts a proof once', async () => {
    const { gate: made } = testGate();
    const proof = await proofFor(made);
    await expect(outcomeOf(made, proof)).resolves.toBe('passed');
    await expect(outcomeOf(made, proof)).resolves.toBe('replayed');
  });
});

test.each([
  ['is missing', undefined],
  ['is shorter than 32 bytes', 'x'.repeat(31)],
  ['is neither a text nor bytes', 42],
  ['is an array', ['x'.repeat(40)]],
])('A gate whose secret %s is refused at start, and the error does not contain the secret', (_, secret) => {
  const make = () => gate({ secret } as never);
  expect(make).toThrow(
    expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument: 'options.secret' }),
  );
  expect(make).not.toThrow(/xxxx/);
});

test('A secret of 32 bytes, with fewer characters, is accepted', () => {
  expect(() => gate({ secret: 'é'.repeat(16) })).not.toThrow();
  expect(() => gate({ secret: new Uint8Array(32) })).not.toThrow();
});

test.each([
  [{ secretes: 'x' }, 'options.secretes'],
  [{ lifetimeMs: 999 }, 'options.lifetimeMs'],
  [{ expectedTries: 0 }, 'options.expectedTries'],
  [{ bind: { boddy: true } }, 'options.bind.boddy'],
  [{ bind: { body: 'yes' } }, 'options.bind.body'],
  [{ status: 403 }, 'options.status'],
  [{ header: 'Authorization' }, 'options.header'],
  [{ forms: [] }, 'options.forms'],
  [{ forms: ['altcha-v3'] }, 'options.forms'],
  [{ trustProxy: true }, 'options.trustProxy'],
  [{ claims: {} }, 'options.claims'],
  [{ onStoreFailure: 'maybe' }, 'options.onStoreFailure'],
  [
    {
      load: {
        levels: [
          { from: 5, times: 2 },
          { from: 5, times: 3 },
        ],
      },
    },
    'options.load.levels[1].from',
  ],
  [{ callers: { times: 0.5 } }, 'options.callers.times'],
])('The options %j are refused, and the error names the option', (options, argument) => {
  expect(() => gate({ secret: SECRET, ...options } as never)).toThrow(expect.objectContaining({ argument }));
});

describe.each(FORM_NAMES.map((form) => ({ form })))('A challenge of the form $form', ({ form }) => {
  const make = (options = {}) => testGate({ forms: [form], ...options });

  test('is solved, accepted and then used up', async () => {
    const { gate: made } = make();
    const proof = await proofFor(made);
    await expect(outcomeOf(made, proof)).resolves.toBe('passed');
    await expect(outcomeOf(made, proof)).resolves.toBe('replayed');
  });

  test('expires at the ms that it says', async () => {
    const { gate: made, clock } = make({ lifetimeMs: 10_000 });
    const [early, late] = [await proofFor(made), await proofFor(made)];
    clock.ms += 9999;
    await expect(outcomeOf(made, early)).resolves.toBe('passed');
    clock.ms += 1;
    await expect(outcomeOf(made, late)).resolves.toBe('expired');
  });

  test('may come from a clock that is one minute ahead, and not more', async () => {
    const { gate: made, clock } = make();
    const proof = await proofFor(made);
    clock.ms -= 60_001;
    await expect(outcomeOf(made, proof)).resolves.toBe('not-yet-valid');
    clock.ms += 1;
    await expect(outcomeOf(made, proof)).resolves.toBe('passed');
  });

  test('is not accepted by a gate that does not offer this form', async () => {
    const { gate: made } = make();
    const others = FORM_NAMES.filter((name) => name !== form);
    await expect(outcomeOf(testGate({ forms: others }).gate, await proofFor(made))).resolves.toBe(
      'malformed',
    );
  });

  test('is accepted by a gate that knows its secret, also after that gate signs with another one', async () => {
    const { gate: old } = make();
    const { gate: rotated } = make({ secret: OTHER_SECRET, otherSecrets: [SECRET] });
    const { gate: ended } = make({ secret: OTHER_SECRET });
    const proof = await proofFor(old);
    await expect(outcomeOf(ended, proof)).resolves.toBe('unknown-key');
    await expect(outcomeOf(rotated, proof)).resolves.toBe('passed');
    await expect(outcomeOf(ended, await proofFor(rotated))).resolves.toBe('passed');
  });

  test('is bound to the body, the query and the caller if the route says so', async () => {
    const { gate: made } = make();
    const fields = { target: '/a?b=1', rawBody: Buffer.from('pay 5') };
    const route = { bind: { body: true, query: true, caller: true } };
    const proof = await proofFor(made, fields, route);
    const changed = [
      { ...fields, rawBody: Buffer.from('pay 6') },
      { ...fields, target: '/a?b=2' },
      { ...fields, remoteAddress: '192.0.2.2' },
    ];
    for (const other of changed) {
      await expect(outcomeOf(made, proof, other, route)).resolves.toBe('wrong-binding');
    }
    await expect(outcomeOf(made, proof, fields, { bind: {} })).resolves.toBe('wrong-binding');
    await expect(outcomeOf(made, proof, fields, route)).resolves.toBe('passed');
  });

  test('is not bound to the query by default', async () => {
    const { gate: made } = make();
    const proof = await proofFor(made, { target: '/a?b=1' });
    await expect(outcomeOf(made, proof, { target: '/a?b=2' })).resolves.toBe('passed');
  });
});

test('A binding to the body needs its bytes, unless there is no body', async () => {
  const { gate: made } = testGate({ bind: { body: true } });
  await expect(made.check(request({ headers: { 'content-length': '5' } }))).rejects.toThrow(NoRawBodyError);
  await expect(made.check(request({ headers: { 'transfer-encoding': 'chunked' } }))).rejects.toThrow(
    NoRawBodyError,
  );
  const proof = await proofFor(made, { method: 'GET' });
  await expect(outcomeOf(made, proof, { method: 'GET' })).resolves.toBe('passed');
});

test('A scope of the host replaces the method and the path', async () => {
  const { gate: made } = testGate({ scope: ({ target }) => target.split('/')[1]! });
  const proof = await proofFor(made, { target: '/users/1' });
  await expect(outcomeOf(made, proof, { target: '/groups/1' })).resolves.toBe('wrong-request');
  await expect(outcomeOf(made, proof, { target: '/users/2', method: 'PATCH' })).resolves.toBe('passed');
});

test('A request that the host skips needs no proof', async () => {
  const { gate: made } = testGate({ skip: async (given) => given.header('x-api-key') === 'known' });
  expect(await made.check(request({ headers: { 'x-api-key': 'known' } }))).toMatchObject({ passed: true });
  expect(await made.check(request())).toMatchObject({ passed: false });
});

describe('The store of claims', () => {
  test('is not asked before the hash is right', async () => {
    const asked: string[] = [];
    const claims = { claim: (id: string) => asked.push(id) > 0 };
    const { gate: made } = testGate({ claims, expectedTries: 2 ** 20 });
    const { native } = await challengesFor(made);
    await expect(outcomeOf(made, `Qanto ${native!.challenge}.1`)).resolves.toBe('wrong-proof');
    await expect(outcomeOf(made, `Qanto ${native!.challenge}.x`)).resolves.toBe('malformed');
    await expect(outcomeOf(made, `Qanto ${native!.challenge}.1`, { target: '/' })).resolves.toBe(
      'wrong-request',
    );
    expect(asked).toEqual([]);
  });

  test('gets the random id and the rest of the lifetime, and a minute for clocks that differ', async () => {
    const asked: unknown[] = [];
    const claims = { claim: (...claim: unknown[]) => asked.push(claim) > 0 };
    const { gate: made, clock } = testGate({ claims });
    const proof = await proofFor(made);
    clock.ms += 100_000;
    await outcomeOf(made, proof);
    expect(asked).toEqual([[expect.stringMatching(/^[A-Za-z0-9_-]{22}$/), 260_000]]);
  });

  test.each([
    ['closed', 'store-failed', 503],
    ['open', 'passed', undefined],
  ] as const)('that fails is treated as %s', async (onStoreFailure, expected, status) => {
    const claims = { claim: () => Promise.reject(new Error('down')) };
    const { gate: made } = testGate({ claims, onStoreFailure });
    const headers = { authorization: await proofFor(made) };
    await expect(outcomeOf(made, headers.authorization)).resolves.toBe(expected);
    const decision = await made.check(request({ headers }));
    expect(decision.passed ? undefined : decision.refusal.status).toBe(status);
  });

  test.each(['closed', 'open'] as const)(
    'that is full refuses, also with the policy %s',
    async (onStoreFailure) => {
      const { gate: made } = testGate({ claims: new MemoryClaims({ limit: 1 }), onStoreFailure });
      await expect(outcomeOf(made, await proofFor(made))).resolves.toBe('passed');
      await expect(outcomeOf(made, await proofFor(made))).resolves.toBe('store-full');
    },
  );

  test('that answers anything but true does not accept', async () => {
    const { gate: made } = testGate({ claims: { claim: () => 1 as never } });
    await expect(outcomeOf(made, await proofFor(made))).resolves.toBe('replayed');
  });
});

describe('A proof in a field of the body', () => {
  test('is accepted in both forms', async () => {
    const { gate: made } = testGate();
    const { native, 'altcha-v1': altcha } = await challengesFor(made);
    for (const challenges of [{ native: native! }, { 'altcha-v1': altcha! }]) {
      const [, proof] = (await solved(challenges)).split(' ');
      expect(await made.check(request({ body: { altcha: proof } }))).toMatchObject({ passed: true });
    }
  });

  test('counts only if the header has no proof', async () => {
    const { gate: made } = testGate();
    const [, proof] = (await proofFor(made)).split(' ');
    const body = { altcha: proof };
    const broken = await made.check(request({ body, headers: { authorization: 'Qanto x' } }));
    expect(broken).toMatchObject({ refusal: { body: { reason: 'malformed' } } });
    expect(await made.check(request({ body, headers: { authorization: 'Bearer x' } }))).toMatchObject({
      passed: true,
    });
  });
});

test('A challenge that was issued for another request is accepted there', async () => {
  const { gate: made } = testGate();
  const challenges = made.issue({ method: 'POST', path: '/signup', form: 'altcha-v1' });
  expect(Object.keys(challenges)).toEqual(['altcha-v1']);
  await expect(outcomeOf(made, await solved(challenges), { target: '/signup' })).resolves.toBe('passed');
});

test("ALTCHA's headers for programs are accepted with and without quotes", async () => {
  for (const quote of ['"', '']) {
    const { gate: made } = testGate({ forms: ['altcha-v1'] });
    const [, payload] = (await proofFor(made)).split(' ');
    const answer = JSON.parse(Buffer.from(payload!, 'base64').toString());
    const fields = ['algorithm', 'number', 'challenge', 'salt', 'signature'];
    const params = fields.map((name) => `${name}=${quote}${answer[name]}${quote}`).join(', ');
    await expect(outcomeOf(made, `Altcha ${params}`)).resolves.toBe('passed');
  }
});
