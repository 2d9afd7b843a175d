import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import path from 'node:path';
import { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type Logger, silentLogger } from '../../../ts/logger.ts';
import { serve } from '../../../ts/node/control/connection.ts';
import { MAX_CONNECTIONS, MAX_LINE_BYTES, MAX_REQUESTS } from '../../../ts/node/control/limits.ts';
import { ControlMethods } from '../../../ts/node/control/methods.ts';
import { type ControlServer, startControl } from '../../../ts/node/control/server.ts';
import { until } from '../../until.ts';
import { RawClient, request, temporaryDirectory } from './support.ts';

let directory: string;
let server: ControlServer | undefined;
let aborted: number;
let release: () => void;
const clients: RawClient[] = [];

beforeEach(() => {
  directory = temporaryDirectory();
  aborted = 0;
});

afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.destroy();
  await server?.close();
  server = undefined;
});

function methods(): ControlMethods {
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  return new ControlMethods()
    .add('echo', { text: z.string() }, ({ text }) => text)
    .add('hold', {}, async (_, { signal }) => {
      signal.addEventListener('abort', () => {
        aborted += 1;
      });
      await held;
      return 'held';
    })
    .add('progress', {}, (_, { progress }) => {
      progress(1, 2);
      progress(2, 2);
    })
    .add('long', {}, () => 'x'.repeat(MAX_LINE_BYTES))
    .add('big', {}, () => ({ work: 2n ** 80n }))
    .add('fail', {}, () => {
      throw new Error('a bug');
    });
}

async function start(idleMs?: number, logger: Logger = silentLogger): Promise<ControlServer> {
  server = await startControl(directory, methods(), logger, idleMs);
  return server;
}

function client(): RawClient {
  const connected = new RawClient(server!.path);
  clients.push(connected);
  return connected;
}

describe('The control socket', () => {
  test('can be used only by its user', async () => {
    const { path: file } = await start();
    expect(file).toBe(path.join(directory, 'control.sock'));
    expect(statSync(file).isSocket()).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['control.sock']);
  });

  test('can be used only by its user whatever the mask of the process', async () => {
    const before = process.umask(0);
    try {
      await start();
    } finally {
      process.umask(before);
    }
    expect(statSync(server!.path).mode & 0o777).toBe(0o600);
  });

  test('is removed when it is closed', async () => {
    const { path: file, close } = await start();
    await close();
    server = undefined;
    expect(existsSync(file)).toBe(false);
  });

  test('replaces a socket that a killed process has left behind', async () => {
    const left = await startControl(directory, methods(), silentLogger);
    // The name leads to the old socket until the new one takes its place.
    const { ino } = lstatSync(left.path);
    await start();
    expect(lstatSync(server!.path).ino).not.toBe(ino);
    expect(await client().ask(request('echo', { text: 'a' }))).toMatchObject({ id: 1, result: 'a' });
    await left.close();
  });

  test('replaces the directory in which a killed process was creating its socket', async () => {
    mkdirSync(path.join(directory, '.control'));
    writeFileSync(path.join(directory, '.control', 's'), '');
    await start();
    expect(readdirSync(directory)).toEqual(['control.sock']);
  });

  test('does not replace a file that is not a socket', async () => {
    writeFileSync(path.join(directory, 'control.sock'), 'mine');
    await expect(start()).rejects.toMatchObject({
      code: 'ERR_QANTO_CONTROL_UNAVAILABLE',
      message: expect.stringContaining('not a socket'),
    });
  });

  test('is refused with the reason in a directory that does not exist', async () => {
    directory = path.join(directory, 'none');
    await expect(start()).rejects.toMatchObject({ code: 'ERR_QANTO_CONTROL_UNAVAILABLE' });
  });

  test('is refused in a directory in which no file can be created', async () => {
    chmodSync(directory, 0o500);
    const writable = directory;
    // The superuser may write everywhere but here.
    if (process.getuid?.() === 0) directory = '/proc';
    await expect(start()).rejects.toMatchObject({ code: 'ERR_QANTO_CONTROL_UNAVAILABLE' });
    directory = writable;
    chmodSync(directory, 0o700);
  });
});

