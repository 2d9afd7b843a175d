/** What an outsider sends over a connection, byte by byte. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { gate } from 'qanto/gate';
import { CHEAP, SECRET, serve, solved } from './support.ts';

/** Sends bytes, and resolves to everything that comes back until the server or this side closes the connection. */
async function exchange(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => {});
  socket.end(bytes);
  await once(socket, 'close');
  return text;
}

const statuses = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));

async function start(options = {}) {
  const handled: string[] = [];
  const guard = gate({ secret: SECRET, expectedTries: CHEAP, ...options });
  const url = await serve(
    createServer(
      guard.http((request, response) => {
        handled.push(`${request.method} ${request.url}`);
        response.end('handled');
      }),
    ),
  );
  const proof = () => solved(guard.issue({ method: 'POST', path: '/orders', form: 'native' }));
  return { url, handled, proof };
}

const post = (headers: string, body = '') => `POST /orders HTTP/1.1\r\nHost: a\r\n${headers}\r\n${body}`;

describe('A request over a connection', () => {
  test('that is hidden in the body of one with a proof needs a proof of its own', async () => {
    const { url, handled, proof } = await start();
    const hidden = post('Content-Length: 0\r\n');
    // The two lengths contradict each other (RFC 9112, section 6.3).
    const both = post(
      `Authorization: ${await proof()}\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n`,
      `0\r\n\r\n${hidden}`,
    );
    expect(statuses(await exchange(url, both))[0]).toBe(400);
    const twice = post(
      `Authorization: ${await proof()}\r\nContent-Length: 5\r\nContent-Length: 6\r\n`,
      `12345${hidden}`,
    );
    expect(statuses(await exchange(url, twice))[0]).toBe(400);
    expect(handled).toEqual([]);
    const pipelined = `${post(`Authorization: ${await proof()}\r\nContent-Length: 0\r\n`)}${hidden}`;
    expect(statuses(await exchange(url, pipelined))).toEqual([200, 401]);
    expect(handled).toEqual(['POST /orders']);
  });

  test('with a proof in a folded header, or behind another control character, does not pass', async () => {
    const { url, handled, proof } = await start();
    for (const header of [
      `Authorization:\r\n ${await proof()}`,
      `Authorization: ${await proof()}\0`,
      `Authorization : ${await proof()}`,
    ]) {
      const [status] = statuses(await exchange(url, post(`${header}\r\nContent-Length: 0\r\n`)));
      expect([400, 401, 403]).toContain(status);
    }
    expect(handled).toEqual([]);
  });

  test('with headers that are too large is refused by Node.js, and the server goes on', async () => {
    const { url, handled, proof } = await start();
    const large = post(`Authorization: Qanto ${'A'.repeat(20_000)}\r\n`);
    expect(statuses(await exchange(url, large))).toEqual([431]);
    const fits = post(`Authorization: Qanto ${'A'.repeat(8000)}\r\nContent-Length: 0\r\n`);
    expect(statuses(await exchange(url, fits))).toEqual([413]);
    expect(
      statuses(await exchange(url, post(`Authorization: ${await proof()}\r\nContent-Length: 0\r\n`))),
    ).toEqual([200]);
    expect(handled).toHaveLength(1);
  });

  test('whose target is a URL counts as one for the path of the URL', async () => {
    const { url, handled, proof } = await start();
    const absolute = `POST http://other/orders HTTP/1.1\r\nHost: a\r\nAuthorization: ${await proof()}\r\nContent-Length: 0\r\n\r\n`;
    expect(statuses(await exchange(url, absolute))).toEqual([200]);
    const other = `POST http://a/orders/../x HTTP/1.1\r\nHost: a\r\nAuthorization: ${await proof()}\r\nContent-Length: 0\r\n\r\n`;
    expect(statuses(await exchange(url, other))).toEqual([403]);
    expect(handled).toHaveLength(1);
  });

  test('that is sent twice at once on two connections passes once', async () => {
    const { url, handled, proof } = await start();
    const bytes = post(`Authorization: ${await proof()}\r\nContent-Length: 0\r\n`);
    const answers = await Promise.all(Array.from({ length: 20 }, () => exchange(url, bytes)));
    expect(answers.flatMap(statuses).filter((status) => status === 200)).toHaveLength(1);
    expect(handled).toHaveLength(1);
  });

  test('that ends before its body leaves nothing behind', async () => {
    const { url, handled } = await start({ bind: { body: true } });
    await exchange(url, post('Content-Length: 100\r\n', 'only this'));
    expect(statuses(await exchange(url, post('Content-Length: 0\r\n')))).toEqual([401]);
    expect(handled).toEqual([]);
  });
});
