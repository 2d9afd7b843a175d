import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Logger } from '../../../ts/logger.ts';
import { type NodeConfig, QantoNode } from '../../../ts/node/index.ts';
import { TEST_ADDRESS } from '../../../ts/testing.ts';
import { temporaryDirectory } from '../control/support.ts';
import { Client, cookieOf, openCookieNode, openRpcNode, send, USER } from './support.ts';

const BODY = '{"method":"getblockcount","id":1}';
const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

describe('Without credentials', () => {
  test('a request gets 401, and says how to authenticate', async () => {
    const { node } = await openRpcNode();
    const { status, headers, text } = await send(node.rpcUrl!, BODY, {});
    expect([status, text]).toEqual([401, '']);
    expect(headers['www-authenticate']).toBe('Basic realm="jsonrpc"');
  });

  test('a body is not read', async () => {
    const { node } = await openRpcNode();
    const { port, hostname } = new URL(node.rpcUrl!);
    const socket = connect(Number(port), hostname);
    socket.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n');
    const [chunk] = await new Promise<[Buffer]>((resolve) => socket.once('data', (data) => resolve([data])));
    socket.destroy();
    expect(chunk.toString()).toMatch(/^HTTP\/1.1 401 /);
  });
});

test.each([
  ['another password', basic('miner:a:secreT')],
  ['another user', basic('miner2:a:secret')],
  ['no password', basic('miner')],
  ['nothing', { authorization: '' }],
  ['another scheme', { authorization: 'Bearer a:secret' }],
  ['text that is not base64', { authorization: 'Basic ***' }],
  ['the token of no node', basic(`__cookie__:${'0'.repeat(64)}`)],
])('Credentials with %s get 401', async (_name, headers) => {
  const { node } = await openRpcNode();
  expect((await send(node.rpcUrl!, BODY, headers)).status).toBe(401);
});

test('While wrong credentials are answered late, right ones are answered at once', async () => {
  const { node, client } = await openRpcNode();
  const order: string[] = [];
  const wrong = send(node.rpcUrl!, BODY, basic('x:y')).then(() => order.push('wrong'));
  await client.send(BODY).then(() => order.push('right'));
  await wrong;
  expect(order).toEqual(['right', 'wrong']);
});

test('The log names an address from which wrong credentials came, and no credentials', async () => {
  const lines: string[] = [];
  const write = (...line: unknown[]) => lines.push(JSON.stringify(line));
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  const { node, client } = await openRpcNode({}, { logger });
  await send(node.rpcUrl!, BODY, basic('miner:guess'));
  await client.call('getblockcount');
  const text = lines.join('\n');
  expect(text).toMatch('a client of JSON-RPC has wrong credentials');
  expect(text).not.toMatch(/guess|secret|Basic/);
});

describe('The cookie', () => {
  test('has a token that only its owner can read, until the node stops', async () => {
    const { node, dataDir, client } = await openCookieNode();
    expect(lstatSync(cookieOf(dataDir)).mode & 0o777).toBe(0o600);
    expect(readFileSync(cookieOf(dataDir), 'utf8')).toMatch(/^__cookie__:[0-9a-f]{64}$/);
    expect(await client.call('getblockcount')).toBe(0);
    await node.stop();
    expect(existsSync(cookieOf(dataDir))).toBe(false);
  });

  test('is another one in each run, also after a crash has left one behind', async () => {
    const { node, dataDir, client } = await openCookieNode();
    const left = readFileSync(cookieOf(dataDir));
    await node.stop();
    writeFileSync(cookieOf(dataDir), left, { mode: 0o644 });
    const { node: next } = await openRpcNode({ dataDir, rpc: { enabled: true, port: 0 } });
    expect(lstatSync(cookieOf(dataDir)).mode & 0o777).toBe(0o600);
    expect((await send(next.rpcUrl!, BODY, { authorization: client.authorization })).status).toBe(401);
    await new Client(next.rpcUrl!, readFileSync(cookieOf(dataDir), 'utf8')).call('getblockcount');
  });

  test('stays that of the node that runs when another one cannot open the directory', async () => {
    const { dataDir, client } = await openCookieNode();
    const second = openRpcNode({ dataDir, rpc: { enabled: true, port: 0 } });
    await expect(second).rejects.toMatchObject({ code: 'ERR_QANTO_STORE_LOCKED' });
    expect(await client.call('getblockcount')).toBe(0);
    expect(basic(readFileSync(cookieOf(dataDir), 'utf8')).authorization).toBe(client.authorization);
  });

  test('does not follow a link', async () => {
    const dataDir = path.join(temporaryDirectory(), 'chain');
    mkdirSync(dataDir);
    const victim = path.join(dataDir, '..', 'victim');
    writeFileSync(victim, 'unchanged');
    symlinkSync(victim, cookieOf(dataDir));
    symlinkSync(victim, `${cookieOf(dataDir)}.new`);
    await openRpcNode({ dataDir, rpc: { enabled: true, port: 0 } });
    expect(readFileSync(victim, 'utf8')).toBe('unchanged');
    expect(lstatSync(cookieOf(dataDir)).isFile()).toBe(true);
  });

  test('is not written if there are a user and a password', async () => {
    const dataDir = path.join(temporaryDirectory(), 'chain');
    const { client } = await openRpcNode({ dataDir });
    expect(await client.call('getblockcount')).toBe(0);
    expect(existsSync(cookieOf(dataDir))).toBe(false);
  });

  test('makes opening the node fail if it cannot be written, and nothing stays open', async () => {
    const dataDir = path.join(temporaryDirectory(), 'chain');
    mkdirSync(cookieOf(dataDir), { recursive: true });
    const config = {
      dataDir,
      control: {},
      stratum: { enabled: true, port: 0 },
      rpc: { enabled: true, port: 0 },
    };
    await expect(openRpcNode(config)).rejects.toMatchObject({
      code: 'ERR_QANTO_RPC_COOKIE',
      path: cookieOf(dataDir),
    });
    // Nothing holds the directory.
    await openRpcNode({ ...config, rpc: { ...config.rpc, ...USER } });
  });
});

