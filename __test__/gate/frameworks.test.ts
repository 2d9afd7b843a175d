/** The adapters, each in a server of its framework. */
import { request as httpRequest } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { type Challenges, gate, payingFetch, type RefusalBody } from 'qanto/gate';
import { FRAMEWORKS } from './frameworks.ts';
import { CHEAP, SECRET, solved } from './support.ts';

const make = (options = {}) => gate({ secret: SECRET, expectedTries: CHEAP, ...options });
const JSON_TYPE = { 'content-type': 'application/json' };

async function challengesOf(response: Response): Promise<Challenges> {
  const { challenges } = (await response.json()) as RefusalBody;
  return challenges!;
}

describe.each(FRAMEWORKS)('The adapter for $name', ({ name, start }) => {
  test('lets requests to other routes pass, and asks for a proof on its own', async () => {
    const url = await start(make());
    expect(await (await fetch(`${url}/open`)).text()).toBe('open');
    const response = await fetch(`${url}/orders`, { method: 'POST' });
    expect(response.status).toBe(401);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('vary')).toContain('authorization');
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('www-authenticate')).toMatch(
      /^Qanto challenge="[^"]+", tries="16", Altcha algorithm="SHA-256"/,
    );
    expect(await response.json()).toMatchObject({
      reason: 'no-proof',
      challenges: { native: { tries: CHEAP } },
    });
  });

  test('lets a request with a proof pass, with its body, and no other request with the same proof', async () => {
    const url = await start(make());
    const options = { method: 'POST', body: '{"item":5}', headers: JSON_TYPE };
    const authorization = await solved(await challengesOf(await fetch(`${url}/orders`, options)));
    const paid = { ...options, headers: { ...JSON_TYPE, authorization } };
    const response = await fetch(`${url}/orders`, paid);
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 200,
      body: { item: 5 },
    });
    expect(response.headers.get('vary')).toContain('authorization');
    const again = await fetch(`${url}/orders`, paid);
    expect({ status: again.status, body: await again.json() }).toMatchObject({
      status: 403,
      body: { reason: 'replayed' },
    });
    expect(again.headers.get('cache-control')).toBe('no-store');
    expect(again.headers.get('www-authenticate')).toBeNull();
  });

  test('answers HEAD without a body, and takes no proof for GET in a request with HEAD', async () => {
    const url = await start(make());
    const head = await fetch(`${url}/orders`, { method: 'HEAD' });
    expect({ status: head.status, body: await head.text() }).toEqual({ status: 401, body: '' });
    expect(head.headers.get('www-authenticate')).toContain('Qanto');
    const authorization = await solved(await challengesOf(await fetch(`${url}/orders`)));
    expect((await fetch(`${url}/orders`, { method: 'HEAD', headers: { authorization } })).status).toBe(403);
    expect((await fetch(`${url}/orders`, { headers: { authorization } })).status).toBe(200);
  });

  test('needs a proof for OPTIONS too', async () => {
    const url = await start(make());
    expect((await fetch(`${url}/orders`, { method: 'OPTIONS' })).status).toBe(401);
  });

  test('binds a challenge to the bytes of the body', async () => {
    const url = await start(make());
    const send = (body: string, authorization?: string) =>
      fetch(`${url}/bound`, {
        method: 'POST',
        body,
        headers: { ...JSON_TYPE, ...(authorization && { authorization }) },
      });
    const authorization = await solved(await challengesOf(await send('{"pay":5}')));
    expect(await (await send('{"pay":6}', authorization)).json()).toMatchObject({ reason: 'wrong-binding' });
    expect(await (await send('{"pay": 5}', authorization)).json()).toMatchObject({ reason: 'wrong-binding' });
    expect(await (await send('{"pay":5}', authorization)).json()).toEqual({ pay: 5 });
  });

  test('works with payingFetch, and with ALTCHA alone', async () => {
    const url = await start(make({ bind: { body: true, query: true, caller: true } }), { orders: {} });
    for (const forms of [['native'], ['altcha-v1']]) {
      const other = await start(make({ forms, bind: { query: true, caller: true } }));
      const pay = payingFetch();
      for (const base of [url, other]) {
        const path = base === url ? '/bound?x=1' : '/orders?x=1';
        const response = await pay(`${base}${path}`, { method: 'POST', body: '{"a":1}', headers: JSON_TYPE });
        expect({ status: response.status, body: await response.json() }).toEqual({
          status: 200,
          body: { a: 1 },
        });
      }
    }
  });

  test('names another header if the service uses Authorization', async () => {
    const url = await start(make({ header: 'x-proof' }));
    const refused = await fetch(`${url}/orders`, { headers: { authorization: 'Bearer abc' } });
    expect(refused.headers.get('x-altcha-authorization-header')).toBe('x-proof');
    const response = await payingFetch()(`${url}/orders`, { headers: { authorization: 'Bearer abc' } });
    expect(response.status).toBe(200);
  });

  test('treats two headers Authorization in one way: both cannot be spent', async () => {
    const url = await start(make());
    const two = [
      await solved(await challengesOf(await fetch(`${url}/orders`))),
      await solved(await challengesOf(await fetch(`${url}/orders`))),
    ];
    const statuses = [await statusWith(`${url}/orders`, two), await statusWith(`${url}/orders`, two)];
    // Node.js keeps the first header, and the Fetch Standard joins them.
    expect(statuses).toEqual(name === 'hono' ? [403, 403] : [200, 403]);
  });

  if (name !== 'http') {
    test('accepts a proof in a field of JSON and of a form', async () => {
      const url = await start(make());
      for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
        const { 'altcha-v1': altcha } = await challengesOf(await fetch(`${url}/orders`, { method: 'POST' }));
        const [, proof] = (await solved({ 'altcha-v1': altcha! })).split(' ');
        const fields = { altcha: proof!, name: 'a' };
        const body =
          type === 'application/json' ? JSON.stringify(fields) : String(new URLSearchParams(fields));
        // The service may use Authorization for something else.
        const headers = { 'content-type': type, authorization: 'Bearer abc' };
        const response = await fetch(`${url}/orders`, { method: 'POST', body, headers });
        expect({ type, status: response.status, text: await response.text() }).toMatchObject({
          status: 200,
          text: expect.stringContaining('name'),
        });
      }
    });

    test('leaves the errors of the handler to the framework', async () => {
      const url = await start(make());
      const response = await payingFetch()(`${url}/throws`);
      expect(response.status).toBe(500);
      expect(await response.text()).toContain('thrown by the handler');
    });
  }

  test('passes on an error of a function among the options, and the server goes on', async () => {
    let isBroken = true;
    const skip = () => {
      if (isBroken) throw new Error('broken');
      return true;
    };
    const url = await start(make({ skip }));
    expect((await fetch(`${url}/orders`)).status).toBe(500);
    isBroken = false;
    expect((await fetch(`${url}/orders`)).status).toBe(200);
  });
});

