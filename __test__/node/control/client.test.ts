import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { silentLogger } from '../../../ts/logger.ts';
import { addressOf } from '../../../ts/node/control/address.ts';
import { ControlClient } from '../../../ts/node/control/client.ts';
import { ControlMethods } from '../../../ts/node/control/methods.ts';
import { type ControlServer, startControl } from '../../../ts/node/control/server.ts';
import { temporaryDirectory } from './support.ts';

const GREETING = { protocol: 1, version: '0.1.0', network: 'regtest', genesis: '00'.repeat(32), pid: 1 };

let directory: string;
let server: ControlServer | undefined;
let other: Server | undefined;

beforeEach(() => {
  directory = temporaryDirectory();
});

afterEach(async () => {
  await server?.close();
  other?.close();
  server = undefined;
  other = undefined;
});

async function start(): Promise<void> {
  const methods = new ControlMethods()
    .add('hello', { protocol: (await import('zod')).z.int() }, () => GREETING)
    .add('wait', {}, () => new Promise(() => {}))
    .add('count', {}, (_, { progress }) => {
      progress(3, 9);
      return 9;
    });
  server = await startControl(directory, methods, silentLogger);
}

/** A process that is not a node listens on the socket, and treats each connection in this way. */
async function listen(serve: (socket: Socket) => void): Promise<void> {
  const sockets = createServer(serve);
  other = sockets;
  await new Promise<void>((resolve) => sockets.listen(path.join(directory, 'control.sock'), resolve));
}

async function connect(greetingMs?: number): Promise<ControlClient> {
  const found = await ControlClient.connect(directory, greetingMs);
  if (!('client' in found)) throw new Error(found.problem);
  return found.client;
}

describe('A client', () => {
  test('gets the greeting of the node, results and progress', async () => {
    await start();
    const found = await ControlClient.connect(directory);
    if (!('client' in found)) throw new Error(found.problem);
    expect(found.greeting).toEqual(GREETING);
    const seen: number[] = [];
    const onProgress = (done: number, total: number) => seen.push(done, total);
    expect(await found.client.call('count', {}, { onProgress })).toBe(9);
    expect(seen).toEqual([3, 9]);
    found.client.close();
  });

  test('gets the error of the node with its code and fields', async () => {
    await start();
    const client = await connect();
    await expect(client.call('none', {})).rejects.toMatchObject({
      code: 'ERR_QANTO_CONTROL_UNKNOWN_METHOD',
      method: 'none',
      message: expect.stringContaining('hello, wait, count'),
    });
    client.close();
  });

  test('gives up a call whose signal aborts, with the reason', async () => {
    await start();
    const client = await connect();
    const abort = new AbortController();
    const call = client.call('wait', {}, { signal: abort.signal });
    abort.abort('SIGTERM');
    await expect(call).rejects.toMatchObject({ code: 'ABORT_ERR', cause: 'SIGTERM' });
  });

  test('is told that the node has stopped before it answered', async () => {
    await start();
    const client = await connect();
    const call = client.call('wait', {});
    const answer = expect(call).rejects.toMatchObject({ code: 'ERR_QANTO_CONTROL_UNREACHABLE' });
    await server!.close();
    server = undefined;
    await answer;
    await expect(client.call('count', {})).rejects.toMatchObject({ code: 'ERR_QANTO_CONTROL_UNREACHABLE' });
  });
});

describe('A client finds no node, and the reason is given,', () => {
  test('if the directory does not exist', async () => {
    expect(await ControlClient.connect(path.join(directory, 'none'))).toMatchObject({
      problem: expect.stringContaining('does not exist'),
    });
  });

  test('if the socket is dead, as after SIGKILL', async () => {
    await start();
    const file = server!.path;
    const kept = `${file}.kept`;
    (await import('node:fs')).linkSync(file, kept);
    await server!.close();
    server = undefined;
    (await import('node:fs')).renameSync(kept, file);
    expect(await ControlClient.connect(directory)).toMatchObject({
      problem: expect.stringContaining('an earlier process has left behind'),
    });
  });

  test('if another file has the name of the socket', async () => {
    writeFileSync(path.join(directory, 'control.sock'), '');
    expect(await ControlClient.connect(directory)).toMatchObject({ problem: expect.any(String) });
  });
});

describe('A client is told what is wrong', () => {
  test('if the node has a newer version of the protocol', async () => {
    await listen((socket) =>
      socket.once('data', () => {
        socket.write(`{"jsonrpc":"2.0","id":1,"result":${JSON.stringify({ ...GREETING, protocol: 2 })}}\n`);
      }),
    );
    await expect(ControlClient.connect(directory)).rejects.toMatchObject({
      code: 'ERR_QANTO_CONTROL_VERSION',
      node: 2,
      client: 1,
      message: expect.stringContaining('the node is newer'),
    });
  });

  test('if a process listens but does not answer', async () => {
    await listen((socket) => socket.resume());
    await expect(ControlClient.connect(directory, 10)).rejects.toMatchObject({
      code: 'ERR_QANTO_CONTROL_UNREACHABLE',
      message: expect.stringContaining('within 10 ms'),
    });
  });

  test.each([
    ['text that is not JSON', 'hello\n'],
    ['JSON that is not an answer', '{"jsonrpc":"2.0"}\n'],
    ['an answer without an id', '{"jsonrpc":"2.0","id":null,"result":1}\n'],
    ['a greeting of another type', '{"jsonrpc":"2.0","id":1,"result":null}\n'],
  ])('if the answer is %s', async (_, line) => {
    await listen((socket) => socket.write(line));
    await expect(ControlClient.connect(directory)).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_QANTO_CONTROL_/),
    });
  });
});

describe('A path that is too long for a socket', () => {
  beforeEach(() => {
    directory = path.join(directory, 'long'.repeat(30), 'long'.repeat(30));
    mkdirSync(directory, { recursive: true });
  });

  (process.platform === 'linux' ? test : test.skip)('is no problem on Linux', async () => {
    await start();
    const client = await connect();
    expect(await client.call('count', {})).toBe(9);
    client.close();
    await server!.close();
    server = undefined;
    expect((await import('node:fs')).readdirSync(directory)).toEqual([]);
  });

  test('is no problem if the relative path is shorter', () => {
    const before = process.cwd();
    process.chdir(directory);
    try {
      expect(addressOf(directory)!.path).toBe('control.sock');
    } finally {
      process.chdir(before);
    }
  });

  test('may be avoided with a link', async () => {
    await start();
    const link = path.join(temporaryDirectory(), 'link');
    symlinkSync(directory, link);
    const found = await ControlClient.connect(link);
    expect(found).toMatchObject({ greeting: GREETING });
    if ('client' in found) found.client.close();
    rmSync(link);
  });
});
