import { get } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '../../ts/logger.ts';
import { isAllowedHost, isLoopback } from '../../ts/node/hosts.ts';
import { type NodeServer, startServer } from '../../ts/node/server.ts';
import type { ServerConfig } from '../../ts/node/server-config.ts';

let server: NodeServer;

afterEach(() => server?.close());

async function start(config: ServerConfig): Promise<void> {
  const served = {
    metrics: () => undefined,
    readiness: () => ({ ready: true, reasons: [] }),
    status: () => ({}),
  };
  server = await startServer({ port: 0, ...config }, served, silentLogger);
}

/** The status and the text of the answer to a request with this header `Host`. */
function ask(path: string, host: string): Promise<{ status: number | undefined; text: string }> {
  const url = new URL(path, `http://127.0.0.1:${new URL(server.url).port}`);
  return new Promise((resolve, reject) => {
    get(url, { headers: { host }, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (data) => {
        text += data;
      });
      response.on('end', () => resolve({ status: response.statusCode, text }));
    }).on('error', reject);
  });
}

describe('A server that only this machine can reach', () => {
  test.each(['/metrics', '/healthz', '/readyz', '/status', '/'])(
    'refuses a request for %s that is addressed to another host',
    async (path) => {
      await start({});
      const { status, text } = await ask(path, 'rebound.example:9771');
      expect({ status, body: JSON.parse(text) }).toEqual({
        status: 421,
        body: { error: 'HOST_NOT_ALLOWED', message: expect.stringContaining('server.allowedHosts') },
      });
    },
  );

  test('answers requests to the names in server.allowedHosts', async () => {
    await start({ allowedHosts: ['node.example', '[2001:db8::1]'] });
    expect((await ask('/healthz', 'Node.Example')).status).toBe(200);
    expect((await ask('/healthz', '[2001:db8::1]:80')).status).toBe(200);
    expect((await ask('/healthz', 'other.node.example')).status).toBe(421);
  });

  test('answers a request without the header Host, which HTTP/1.0 permits', async () => {
    await start({});
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write('GET /healthz HTTP/1.0\r\n\r\n');
    const [data] = await new Promise<unknown[]>((resolve) => socket.once('data', (...args) => resolve(args)));
    socket.destroy();
    expect(String(data)).toMatch(/^HTTP\/1\.1 200 /);
  });
});

test.each(['10.1.2.3:9771', 'qanto.monitoring.svc:9771', 'rebound.example'])(
  'A server that other machines can reach answers a request that is addressed to %s',
  async (host) => {
    await start({ host: '0.0.0.0' });
    expect((await ask('/healthz', host)).status).toBe(200);
  },
);

test.each([
  'localhost',
  'LOCALHOST:9771',
  '127.0.0.1:1',
  '127.9.9.9',
  '[::1]',
  '[::1]:9771',
  '[::ffff:127.0.0.1]',
])('The header Host may be %s', (header) => {
  expect(isAllowedHost(header, [])).toBe(true);
});

test('The header Host may be empty or missing, which it is not if a page in a browser sends the request', () => {
  expect(isAllowedHost('', [])).toBe(true);
  expect(isAllowedHost(undefined, [])).toBe(true);
});

test('The header Host may have any spelling of an allowed host', () => {
  const allowed = ['node.example', '[2001:db8::1]'];
  for (const header of [
    'NODE.example',
    'node.example.:80',
    '[2001:DB8:0::1]:80',
    'localhost.',
    '127.0.0.1.',
  ]) {
    expect([header, isAllowedHost(header, allowed)]).toEqual([header, true]);
  }
});

test.each([
  'localhost.rebound.example',
  '127.0.0.1.rebound.example',
  '10.1.2.3',
  '0.0.0.0',
  '[::]',
  '[2001:db8::1]',
  '::1',
])('The header Host may not be %j', (header) => {
  expect(isAllowedHost(header, [])).toBe(false);
});

test.each([
  ['127.0.0.1', true],
  ['127.0.1.1', true],
  ['::1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.0.2.1', false],
])('It is known whether only this machine can reach %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});