/** The status of a response to a request with several headers of the same name. */
function statusWith(url: string, authorization: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const raw = authorization.flatMap((value) => ['Authorization', value]);
    const sent = httpRequest(url, { headers: ['Host', new URL(url).host, ...raw] as never });
    sent
      .on('response', (response) => resolve(response.resume().statusCode!))
      .on('error', reject)
      .end();
  });
}

test('express tells the host if the bytes of the body are missing', async () => {
  const { start } = FRAMEWORKS[0]!;
  const url = await start(make());
  const response = await fetch(`${url}/bound`, {
    method: 'POST',
    body: 'text',
    headers: { 'content-type': 'text/plain' },
  });
  expect(response.status).toBe(500);
  expect(await response.text()).toMatch(/request\.rawBody/);
});

describe.each(FRAMEWORKS.filter(({ name }) => name === 'http' || name === 'hono'))(
  'A large body with $name',
  ({ start }) => {
    test('that a challenge is bound to is refused with 413, whether or not its length is known', async () => {
      const url = await start(make({ maxBodyBytes: 1000 }));
      const headers = { 'content-type': 'text/plain' };
      const known = await fetch(`${url}/bound`, { method: 'POST', body: 'x'.repeat(1001), headers });
      expect(known.status).toBe(413);
      expect(await known.json()).toMatchObject({ reason: 'too-large' });
      const stream = new Blob(['x'.repeat(1001)]).stream();
      const unknown = await fetch(`${url}/bound`, {
        method: 'POST',
        body: stream,
        headers,
        duplex: 'half',
      } as RequestInit);
      expect(unknown.status).toBe(413);
      const fits = await payingFetch()(`${url}/bound`, { method: 'POST', body: 'x'.repeat(1000), headers });
      expect(await fits.text()).toBe('x'.repeat(1000));
    });
  },
);
