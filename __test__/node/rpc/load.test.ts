import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { until } from '../../until.ts';
import { openRpcNode } from './support.ts';

const BODY = '{"method":"getblockcount","id":1}';
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

test('Connections that send nothing, or half a request, do not shut out a client', async () => {
  const { node, client } = await openRpcNode();
  const idle = await Promise.all(Array.from({ length: 400 }, () => open(node.rpcUrl!)));
  for (const socket of idle.slice(0, 200)) socket.write('POST / HTTP/1.1\r\nHost: local');
  for (let call = 0; call < 5; call++) expect(await client.call('getblockcount')).toBe(0);
  await until(() => idle.filter(({ destroyed }) => !destroyed).length <= 256);
});

test('A client that sends a second request before it has the answer to the first one is disconnected', async () => {
  const { node, client } = await openRpcNode();
  const socket = await open(node.rpcUrl!);
  const request = `POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${client.authorization}\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume();
  socket.write(request.repeat(1000));
  await closed;
  expect(await client.call('getblockcount')).toBe(0);
});

test('More than 64 requests at a time get 503, and are answered again when there are fewer', async () => {
  const { node, client } = await openRpcNode();
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let paused = 0;
  node.miner.pause = () => {
    paused += 1;
    return finished;
  };
  const pending = Array.from({ length: 64 }, () => client.call('pause'));
  await until(() => paused === 64);
  const { status, text } = await client.send(BODY);
  expect([status, text]).toEqual([503, 'Work queue depth exceeded']);
  finish();
  await Promise.all(pending);
  expect((await client.send(BODY)).status).toBe(200);
});

test('A client that goes away ends its long poll', async () => {
  const { node, client } = await openRpcNode();
  const waiting = () => node.metrics.value('qanto_rpc_long_polls');
  const { longpollid } = await client.call('getblocktemplate');
  const body = JSON.stringify({ method: 'getblocktemplate', params: [{ longpollid }] });
  const gone = new AbortController();
  const polled = client.send(body, {}, { signal: gone.signal });
  polled.catch(() => {});
  await until(() => waiting() === 1);
  gone.abort();
  await expect(polled).rejects.toThrow();
  await until(() => waiting() === 0);
});

test('The metrics count the answers by method and outcome', async () => {
  const { node, client } = await openRpcNode();
  await client.send(
    '[{"method":"getblockcount"},{"method":"getblockcount"},{"method":"getblock"},{"method":"x"},{}]',
  );
  const count = (method: string, outcome: string) =>
    node.metrics.value('qanto_rpc_requests_total', { method, outcome });
  expect(count('getblockcount', 'ok')).toBe(2);
  expect(count('getblock', 'error')).toBe(1);
  expect(count('unknown', 'error')).toBe(1);
});
