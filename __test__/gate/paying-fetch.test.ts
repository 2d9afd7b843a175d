/** The client that pays. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, jest, test } from '@jest/globals';
import { gate, type Payment, payingFetch } from 'qanto/gate';
import { poolStatus } from '../../ts/index.ts';
import { until } from '../until.ts';
import { CHEAP, SECRET, serve } from './support.ts';

const ok = (_request: unknown, response: { end(text: string): void }) => response.end('paid');
const gated = (options = {}) => serve(gate({ secret: SECRET, expectedTries: CHEAP, ...options }).http(ok));

/** A server that answers every request with these headers, and counts the requests. */
async function hostile(headers: Record<string, string>, status = 401) {
  const requests: string[] = [];
  const url = await serve((request, response) => {
    requests.push(request.headers.authorization ?? '');
    response.writeHead(status, headers).end('the body');
  });
  return { url, requests };
}

const challenge = (tries: number | string) => `Qanto challenge="${'A'.repeat(158)}", tries="${tries}"`;
const altcha = (maxnumber: number, salt = 'ab&') =>
  `Altcha algorithm="SHA-256", challenge="${'0'.repeat(64)}", maxnumber="${maxnumber}", salt="${salt}", signature="ab"`;

test('payingFetch pays where a server asks for it, and reports what it cost', async () => {
  const url = await gated();
  const payments: Payment[] = [];
  const response = await payingFetch({ onPayment: (payment) => payments.push(payment) })(url);
  expect(await response.text()).toBe('paid');
  expect(payments).toEqual([
    { url, expectedTries: CHEAP, hashes: expect.any(Number), elapsedMs: expect.any(Number) },
  ]);
});

test('payingFetch returns all other responses as they are', async () => {
  for (const [headers, status] of [
    [{ 'www-authenticate': 'Basic realm="a, b"' }, 401],
    [{ 'www-authenticate': 'Bearer' }, 401],
    [{}, 402],
    [{ 'www-authenticate': challenge(1) }, 403],
    [{ 'www-authenticate': challenge('1e3') }, 401],
    [{ 'www-authenticate': 'Qanto challenge="a", challenge="b", tries="1"' }, 401],
    [{ 'www-authenticate': `Altcha algorithm="MD5", challenge="00", salt="a", signature="b"` }, 401],
    [{ 'www-authenticate': altcha(5, 'a\\"b') }, 401],
    [{ 'www-authenticate': `${challenge(1).padEnd(9000)}x` }, 401],
  ] as const) {
    const { url, requests } = await hostile(headers, status);
    const response = await payingFetch()(url);
    expect({ status: response.status, text: await response.text() }).toEqual({ status, text: 'the body' });
    expect(requests).toEqual(['']);
  }
});

test.each([402, 428] as const)('payingFetch understands the status %d', async (status) => {
  expect((await payingFetch()(await gated({ status }))).status).toBe(200);
});

test('payingFetch repeats a request once, and returns the second response, whatever it says', async () => {
  const { url, requests } = await hostile({ 'www-authenticate': challenge(1) });
  const response = await payingFetch()(url);
  expect(response.status).toBe(401);
  expect(requests).toEqual(['', expect.stringMatching(/^Qanto A+\.0$/)]);
});

describe('A hostile server', () => {
  test.each([challenge(2 ** 24 + 1), challenge(2 ** 47), altcha(2 ** 25), altcha(Number.MAX_SAFE_INTEGER)])(
    'that asks for too much gets no work and no second request: %s',
    async (header) => {
      const { url, requests } = await hostile({ 'www-authenticate': header });
      await expect(payingFetch()(url)).rejects.toMatchObject({ code: 'ERR_QANTO_EXPECTED_WORK_TOO_HIGH' });
      expect(requests).toEqual(['']);
    },
  );

  test('that gives a challenge without an answer costs no more than it says', async () => {
    const { url, requests } = await hostile({ 'www-authenticate': altcha(5000) });
    await expect(payingFetch()(url)).rejects.toMatchObject({
      code: 'ERR_QANTO_HASH_BUDGET_SPENT',
      hashes: 5001,
    });
    expect(requests).toEqual(['']);
  });

  test('that is patient meets the limit of time', async () => {
    const { url } = await hostile({ 'www-authenticate': challenge(2 ** 46) });
    const pay = payingFetch({ maxExpectedTries: 2 ** 47, maxMs: 20 });
    await expect(pay(url)).rejects.toMatchObject({ code: 'ERR_QANTO_TIMED_OUT' });
    expect(poolStatus()).toMatchObject({ runningJobs: 0, queuedJobs: 0 });
  });

  test.each(['cookie', 'host', 'content-length', 'x-', 'x-a b'])(
    'cannot have the proof sent in the header %s',
    async (name) => {
      const headers = { 'www-authenticate': challenge(1), 'x-altcha-authorization-header': name };
      const { url, requests } = await hostile(headers);
      await expect(payingFetch()(url)).rejects.toMatchObject({ code: 'ERR_QANTO_PAYMENT_REFUSED' });
      expect(requests).toEqual(['']);
    },
  );
});

