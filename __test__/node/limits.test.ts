import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { silentLogger } from '../../ts/logger.ts';
import { Connections } from '../../ts/node/connections.ts';
import { sharedScrapes } from '../../ts/node/scrapes.ts';
import { type NodeServer, startServer } from '../../ts/node/server.ts';

let server: NodeServer;
let scrapes = 0;
let readinessChecks = 0;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server?.close();
});

/** Starts a server whose scrapes end when the returned function is called, or at once by default. */
async function start({ held = false } = {}): Promise<() => void> {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  scrapes = 0;
  readinessChecks = 0;
  const metrics = async () => {
    scrapes++;
    if (held) await released;
    return { contentType: 'text/plain', text: 'x 1\n' };
  };
  const readiness = () => {
    readinessChecks++;
    return { ready: true, reasons: [] };
  };
  server = await startServer({ port: 0 }, { metrics, readiness, status: () => ({}) }, silentLogger);
  return release;
}

async function open(port = Number(new URL(server.url).port)): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** The sockets of `count` connections, oldest first. */
async function openMany(count: number): Promise<Socket[]> {
  const opened: Socket[] = [];
  for (let index = 0; index < count; index++) opened.push(await open());
  return opened;
}

/** Resolves when the connection is closed, with or without an error. */
const closing = (socket: Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()));

const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

/** Sends a request and returns the first line of the answer. */
async function ask(socket: Socket, path: string): Promise<string> {
  socket.write(request(path));
  const [data] = await once(socket, 'data');
  return String(data).split('\r\n', 1)[0]!;
}

const healthz = async () => (await fetch(`${server.url}/healthz`)).status;

describe('When all connections of the server are taken', () => {
  test('the one that has been idle for the longest time makes room for a new one', async () => {
    await start();
    const [first, second, ...others] = await openMany(128);
    await ask(first!, '/healthz');
    const closed = closing(second!);
    expect(await ask(await open(), '/healthz')).toBe('HTTP/1.1 200 OK');
    await closed;
    expect([first!, ...others].filter(({ destroyed }) => destroyed)).toEqual([]);
  });

  test('a client to whom the node owes an answer keeps its connection', async () => {
    const release = await start({ held: true });
    const [oldest] = await openMany(1);
    const answer = ask(oldest!, '/metrics');
    await openMany(150);
    expect(await healthz()).toBe(200);
    release();
    expect(await answer).toBe('HTTP/1.1 200 OK');
  });

  test('requests to /healthz are answered although many requests wait for the metrics', async () => {
    const release = await start({ held: true });
    const answers: Promise<string>[] = [];
    for (let index = 0; index < 150; index++) answers.push(ask(await open(), '/metrics'));
    expect(await healthz()).toBe(200);
    release();
    const lines = await Promise.all(answers);
    expect(lines.filter((line) => line === 'HTTP/1.1 200 OK').length).toBe(100);
    expect(lines.filter((line) => line === 'HTTP/1.1 503 Service Unavailable').length).toBe(50);
  });
});

test('A client that does not read its answer makes room for a new connection', async () => {
  const connections = new Connections(1);
  const http = createServer((received, response) => {
    if (connections.admits(received, response)) response.end(Buffer.alloc(received.url === '/' ? 1e8 : 1));
  });
  connections.watch(http);
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  const stalled = await open(port);
  await ask(stalled, '/');
  stalled.pause();
  const answer = await ask(await open(port), '/small');
  const closed = closing(stalled);
  stalled.resume();
  await closed;
  http.closeAllConnections();
  http.close();
  expect({ answer, received: stalled.bytesRead < 1e8 }).toEqual({
    answer: 'HTTP/1.1 200 OK',
    received: true,
  });
});

describe('A connection', () => {
  test('is closed if it sends requests before the previous ones have been answered', async () => {
    await start();
    const socket = await open();
    const closed = closing(socket);
    socket.resume().write(request('/metrics').repeat(5000));
    await closed;
    expect(scrapes).toBe(1);
    expect(await healthz()).toBe(200);
  });

  test('is closed before it has an answer to the second of two requests that were sent at once', async () => {
    await start();
    const socket = await open();
    const closed = closing(socket);
    socket.resume().write(request('/readyz').repeat(2));
    await closed;
    expect(readinessChecks).toBe(1);
  });

  test('serves any number of requests one after the other', async () => {
    await start();
    const socket = await open();
    const answers = [];
    for (let index = 0; index < 20; index++) answers.push(await ask(socket, '/readyz'));
    expect(answers).toEqual(Array(20).fill('HTTP/1.1 200 OK'));
  });
});

describe('The metrics', () => {
  test('are read once for all requests that arrive meanwhile', async () => {
    const release = await start({ held: true });
    const clients = await openMany(20);
    const answers = Promise.all(clients.map((client) => ask(client, '/metrics')));
    // The answer to the last client's request shows that those of the others have been received.
    await ask(await open(), '/healthz');
    release();
    expect(await answers).toEqual(Array(20).fill('HTTP/1.1 200 OK'));
    expect(scrapes).toBe(1);
  });
});

describe('Reading the metrics', () => {
  const TAKES_MS = 20;
  let reads = 0;
  const read = () => {
    reads++;
    return new Promise<{ contentType: string; text: string }>((resolve) =>
      setTimeout(() => resolve({ contentType: 'text/plain', text: String(reads) }), TAKES_MS),
    );
  };

  beforeEach(() => {
    reads = 0;
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  test('takes at most a tenth of the time', async () => {
    const scrape = sharedScrapes(read);
    const endsAt = performance.now() + 2000;
    const client = async () => {
      while (performance.now() < endsAt) await scrape();
    };
    const clients = Promise.all([client(), client(), client()]);
    await jest.advanceTimersByTimeAsync(2000 + 10 * TAKES_MS);
    await clients;
    expect(reads).toBe(11);
  });

  test('is repeated for a request that arrives after the last scrape', async () => {
    const scrape = sharedScrapes(read);
    const both = (async () => [String((await scrape())!.body), String((await scrape())!.body)])();
    await jest.advanceTimersByTimeAsync(1000);
    expect(await both).toEqual(['1', '2']);
  });

  test('is tried again after a failure', async () => {
    const fails = jest.fn(read).mockImplementationOnce(() => {
      throw new Error('no');
    });
    const scrape = sharedScrapes(fails);
    await expect(scrape()).rejects.toThrow('no');
    const answer = scrape();
    await jest.advanceTimersByTimeAsync(1000);
    expect(String((await answer)!.body)).toBe('1');
  });
});
