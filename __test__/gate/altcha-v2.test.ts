/** Version 2 of ALTCHA in front of an endpoint: what its library solves, and what an outsider may change. */
import { describe, expect, test } from '@jest/globals';
import { solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/sha';
import { gate, MemoryClaims, type Payment, payingFetch } from 'qanto/gate';
import { CHEAP, challengesFor, outcome, outcomeOf, request, SECRET, serve, testGate } from './support.ts';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');

/** A gate, and an answer that altcha-lib has found to one of its challenges. */
async function answered(options = {}) {
  const claims = new MemoryClaims();
  const { gate: made, clock } = testGate({ forms: ['altcha-v2'], claims, ...options });
  const challenge = (await challengesFor(made))['altcha-v2']!;
  const solution = (await solveChallenge({ challenge, deriveKey }))!;
  const send = async (answer: unknown, fields = {}) =>
    outcome(await made.check(request({ ...fields, body: { altcha: encode(answer) } })));
  return { made, clock, claims, challenge, solution, send };
}

describe('What altcha-lib solves', () => {
  test('passes in a field of the body, once', async () => {
    const { challenge, solution, send, claims } = await answered();
    await expect(send({ challenge, solution })).resolves.toBe('passed');
    await expect(send({ challenge, solution: { ...solution, time: 7 } })).resolves.toBe('replayed');
    expect(claims.size).toBe(1);
  });

  test('passes in the header', async () => {
    const { challenge, solution, made } = await answered();
    await expect(outcomeOf(made, `Altcha ${encode({ challenge, solution })}`)).resolves.toBe('passed');
  });

  test('passes with its fields in another order', async () => {
    const { challenge, solution, send } = await answered();
    const parameters = Object.fromEntries(Object.entries(challenge.parameters).reverse());
    await expect(send({ solution, challenge: { ...challenge, parameters } })).resolves.toBe('passed');
  });

  test('is refused on another route, when it has expired, and with another secret', async () => {
    const { challenge, solution, send, clock } = await answered();
    await expect(send({ challenge, solution }, { target: '/x' })).resolves.toBe('wrong-request');
    clock.ms += 300_000;
    await expect(send({ challenge, solution })).resolves.toBe('expired');
    const other = await answered({ secret: SECRET.replace('tests', 'crime') });
    await expect(other.send({ challenge, solution })).resolves.toBe('unknown-key');
  });
});

describe('An answer of version 2', () => {
  test('is refused if any field is changed, and claims nothing', async () => {
    const { challenge, solution, send, claims } = await answered();
    const { parameters, signature } = challenge;
    const withParameters = (changes: object) => ({
      challenge: { signature, parameters: { ...parameters, ...changes } },
      solution,
    });
    const flipped = (hex: string) => `${hex[0] === '0' ? '1' : '0'}${hex.slice(1)}`;
    const { data, keyPrefix, nonce, salt } = parameters;
    const changed: unknown[] = [
      ...['SHA-512', 'sha-256', 'PBKDF2/SHA-256', '', null].map((algorithm) => withParameters({ algorithm })),
      ...[0, 2, '1', null].map((cost) => withParameters({ cost })),
      ...[0, parameters.expiresAt + 1, null].map((expiresAt) => withParameters({ expiresAt })),
      ...[16, 31, 33].map((keyLength) => withParameters({ keyLength })),
      ...['', '0', flipped(keyPrefix), keyPrefix.slice(2), keyPrefix.toUpperCase().concat('A')].map((text) =>
        withParameters({ keyPrefix: text }),
      ),
      ...[flipped(nonce), nonce.slice(2), `${nonce}00`].map((text) => withParameters({ nonce: text })),
      ...[flipped(salt), '', salt + nonce].map((text) => withParameters({ salt: text })),
      ...[{ ...data, tries: 1 }, { token: data.token }, { ...data, more: 1 }].map((other) =>
        withParameters({ data: other }),
      ),
      withParameters({ keySignature: signature }),
      withParameters({ memoryCost: 1 }),
      { challenge: { parameters, signature: flipped(signature) }, solution },
      { challenge: { parameters, signature: '' }, solution },
      { challenge: { parameters }, solution },
      ...[solution.counter + 1, -1, 0.5, 2 ** 32, String(solution.counter), null].map((counter) => ({
        challenge,
        solution: { ...solution, counter },
      })),
      ...[flipped(solution.derivedKey), keyPrefix, solution.derivedKey.toUpperCase(), '', null].map(
        (derivedKey) => ({ challenge, solution: { ...solution, derivedKey } }),
      ),
      { challenge, solution: null },
      { challenge: null, solution },
      { challenge: [challenge], solution: [solution] },
    ];
    const said = new Set<string>();
    for (const answer of changed) said.add(await send(answer));
    expect([...said].sort()).toEqual(['malformed', 'wrong-proof']);
    expect(claims.size).toBe(0);
    await expect(send({ challenge, solution })).resolves.toBe('passed');
  });

  test('to a challenge that the client has made around a token of the gate is refused', async () => {
    const { challenge, send } = await answered();
    const parameters = { ...challenge.parameters, keyPrefix: '0', salt: '00' };
    const own = { parameters, signature: challenge.signature };
    const solution = (await solveChallenge({ challenge: own, deriveKey }))!;
    await expect(send({ challenge: own, solution })).resolves.toBe('wrong-proof');
  });

  test('cannot have the token of another form, nor another form its token', async () => {
    const { challenge, solution, send } = await answered({ forms: ['native', 'altcha-v2'] });
    const { made } = await answered({ forms: ['native', 'altcha-v2'] });
    const { native } = await challengesFor(made);
    const data = { ...challenge.parameters.data, token: native!.challenge };
    const parameters = { ...challenge.parameters, data };
    await expect(send({ challenge: { ...challenge, parameters }, solution })).resolves.toBe('malformed');
    await expect(outcomeOf(made, `Qanto ${challenge.parameters.data.token}.1`)).resolves.toBe('malformed');
  });
});

test('The counters of many challenges take the tries that the price says', async () => {
  const { gate: made } = testGate({ forms: ['altcha-v2'], expectedTries: 64 });
  let sum = 0;
  for (let index = 0; index < 400; index++) {
    const { 'altcha-v2': challenge } = made.issue({ method: 'POST', path: '/orders' });
    sum += (await solveChallenge({ challenge: challenge!, deriveKey }))!.counter + 1;
  }
  // The mean of 400 draws from 1 to 127 has a standard deviation of 1.8; this is six of them.
  expect(Math.abs(sum / 400 - 64)).toBeLessThan(11);
});

test('A gate refuses more tries than a counter of 32 bits allows, and forms that it does not offer', () => {
  const options = { secret: SECRET, forms: ['altcha-v2'], maxExpectedTries: 2 ** 31 + 1 } as const;
  expect(() => gate(options)).toThrow(expect.objectContaining({ argument: 'options.maxExpectedTries' }));
  const target = { method: 'POST', path: '/orders', form: 'altcha-v2' } as const;
  expect(() => gate({ secret: SECRET }).issue(target)).toThrow(
    expect.objectContaining({ argument: 'target.form' }),
  );
});

describe('payingFetch', () => {
  const ok = (_request: unknown, response: { end(text: string): void }) => response.end('paid');

  /** A server that asks with one header, and counts the requests. */
  async function hostile(changes: object, data: object = {}) {
    const { challenge } = await answered();
    const parameters = {
      ...challenge.parameters,
      ...changes,
      data: { ...challenge.parameters.data, ...data },
    };
    const text = Buffer.from(JSON.stringify({ ...challenge, parameters })).toString('base64url');
    const seen = { requests: 0 };
    const url = await serve((_request, response) => {
      seen.requests += 1;
      response.writeHead(401, { 'www-authenticate': `Altcha version="2", challenge="${text}"` }).end('asked');
    });
    return { url, seen };
  }

  test('pays a gate that offers nothing else', async () => {
    const url = await serve(gate({ secret: SECRET, expectedTries: CHEAP, forms: ['altcha-v2'] }).http(ok));
    const payments: Payment[] = [];
    const response = await payingFetch({ threads: 1, onPayment: (payment) => payments.push(payment) })(url);
    expect(await response.text()).toBe('paid');
    expect(payments).toMatchObject([{ expectedTries: CHEAP }]);
  });

  test('refuses a challenge that says that it takes too many tries', async () => {
    const { url, seen } = await hostile({}, { tries: 2 ** 24 + 1 });
    await expect(payingFetch()(url)).rejects.toMatchObject({ code: 'ERR_QANTO_EXPECTED_WORK_TOO_HIGH' });
    expect(seen.requests).toBe(1);
  });

  test('gives a challenge without an answer no more tries than it says', async () => {
    const { url, seen } = await hostile({ keyPrefix: 'f'.repeat(64) }, { tries: 3000 });
    await expect(payingFetch()(url)).rejects.toMatchObject({
      code: 'ERR_QANTO_HASH_BUDGET_SPENT',
      hashes: 5999,
    });
    expect(seen.requests).toBe(1);
  });

  test.each([
    { algorithm: 'PBKDF2/SHA-256', cost: 2 ** 31 },
    { algorithm: 'ARGON2ID', memoryCost: 2 ** 31 },
    { cost: 2 },
    { keyLength: 16 },
    { keyPrefix: '' },
    { keyPrefix: '0'.repeat(65) },
    { nonce: 'zz' },
    { salt: '0'.repeat(130) },
  ])('returns the response if it does not understand the challenge: %j', async (changes) => {
    const { url, seen } = await hostile(changes);
    const response = await payingFetch()(url);
    expect({ status: response.status, text: await response.text() }).toEqual({ status: 401, text: 'asked' });
    expect(seen.requests).toBe(1);
  });

  test.each([{ tries: 0 }, { tries: 1.5 }, { tries: '5' }, { tries: 2 ** 31 + 1 }])(
    'returns the response if the tries are invalid: %j',
    async (data) => {
      const { url } = await hostile({}, data);
      expect((await payingFetch()(url)).status).toBe(401);
    },
  );
});