test('payingFetch does not replace a header of the request', async () => {
  const { url } = await hostile({ 'www-authenticate': challenge(1) });
  const headers = { authorization: 'Bearer abc' };
  const error = await payingFetch()(url, { headers }).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: 'ERR_QANTO_PAYMENT_REFUSED', response: { status: 401 } });
  expect(await error.response.text()).toBe('the body');
});

describe('An abort', () => {
  test.each(['of the request', 'of all requests'])('%s stops the search', async (which) => {
    const { url, requests } = await hostile({ 'www-authenticate': challenge(2 ** 46) });
    const controller = new AbortController();
    const { signal } = controller;
    const limits = { maxExpectedTries: 2 ** 47 };
    const paid =
      which === 'of the request'
        ? payingFetch(limits)(url, { signal })
        : payingFetch({ ...limits, signal })(url);
    const settled = paid.catch((error) => error);
    await until(() => poolStatus().runningJobs === 1);
    controller.abort(new Error('no longer needed'));
    await expect(settled).resolves.toMatchObject({
      code: 'ABORT_ERR',
      cause: { message: 'no longer needed' },
    });
    expect(poolStatus().runningJobs).toBe(0);
    expect(requests).toEqual(['']);
  });

  test('of a Request object stops it too', async () => {
    const controller = new AbortController();
    controller.abort();
    const { url, requests } = await hostile({});
    await expect(payingFetch()(new Request(url, { signal: controller.signal }))).rejects.toThrow();
    expect(requests).toEqual([]);
  });
});

describe('A body', () => {
  /** A server that keeps the bodies of all requests, and asks for a proof. */
  async function keeping() {
    const bodies: string[] = [];
    const guarded = gate({ secret: SECRET, expectedTries: CHEAP, bind: { body: true } }).http(ok);
    const server = createServer((request, response) => {
      request.on('data', (chunk) => {
        bodies.push(String(chunk));
      });
      guarded(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { url: await serve(server), bodies };
  }

  test.each([
    ['a ReadableStream', () => new Blob(['x']).stream()],
    ['a stream of Node.js', () => Readable.from(['x'])],
    [
      'an asynchronous generator',
      async function* () {
        yield Buffer.from('x');
      },
    ],
  ])('that is %s is refused before anything is sent', async (_, make) => {
    const { url, requests } = await hostile({});
    const body = (make as () => unknown)();
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    await expect(payingFetch()(url, init)).rejects.toMatchObject({ code: 'ERR_QANTO_BODY_NOT_REPLAYABLE' });
    expect(requests).toEqual([]);
  });

  test('of a Request object is refused before anything is sent', async () => {
    const { url, requests } = await hostile({});
    const request = new Request(url, { method: 'POST', body: 'x' });
    await expect(payingFetch()(request)).rejects.toMatchObject({ code: 'ERR_QANTO_BODY_NOT_REPLAYABLE' });
    expect(requests).toEqual([]);
  });

  test.each([
    ['a text', () => 'a text'],
    ['bytes', () => new Uint8Array([65, 66])],
    ['a Blob', () => new Blob(['a blob'], { type: 'text/x' })],
    ['URLSearchParams', () => new URLSearchParams({ a: '1' })],
    [
      'FormData',
      () => {
        const form = new FormData();
        form.set('a', '1');
        return form;
      },
    ],
  ])('that is %s is sent twice with the same bytes', async (_, make) => {
    const { url, bodies } = await keeping();
    const response = await payingFetch()(url, { method: 'POST', body: (make as () => string)() });
    expect(response.status).toBe(200);
    expect(bodies).toHaveLength(2);
    expect(bodies[1]).toBe(bodies[0]);
  });
});

test('A Request object without a body keeps its method and its headers', async () => {
  const url = await serve(
    gate({ secret: SECRET, expectedTries: CHEAP }).http((request, response) => {
      response.end(`${request.method} ${request.headers['x-a']}`);
    }),
  );
  const response = await payingFetch()(new Request(url, { method: 'DELETE', headers: { 'x-a': 'b' } }));
  expect(await response.text()).toBe('DELETE b');
});

test('payingFetch sends with the function that it is given', async () => {
  const send = jest.fn<typeof fetch>(async () => new Response('from the function'));
  expect(await (await payingFetch({ fetch: send })('http://localhost')).text()).toBe('from the function');
  expect(send).toHaveBeenCalledTimes(1);
});

test.each([
  [{ maxTries: 1 }, 'options.maxTries'],
  [{ maxExpectedTries: 0 }, 'options.maxExpectedTries'],
  [{ maxMs: 0 }, 'options.maxMs'],
  [{ signal: {} }, 'options.signal'],
  [{ fetch: 'x' }, 'options.fetch'],
])('payingFetch refuses the options %j, and names the one that is invalid', (options, argument) => {
  expect(() => payingFetch(options as never)).toThrow(expect.objectContaining({ argument }));
});
