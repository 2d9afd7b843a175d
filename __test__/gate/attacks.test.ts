/** What an outsider might send to pass a gate without work, to pass twice, or to do harm. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MemoryClaims, REFUSAL_REASONS } from 'qanto/gate';
import { MAX_TOKEN_LENGTH } from '../../ts/gate/token.ts';
import { challengesFor, outcome, outcomeOf, proofFor, request, SECRET, solved, testGate } from './support.ts';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
const decode = (payload: string) => JSON.parse(Buffer.from(payload, 'base64').toString());

/** An accepted proof of ALTCHA, as the widget sends it, and a function that sends a changed one. */
async function altchaProof() {
  const { gate } = testGate({ forms: ['altcha-v1'] });
  const [, payload] = (await proofFor(gate)).split(' ');
  const answer = decode(payload!);
  const send = async (changes: object) =>
    outcome(await gate.check(request({ body: { altcha: encode({ ...answer, ...changes }) } })));
  return { gate, answer, send };
}

describe('A token', () => {
  test('that is changed in any bit is refused', async () => {
    const { gate } = testGate();
    const { native } = await challengesFor(gate);
    const bytes = Buffer.from(native!.challenge, 'base64url');
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const said = await outcomeOf(gate, `Qanto ${changed.toString('base64url')}.1`);
      expect(['malformed', 'unknown-key', 'wrong-signature']).toContain(said);
    }
  });

  test('whose signature is cut off, or longer, is refused', async () => {
    const { gate } = testGate();
    const { native } = await challengesFor(gate);
    const bytes = Buffer.from(native!.challenge, 'base64url');
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length).toString('base64url');
      await expect(outcomeOf(gate, `Qanto ${cut}.1`)).resolves.toBe('malformed');
    }
    const longer = Buffer.concat([bytes, Buffer.alloc(32)]).toString('base64url');
    expect(['malformed', 'wrong-signature']).toContain(await outcomeOf(gate, `Qanto ${longer}.1`));
  });

  test('with another text for the same bytes is refused', async () => {
    const { gate } = testGate();
    const { native } = await challengesFor(gate, { target: '/x' });
    const { challenge } = native!;
    // 118 bytes leave four bits of the last character unused.
    const last = challenge.at(-1)!;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const twin = alphabet[alphabet.indexOf(last) ^ 1]!;
    for (const other of [`${challenge}=`, `${challenge.slice(0, -1)}${twin}`, `${challenge}\n`]) {
      await expect(outcomeOf(gate, `Qanto ${other}.1`, { target: '/x' })).resolves.toBe('malformed');
    }
  });

  test('has exactly one form, so that its fields cannot be moved', async () => {
    const { gate } = testGate({ bind: { caller: true } });
    const { native } = await challengesFor(gate);
    expect(native!.challenge.length).toBeLessThanOrEqual(MAX_TOKEN_LENGTH);
    const swapped = Buffer.from(native!.challenge, 'base64url');
    const [scope, binding] = [swapped.subarray(52, 84), swapped.subarray(86, 118)].map((part) =>
      Buffer.from(part),
    );
    swapped.set(binding!, 52);
    swapped.set(scope!, 86);
    await expect(outcomeOf(gate, `Qanto ${swapped.toString('base64url')}.1`)).resolves.toBe(
      'wrong-signature',
    );
  });

  test('of one form is not valid in the other, although both have the same secret', async () => {
    const { gate } = testGate();
    const { native, 'altcha-v1': altcha } = await challengesFor(gate);
    const [, inSalt] = /token=([^&]+)/.exec(altcha!.salt)!;
    const { send, answer } = await altchaProof();
    await expect(outcomeOf(gate, await solved({ native: { challenge: inSalt!, tries: 1 } }))).resolves.toBe(
      'malformed',
    );
    await expect(
      send({ salt: answer.salt.replace(/token=[^&]+/, `token=${native!.challenge}`) }),
    ).resolves.toBe('malformed');
  });

  test('does not take the price from the client', async () => {
    const { gate } = testGate({ expectedTries: 2 ** 30 });
    const { native } = await challengesFor(gate);
    const cheap = await solved({ native: { ...native!, tries: 2 } });
    await expect(outcomeOf(gate, cheap)).resolves.toBe('wrong-proof');
  });
});

describe('A nonce', () => {
  test.each(['01', '+1', '-1', '1.0', '1e3', ' 1', '', '0x1', '١', '9'.repeat(21)])(
    'written as %j is refused',
    async (nonce) => {
      const { gate } = testGate({ expectedTries: 1 });
      const { native } = await challengesFor(gate);
      await expect(outcomeOf(gate, `Qanto ${native!.challenge}.${nonce}`)).resolves.toBe('malformed');
    },
  );

  test('that is another answer to the same challenge is a replay', async () => {
    const { gate } = testGate({ expectedTries: 1 });
    const { native } = await challengesFor(gate);
    await expect(outcomeOf(gate, `Qanto ${native!.challenge}.1`)).resolves.toBe('passed');
    await expect(outcomeOf(gate, `Qanto ${native!.challenge}.2`)).resolves.toBe('replayed');
  });
});

