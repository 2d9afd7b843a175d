import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Viewers } from '../../ts/node/view/viewers.ts';

let viewers: Viewers;
let server: Server;
const sockets: Socket[] = [];

beforeEach(async () => {
  viewers = new Viewers();
  server = createServer((_request, response) => viewers.open(response, undefined, () => '{}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

async function view(): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
  sockets.push(socket);
  const before = viewers.size;
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  while (viewers.size === before) await new Promise(setImmediate);
  return socket;
}

const MEGABYTE = JSON.stringify('x'.repeat(1_000_000));

test('A viewer that does not read is dropped, and one that reads is not', async () => {
  (await view()).pause();
  (await view()).resume();
  expect(viewers.size).toBe(2);
  // The operating system keeps some megabytes for the viewer, and the node at most four.
  for (let sent = 0; sent < 100 && viewers.size === 2; sent++) {
    viewers.send('blocks', MEGABYTE);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
  }
  expect(viewers.size).toBe(1);
});

test('The events that are kept take at most four megabytes', async () => {
  for (let sent = 0; sent < 50; sent++) viewers.send('blocks', MEGABYTE);
  const socket = await view();
  let text = '';
  socket.setEncoding('utf8').on('data', (data) => {
    text += data;
  });
  viewers.send('work', '{"last":true}');
  while (!text.includes('last')) await once(socket, 'data');
  expect(text.length).toBeLessThan(4_500_000);
});