describe('A request', () => {
  beforeEach(() => start().then(() => {}));

  test('is answered with the result of its method', async () => {
    expect(await client().ask(request('echo', { text: 'é' }, 'my id'))).toEqual({
      jsonrpc: '2.0',
      id: 'my id',
      result: 'é',
    });
  });

  test('may arrive in pieces, and several may arrive together', async () => {
    const { socket, answers } = client();
    const text = request('echo', { text: 'a' }, 1) + request('echo', { text: 'b' }, 2);
    for (const byte of Buffer.from(text)) {
      socket.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    await until(() => answers.length === 2);
    expect(answers.map(({ result }) => result)).toEqual(['a', 'b']);
  });

  test('is answered with an integer of any size as text', async () => {
    expect(await client().ask(request('big'))).toMatchObject({
      result: { work: '1208925819614629174706176' },
    });
  });

  test('may report its progress before the answer', async () => {
    const { socket, answers } = client();
    socket.write(request('progress', {}, 7));
    await until(() => answers.length === 2);
    expect(answers[0]).toEqual({ jsonrpc: '2.0', method: 'progress', params: { id: 7, done: 1, total: 2 } });
    expect(answers[1]).toMatchObject({ id: 7, result: null });
  });

  test.each([
    ['an unknown method', 'none', {}, -32_601, { code: 'ERR_QANTO_CONTROL_UNKNOWN_METHOD', method: 'none' }],
    ['a method of objects', 'constructor', {}, -32_601, { code: 'ERR_QANTO_CONTROL_UNKNOWN_METHOD' }],
    ['a missing parameter', 'echo', {}, -32_602, { code: 'ERR_QANTO_INVALID_ARGUMENT' }],
    ['a parameter of another type', 'echo', { text: 5 }, -32_602, { argument: 'params.text', value: 5 }],
    ['an unknown parameter', 'echo', { text: '', more: 1 }, -32_602, { code: 'ERR_QANTO_INVALID_ARGUMENT' }],
    ['a method that throws', 'fail', {}, -32_000, { code: 'ERR_QANTO_UNEXPECTED' }],
    ['an answer that is too long', 'long', {}, -32_000, { code: 'ERR_QANTO_CONTROL_PROTOCOL' }],
  ])(
    'gets an error with a code for %s, and the connection goes on',
    async (_, method, params, code, data) => {
      const connected = client();
      expect(await connected.ask(request(method, params))).toMatchObject({ id: 1, error: { code, data } });
      expect(await connected.ask(request('echo', { text: 'b' }))).toMatchObject({ result: 'b' });
    },
  );

  test('is refused if too many are being answered', async () => {
    const connected = client();
    for (let id = 0; id < MAX_REQUESTS; id++) connected.socket.write(request('hold', {}, id));
    expect(await connected.ask(request('echo', { text: 'a' }, 99))).toMatchObject({
      id: 99,
      error: { data: { code: 'ERR_QANTO_CONTROL_BUSY', limit: MAX_REQUESTS } },
    });
    release();
    await until(() => connected.answers.length === MAX_REQUESTS + 1);
    expect(await connected.ask(request('echo', { text: 'a' }, 100))).toMatchObject({ result: 'a' });
  });

  test('is aborted when its client has gone', async () => {
    const connected = client();
    connected.socket.write(request('hold'));
    await connected.ask(request('echo', { text: 'a' }, 2));
    connected.socket.destroy();
    await until(() => aborted === 1);
  });

  test('is aborted when the socket is closed', async () => {
    const connected = client();
    connected.socket.write(request('hold'));
    await connected.ask(request('echo', { text: 'a' }, 2));
    await server!.close();
    server = undefined;
    expect(aborted).toBe(1);
    await connected.closed;
  });
});

describe('A line that is not a request is answered, and then the connection is closed,', () => {
  beforeEach(() => start().then(() => {}));

  test.each<[what: string, line: string | Uint8Array, code: number]>([
    ['if it is empty', '\n', -32_700],
    ['if it is not JSON', 'GET / HTTP/1.1\r\n\r\n', -32_700],
    ['if it is not UTF-8', Uint8Array.of(0x22, 0xff, 0x22, 0x0a), -32_700],
    ['if it is a number', '1\n', -32_600],
    ['if it is null', 'null\n', -32_600],
    ['if it is a batch', `[${request('echo', { text: '' }).trimEnd()}]\n`, -32_600],
    ['if it has another version', '{"jsonrpc":"1.0","id":1,"method":"echo"}\n', -32_600],
    ['if it has no id', '{"jsonrpc":"2.0","method":"echo"}\n', -32_600],
    ['if its id is null', '{"jsonrpc":"2.0","id":null,"method":"echo"}\n', -32_600],
    ['if its id is an object', '{"jsonrpc":"2.0","id":{},"method":"echo"}\n', -32_600],
    ['if its id is long', request('echo', {}, 'x'.repeat(65)), -32_600],
    ['if its id is not an integer', request('echo', {}, 1.5), -32_600],
    ['if its method is not text', '{"jsonrpc":"2.0","id":1,"method":1}\n', -32_600],
    ['if its parameters are an array', '{"jsonrpc":"2.0","id":1,"method":"echo","params":[1]}\n', -32_600],
    ['if it has an unknown field', '{"jsonrpc":"2.0","id":1,"method":"echo","x":1}\n', -32_600],
    ['if it is nested deeply', `${'['.repeat(1e6)}\n`, -32_700],
    ['if it is too long', `"${'x'.repeat(MAX_LINE_BYTES)}"\n`, -32_700],
    ['if it never ends', 'x'.repeat(MAX_LINE_BYTES + 1), -32_700],
  ])('%s', async (_, line, code) => {
    const connected = client();
    const answer = await connected.ask(line);
    expect(answer).toMatchObject({ id: null, error: { code, data: { code: 'ERR_QANTO_CONTROL_PROTOCOL' } } });
    expect(JSON.stringify(answer).length).toBeLessThan(1000);
    await connected.closed;
    expect(await client().ask(request('echo', { text: 'other clients' }))).toMatchObject({ id: 1 });
  });

  test('and the lines that follow it are not read', async () => {
    const connected = client();
    connected.socket.write(`x\n${request('echo', { text: 'a' })}`);
    await connected.closed;
    expect(connected.answers).toHaveLength(1);
  });
});

describe('A connection', () => {
  test('is refused with the reason if there are too many', async () => {
    await start();
    const first = client();
    for (let count = 1; count < MAX_CONNECTIONS; count++) client();
    for (const each of clients) await each.ask(request('echo', { text: '' }));
    const refused = client();
    expect(await refused.answer(0)).toMatchObject({
      id: null,
      error: { data: { code: 'ERR_QANTO_CONTROL_BUSY', limit: MAX_CONNECTIONS } },
    });
    await refused.closed;
    first.socket.destroy();
    await first.closed;
    expect(await client().ask(request('echo', { text: 'a' }))).toMatchObject({ result: 'a' });
  });

  test('is closed if its client sends nothing', async () => {
    await start(1);
    await client().closed;
  });

  test('is closed if its client never ends a line', async () => {
    await start(1);
    const connected = client();
    connected.socket.write('{');
    await connected.closed;
  });

  test('is not closed while a request is being answered', async () => {
    const answered: string[] = [];
    const socket = new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        answered.push(String(chunk));
        done();
      },
    });
    // The request is here before the connection has been idle for 1 ms.
    const served = serve(socket as Socket, methods(), 1);
    socket.push(request('hold'));
    // Timers of one length end in the order in which they began, so the connection has been idle long enough.
    await setTimeout(1);
    expect(socket.destroyed).toBe(false);
    release();
    await until(() => answered.length === 1);
    expect(JSON.parse(answered[0]!)).toMatchObject({ result: 'held' });
    await served;
  });

  test('is closed if its client does not read the answers', async () => {
    await start();
    const connected = client();
    connected.socket.pause();
    let isClosed = false;
    void connected.closed.then(() => {
      isClosed = true;
    });
    const line = request('none', {}, 'x'.repeat(64)).repeat(100);
    while (!isClosed && !connected.socket.destroyed) {
      await new Promise((resolve) => connected.socket.write(line, resolve));
    }
  });
});