describe('An answer of ALTCHA', () => {
  test('is refused if digits of the number are moved into the salt (CVE-2025-68113)', async () => {
    const { answer, send } = await altchaProof();
    const digits = String(answer.number);
    const spliced = { salt: `${answer.salt.slice(0, -1)}${digits[0]}`, number: Number(digits.slice(1) || 0) };
    await expect(send(spliced)).resolves.toBe('malformed');
    await expect(send({ salt: `${answer.salt}${digits[0]}` })).resolves.toBe('malformed');
    await expect(send({ salt: answer.salt.replace(/expires=\d+/, '$&0') })).resolves.toBe('wrong-proof');
  });

  test('with another hash function, number, challenge or signature is refused', async () => {
    const { answer, send } = await altchaProof();
    const { answer: other } = await altchaProof();
    for (const algorithm of ['SHA-1', 'SHA-512', 'sha-256', 'none', '', null, 0, ['SHA-256']]) {
      await expect(send({ algorithm })).resolves.toBe('malformed');
    }
    await expect(send({ number: answer.number + 1 })).resolves.toBe('wrong-proof');
    for (const number of [String(answer.number), -1, 0.5, 1e300, null]) {
      await expect(send({ number })).resolves.toBe('malformed');
    }
    await expect(send({ challenge: other.challenge })).resolves.toBe('wrong-proof');
    await expect(send({ challenge: other.challenge, signature: other.signature })).resolves.toBe(
      'wrong-proof',
    );
    await expect(send({ signature: other.signature })).resolves.toBe('wrong-proof');
    for (const signature of [
      '',
      answer.signature.slice(0, -2),
      answer.signature.toUpperCase(),
      [answer.signature],
    ]) {
      await expect(send({ signature })).resolves.toBe('malformed');
    }
    await expect(send({ salt: other.salt })).resolves.toBe('wrong-proof');
    await expect(send({})).resolves.toBe('passed');
  });

  test('that is written in another way is the same proof', async () => {
    const { answer, gate, send } = await altchaProof();
    await expect(send({ took: 5 })).resolves.toBe('passed');
    const body = { altcha: Buffer.from(`  ${JSON.stringify(answer, null, 3)}`).toString('base64') };
    expect(outcome(await gate.check(request({ body })))).toBe('replayed');
  });

  test('with lone surrogates, control characters or a prototype is refused', async () => {
    const { answer, gate, send } = await altchaProof();
    await expect(send({ salt: `${answer.salt}\ud800` })).resolves.toBe('malformed');
    await expect(send({ salt: `\0${answer.salt}` })).resolves.toBe('malformed');
    const text = JSON.stringify(answer);
    for (const json of [
      `{"__proto__":${text}}`,
      `{"constructor":{"prototype":${text}}}`,
      `[${text}]`,
      'null',
      '5',
      '""',
    ]) {
      const body = { altcha: Buffer.from(json).toString('base64') };
      expect(outcome(await gate.check(request({ body })))).toBe('malformed');
    }
    expect(Object.hasOwn(Object.prototype, 'salt')).toBe(false);
  });
});

describe('The field of a body', () => {
  test('that is inherited, or no text, is no proof', async () => {
    const { gate } = testGate();
    const [, proof] = (await proofFor(gate)).split(' ');
    const bodies = [
      Object.create({ altcha: proof }),
      { altcha: [proof] },
      { altcha: { toString: () => proof } },
    ];
    const said = [];
    for (const body of bodies) said.push(outcome(await gate.check(request({ body }))));
    expect(said).toEqual(['no-proof', 'malformed', 'malformed']);
  });

  test('may have the name of a method of every object', async () => {
    const { gate } = testGate({ field: 'toString' });
    expect(outcome(await gate.check(request({ body: {} })))).toBe('no-proof');
  });
});