describe('The header Host', () => {
  test.each(['evil.example', 'evil.example:9772', '10.0.0.1'])(
    '%s gets 421, with right credentials too',
    async (host) => {
      const { client } = await openRpcNode();
      expect((await client.send(BODY, { host })).status).toBe(421);
    },
  );

  test.each(['localhost', '127.0.0.1:1', '[::1]:80', 'node.example'])('%s is answered', async (host) => {
    const rpc = { enabled: true, port: 0, allowedHosts: ['node.example'], ...USER };
    const { client } = await openRpcNode({ rpc });
    expect((await client.send(BODY, { host })).status).toBe(200);
  });
});

test('Other methods than POST get 405, and other paths 404', async () => {
  const { client } = await openRpcNode();
  expect((await client.send('', {}, { method: 'GET' })).status).toBe(405);
  expect((await client.send(BODY, {}, { path: '/wallet/x' })).status).toBe(404);
});

test('An answer has no header that lets pages of other origins read it', async () => {
  const { client } = await openRpcNode();
  const { headers } = await client.send(BODY, { origin: 'http://evil.example' });
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
});

test('A body of more than 4 MiB gets 413', async () => {
  const { client } = await openRpcNode();
  expect((await client.send(Buffer.alloc(4 * 2 ** 20 + 1, ' '))).status).toBe(413);
  // The largest block fits.
  const hex = 'ab'.repeat(1_000_000);
  const { text } = await client.send(JSON.stringify({ method: 'submitblock', params: [hex] }));
  expect(JSON.parse(text)).toMatchObject({ result: 'unknown-work' });
});

test('At most 64 long polls wait at a time', async () => {
  const { node, client } = await openRpcNode();
  const { longpollid } = await client.call('getblocktemplate');
  const polls = Array.from({ length: 65 }, () =>
    client.call('getblocktemplate', { longpollid }).catch((error: Error) => error.message),
  );
  expect(await Promise.race(polls)).toMatch('at most 64 long polls at a time');
  // Other requests are answered meanwhile.
  expect(await client.call('getblockcount')).toBe(0);
  await node.stop();
  const answers = await Promise.all(polls);
  expect(answers.filter((answer) => answer === '-9 Shutting down')).toHaveLength(64);
});

describe('A node refuses to open', () => {
  const open = (rpc: NodeConfig['rpc'], config: object = {}) =>
    QantoNode.open({ network: 'regtest', miner: { address: TEST_ADDRESS }, rpc, ...config });

  test.each(['0.0.0.0', '::'])('if JSON-RPC would listen on %s without TLS', async (host) => {
    const opened = open({ enabled: true, host, port: 0, ...USER });
    await expect(opened).rejects.toMatchObject({ code: 'ERR_QANTO_RPC_INSECURE', host });
  });

  test('if the port of JSON-RPC is in use', async () => {
    const { node } = await openRpcNode();
    const port = Number(new URL(node.rpcUrl!).port);
    const opened = open({ enabled: true, port, ...USER });
    await expect(opened).rejects.toMatchObject({ code: 'ERR_QANTO_ADDRESS_IN_USE', port });
    await expect(opened).rejects.toThrow('the server for JSON-RPC cannot listen on 127.0.0.1');
  });

  test.each([
    ['rpc.user', { enabled: true }],
    ['rpc.password', { user: 'x' }],
    ['rpc.user', { password: 'x' }],
    ['rpc.user', { user: 'a:b', password: 'x' }],
    ['rpc.password', { user: 'a', password: '' }],
    ['rpc.port', { port: 65_536 }],
    ['rpc.host', { host: '' }],
    ['rpc.enabled', { enabled: 1 }],
    ['rpc.allowInsecure', { allowInsecure: 'yes' }],
    ['rpc.allowedHosts', { allowedHosts: ['a:1'] }],
    ['rpc.tls.key', { tls: { cert: 'x' } }],
    ['rpc.tls.cert', { tls: { cert: 5 } }],
    ['rpc.tls.ca', { tls: { ca: 'x' } }],
    ['rpc.usr', { usr: 'x' }],
  ])('because of %s', async (argument, rpc) => {
    await expect(open(rpc as never)).rejects.toMatchObject({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument });
  });

  test('if the certificate cannot be read, and names no secret', async () => {
    const rpc = { enabled: true, port: 0, ...USER, tls: { cert: '/no/cert.pem', key: '/no/key.pem' } };
    await expect(open(rpc)).rejects.toMatchObject({ code: 'ERR_QANTO_RPC_TLS' });
  });
});

test('A node without JSON-RPC in its configuration serves none, and reads no field but enabled', async () => {
  const { node } = await openRpcNode({ rpc: {} });
  expect(node.rpcUrl).toBeUndefined();
});

test('With allowInsecure, other machines may be served, with a warning', async () => {
  const warnings: string[] = [];
  const ignore = () => {};
  const logger = { debug: ignore, info: ignore, error: ignore, warn: (text: string) => warnings.push(text) };
  const rpc = { enabled: true, host: '0.0.0.0', port: 0, allowInsecure: true, ...USER };
  await openRpcNode({ rpc }, { logger });
  expect(warnings).toEqual([
    'other machines can reach JSON-RPC without TLS, so their credentials are not encrypted',
  ]);
});