describe('The target of a request', () => {
  // Frameworks take some of these for the same path. The gate does not, so a challenge for one is not valid for another.
  test.each([
    '/a/../orders',
    '/orders/',
    '//orders',
    '/%6frders',
    '/Orders',
    '/orders;x',
    '/./orders',
    '/orders%00',
    '\\orders',
  ])('%s is another path than /orders', async (target) => {
    const { gate } = testGate();
    await expect(outcomeOf(gate, await proofFor(gate), { target })).resolves.toBe('wrong-request');
    await expect(outcomeOf(gate, await proofFor(gate, { target }))).resolves.toBe('wrong-request');
  });

  test('may be a whole URL, whose path counts', async () => {
    const { gate } = testGate();
    await expect(
      outcomeOf(gate, await proofFor(gate), { target: 'http://other.example/orders?x#y' }),
    ).resolves.toBe('passed');
    await expect(outcomeOf(gate, await proofFor(gate), { target: '/x?/orders' })).resolves.toBe(
      'wrong-request',
    );
    await expect(outcomeOf(gate, await proofFor(gate), { target: '/x#/orders' })).resolves.toBe(
      'wrong-request',
    );
    await expect(outcomeOf(gate, await proofFor(gate), { target: 'http://a.example?/orders' })).resolves.toBe(
      'wrong-request',
    );
  });

  test('and the method cannot be confused with each other', async () => {
    const { gate } = testGate();
    await expect(outcomeOf(gate, await proofFor(gate), { method: 'POST/orders', target: '' })).resolves.toBe(
      'wrong-request',
    );
  });
});

test.each(['HEAD', 'OPTIONS', 'post', 'PO ST'])(
  'The method %s needs a challenge of its own',
  async (method) => {
    const { gate } = testGate();
    await expect(outcomeOf(gate, await proofFor(gate), { method })).resolves.toBe('wrong-request');
    expect(outcome(await gate.check(request({ method })))).toBe('no-proof');
  },
);

describe('A header', () => {
  test('that is huge is refused without being read', async () => {
    const { gate } = testGate();
    await expect(outcomeOf(gate, `Qanto ${'A'.repeat(4096)}`)).resolves.toBe('too-large');
    await expect(outcomeOf(gate, `Altcha ${'a="",'.repeat(1e6)}`)).resolves.toBe('too-large');
    expect(outcome(await gate.check(request({ body: { altcha: 'A'.repeat(4097) } })))).toBe('too-large');
  });

  test('with two proofs, as Node.js joins headers of the same name, is refused', async () => {
    const { gate } = testGate();
    const [one, other] = [await proofFor(gate), await proofFor(gate)];
    await expect(outcomeOf(gate, `${one}, ${other}`)).resolves.toBe('malformed');
  });

  test('of ALTCHA with a parameter that occurs twice is refused', async () => {
    const { gate } = testGate();
    const said = await outcomeOf(
      gate,
      'Altcha number=1, number=2, algorithm=SHA-256, challenge=a, salt=b, signature=c',
    );
    expect(said).toBe('malformed');
  });

  test('that names a proxy is ignored unless proxies are trusted', async () => {
    const headers = { 'x-forwarded-for': '198.51.100.7' };
    const { gate } = testGate({ bind: { caller: true } });
    const proof = await proofFor(gate);
    await expect(outcomeOf(gate, proof, { headers })).resolves.toBe('passed');
  });

  test('that the client adds does not change the address that the nearest proxy has seen', async () => {
    const { gate } = testGate({ bind: { caller: true }, trustProxy: 1 });
    const behind = (list: string) => ({ headers: { 'x-forwarded-for': list } });
    const proof = await proofFor(gate, behind('198.51.100.7'));
    await expect(outcomeOf(gate, proof, behind('198.51.100.7, 203.0.113.5'))).resolves.toBe('wrong-binding');
    await expect(outcomeOf(gate, proof, behind('203.0.113.5, 198.51.100.7'))).resolves.toBe('passed');
  });
});

test('Whatever a client sends, the gate decides with one of its reasons, and claims nothing', async () => {
  const claims = new MemoryClaims();
  const { gate } = testGate({ claims });
  const { native, 'altcha-v1': altcha } = await challengesFor(gate);
  const pieces = fc.constantFrom(
    'Qanto ',
    'Altcha ',
    native!.challenge,
    altcha!.salt,
    '.',
    '1',
    ', ',
    '=',
    '"',
    '\\',
    'number',
  );
  const mixed = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary' }), fc.base64String()), {
    maxLength: 12,
  });
  const field = fc.oneof(
    mixed.map((parts) => parts.join('')),
    fc.jsonValue(),
    fc.json().map((json) => Buffer.from(json).toString('base64')),
  );
  await fc.assert(
    fc.asyncProperty(mixed, field, async (parts, altchaField) => {
      const headers = { authorization: parts.join('') };
      const decision = await gate.check(request({ headers, body: { altcha: altchaField } }));
      expect(decision.passed).toBe(false);
      expect(REFUSAL_REASONS).toContain(outcome(decision));
    }),
    { numRuns: 3000 },
  );
  expect(claims.size).toBe(0);
});

test('Forged tokens do not reach the store, and a wrong secret of the same length forges none', async () => {
  const claims = new MemoryClaims();
  const { gate } = testGate({ claims });
  const { gate: forger } = testGate({ secret: SECRET.replace('tests', 'crime') });
  for (let round = 0; round < 200; round++) {
    await expect(outcomeOf(gate, await proofFor(forger))).resolves.toBe('unknown-key');
  }
  expect(claims.size).toBe(0);
});
