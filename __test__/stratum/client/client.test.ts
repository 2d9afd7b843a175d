import { once } from 'node:events';
import { afterEach, describe, expect, test } from '@jest/globals';
import { MemoryStore, type NetworkParams, QantoDag, regtest } from '../../../ts/dag/index.ts';
import { seededEnvironment } from '../../../ts/environment.ts';
import { solvePow, targetToCompact } from '../../../ts/pow/index.ts';
import { StratumClient, type StratumClientOptions, StratumServer } from '../../../ts/stratum/index.ts';
import { targetOf } from '../support.ts';
import { NOTIFY, type Script, ScriptedServer } from './support.ts';

const ADDRESS = 'cd'.repeat(32);
/** A share takes 2^16 hashes. */
const EASY = 2 ** -16;
const SCRIPT: Script = { extraNonce1: '01020304', extraNonce2Bytes: 4, difficulty: EASY, mask: '1fffe000' };
const BACKOFF = { initialMs: 1, maxMs: 1 };

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serverOf(script: Partial<Script> = {}): Promise<ScriptedServer> {
  const server = await ScriptedServer.listen({ ...SCRIPT, ...script });
  closing.push(() => server.close());
  return server;
}

function clientOf(url: string, options: Partial<StratumClientOptions> = {}): StratumClient {
  const client = new StratumClient({ url, user: `${ADDRESS}.rig`, threads: 1, backoff: BACKOFF, ...options });
  closing.push(() => client.stop());
  return client;
}

/** Starts a client that is expected to mine until it is stopped. */
function mining(server: ScriptedServer, options: Partial<StratumClientOptions> = {}): StratumClient {
  const client = clientOf(server.url, options);
  void client.run();
  return client;
}

describe('a client of a server with other habits', () => {
  test.each([
    ['an extranonce2 of 4 bytes and rolled versions', {}],
    ['an extranonce2 of 8 bytes', { extraNonce2Bytes: 8 }],
    ['an extranonce2 of 1 byte', { extraNonce2Bytes: 1, extraNonce1: '' }],
    ['no version rolling', { mask: undefined }],
    ['a mask of two bits', { mask: '00006000' }],
  ])('submits shares of the right form that meet the difficulty, with %s', async (_, script) => {
    const server = await serverOf(script as Partial<Script>);
    mining(server);
    await server.until(() => server.submitted.length >= 8);
    const { extraNonce2Bytes, mask } = server.script;
    for (const { params, value } of server.submitted) {
      expect(value <= targetOf(EASY)).toBe(true);
      expect(params[2]).toHaveLength(2 * extraNonce2Bytes);
      expect(params).toHaveLength(mask === undefined ? 5 : 6);
      if (mask !== undefined) expect(Number.parseInt(params[5]!, 16) & ~Number.parseInt(mask, 16)).toBe(0);
    }
  });

  test('never submits a share twice, and none is missing from the first nonces', async () => {
    const server = await serverOf({ difficulty: 2 ** -22 });
    mining(server);
    await server.until(() => server.submitted.length >= 100);
    const keys = server.submitted.map(({ params }) => params.slice(1).join());
    expect(new Set(keys).size).toBe(keys.length);
    // A share takes 2^10 hashes, and a nonce has 16 versions: if only the first version of a nonce counted, or the search
    // jumped, then the highest nonce of 100 shares would be far from 100 * 2^10 / 16 = 6,400.
    const highest = Math.max(
      ...server.submitted.slice(0, 100).map(({ params }) => Number.parseInt(params[4]!, 16)),
    );
    expect(highest).toBeGreaterThan(3200);
    expect(highest).toBeLessThan(12_800);
  });

  test('a difficulty holds from the next job on', async () => {
    const server = await serverOf();
    const client = clientOf(server.url);
    const seen: [string, number][] = [];
    client.on('job', ({ id, difficulty }) => seen.push([id, difficulty]));
    void client.run();
    await once(client, 'job');
    server.send('mining.set_difficulty', [EASY / 2]);
    server.notify({ ...NOTIFY, id: 'next', clean: false });
    await once(client, 'job');
    expect(seen).toEqual([
      ['j1', EASY],
      ['next', EASY / 2],
    ]);
  });

  test('a new extranonce and a new version mask hold from the next job on', async () => {
    const server = await serverOf();
    mining(server);
    await server.until(() => server.submitted.length > 0);
    server.setExtraNonce('aabb', 2);
    server.send('mining.set_version_mask', ['00000000']);
    server.notify({ ...NOTIFY, id: 'next' });
    const next = () => server.submitted.filter(({ params }) => params[1] === 'next');
    await server.until(() => next().length > 2);
    for (const { params, value } of next()) {
      expect(params[2]).toHaveLength(4);
      expect(params).toHaveLength(5);
      expect(value <= targetOf(EASY)).toBe(true);
    }
  });

  test('a message of the server is escaped, and its version request is answered', async () => {
    const server = await serverOf();
    const client = mining(server);
    await once(client, 'job');
    const message = once(client, 'message');
    server.send('client.show_message', ['hello \u001b[31m']);
    expect(await message).toEqual(['hello \\u001b[31m']);
    server.send('client.get_version', [], 77);
    await server.until(() => server.requests.some(({ id, result }) => id === 77 && result === 'qanto'));
  });

  test('it connects to another port of the same host when it is asked to', async () => {
    const first = await serverOf();
    const second = await serverOf();
    const client = mining(first);
    await once(client, 'job');
    first.send('client.reconnect', ['', second.port, 0]);
    await second.until(() => second.submitted.length > 0);
    expect(client.status().url).toBe(second.url);
  });

  test('it says that it does not connect to another host', async () => {
    const server = await serverOf();
    const client = mining(server);
    await once(client, 'job');
    const message = once(client, 'message');
    server.send('client.reconnect', ['evil.example', 3333, 0]);
    expect((await message)[0]).toMatch(/evil\.example.*refused/);
    expect(client.status()).toMatchObject({ state: 'mining', connections: 1 });
  });
});

test('the search waits while too many shares have no answer, and goes on with the next answers', async () => {
  const server = await serverOf({ difficulty: 2 ** -31, answers: false });
  let searches = 0;
  const solve: typeof solvePow = (template, options) => {
    searches += 1;
    return solvePow(template, options);
  };
  const client = mining(server, { solve });
  await server.until(() => server.submitted.length >= 64);
  // A whole round trip, in which a search that does not wait finds hundreds of shares.
  server.send('client.get_version', [], 5);
  await server.until(() => server.requests.some(({ id }) => id === 5));
  const before = searches;
  expect(client.status().shares.unanswered).toBeLessThan(64 + 16);
  server.send('client.get_version', [], 6);
  await server.until(() => server.requests.some(({ id }) => id === 6));
  expect(searches).toBe(before);
  server.script = { ...server.script, answers: true };
  for (const { id } of server.requests.filter(({ method }) => method === 'mining.submit')) server.answer(id);
  await server.until(() => searches > before + 20);
});

describe('a lost connection', () => {
  test('unanswered shares are sent again if the session is resumed', async () => {
    const server = await serverOf({ answers: false });
    const client = mining(server);
    await server.until(() => server.submitted.length > 0);
    const [, ...share] = server.submitted[0]!.params;
    server.script = { ...server.script, answers: true };
    server.disconnect();
    await server.until(() => server.submitted.some(({ connection }) => connection === 2));
    const again = server.submitted.find(({ connection }) => connection === 2)!;
    expect(again.params.slice(1)).toEqual(share);
    expect(server.requests.filter(({ method }) => method === 'mining.subscribe')[1]!.params).toEqual([
      'qanto',
      's',
    ]);
    expect(client.status().shares.lost).toBe(0);
  });

  test('unanswered shares are reported as lost if the server gives another extranonce1', async () => {
    const server = await serverOf({ answers: false });
    const client = clientOf(server.url);
    const outcomes: string[] = [];
    client.on('share', ({ outcome }) => outcomes.push(outcome));
    void client.run();
    await server.until(() => server.submitted.length > 0);
    server.script = { ...server.script, extraNonce1: 'ffffffff', answers: true };
    server.disconnect();
    await server.until(() => server.submitted.some(({ connection }) => connection === 2));
    expect(outcomes[0]).toBe('lost');
    expect(client.status().shares.lost).toBeGreaterThan(0);
  });
});

describe('a server that does not behave like a Stratum server', () => {
  const greeted = async (bytes: string, options: Partial<StratumClientOptions> = {}) => {
    const server = await serverOf();
    server.greet = (socket) => socket.write(bytes);
    const client = clientOf(server.url, options);
    return { client, running: client.run() };
  };

  test('an answer in HTTP ends the client', async () => {
    const { running } = await greeted('HTTP/1.1 400 Bad Request\r\n\r\n');
    await expect(running).rejects.toMatchObject({ code: 'ERR_QANTO_STRATUM_PROTOCOL', final: true });
  });

  test.each([
    ['garbage', 'no JSON at all\n', 'ERR_QANTO_STRATUM_PROTOCOL'],
    ['an endless line', 'x'.repeat(70_000), 'ERR_QANTO_STRATUM_PROTOCOL'],
    ['nothing', '', 'ERR_QANTO_STRATUM_SILENT'],
  ])('%s ends the connection with a code, and the client connects again', async (_, bytes, code) => {
    const { client } = await greeted(bytes, code === 'ERR_QANTO_STRATUM_SILENT' ? { timeoutMs: 20 } : {});
    for (let times = 0; times < 2; times += 1) {
      const [error] = await once(client, 'disconnected');
      expect(error).toMatchObject({ code, final: false });
    }
  });

  test('a server that asks and never reads the answers is given up', async () => {
    const server = await serverOf();
    let asked = 0;
    server.greet = (socket) => {
      socket.pause();
      const line = `${JSON.stringify({ id: 'x'.repeat(60), method: 'client.get_version', params: [] })}\n`;
      const ask = () => {
        while (!socket.destroyed && asked < 2_000_000 && socket.write(line.repeat(100))) asked += 100;
      };
      socket.on('drain', ask);
      ask();
    };
    const client = clientOf(server.url);
    void client.run();
    const [error] = await once(client, 'disconnected');
    expect(error).toMatchObject({ code: 'ERR_QANTO_STRATUM_SILENT' });
    expect(String(error)).toMatch(/bytes unread/);
    await client.stop();
  });

  test('an id that is too long for any client is not sent back', async () => {
    const server = await serverOf();
    const client = clientOf(server.url);
    void client.run();
    await once(client, 'job');
    server.send('client.get_version', [], 'x'.repeat(10_000));
    server.send('client.get_version', [], 'short');
    await server.until(() => server.requests.some((message) => 'result' in message));
    const answers = server.requests.filter((message) => 'result' in message);
    expect(answers.map(({ id }) => id)).toEqual(['short']);
  });

  test('a refused user ends the client with the reason of the server', async () => {
    const dag = await regtestDag();
    const server = await StratumServer.listen(dag, { port: 0 });
    closing.push(() => server.close());
    const running = clientOf(`stratum+tcp://127.0.0.1:${server.port}`, { user: 'nobody' }).run();
    await expect(running).rejects.toMatchObject({ code: 'ERR_QANTO_STRATUM_UNAUTHORIZED', final: true });
    await expect(running).rejects.toThrow(/nobody.*64 hex digits/s);
  });
});

test('a clean job ends the search of the earlier one before anything else is read', async () => {
  const server = await serverOf({ difficulty: 1e9 });
  const events: string[] = [];
  const solve: typeof solvePow = (template, options) => {
    events.push('start');
    options!.signal!.addEventListener('abort', () => events.push('abort'));
    return solvePow(template, options);
  };
  const client = clientOf(server.url, { solve });
  client.on('job', ({ id }) => events.push(id));
  void client.run();
  await once(client, 'job');
  server.notify({ ...NOTIFY, id: 'clean' });
  await once(client, 'job');
  expect(events.slice(0, 4)).toEqual(['j1', 'start', 'abort', 'clean']);
});

async function regtestDag(): Promise<QantoDag> {
  const network: NetworkParams = {
    ...regtest,
    name: 'client-test',
    genesisBits: targetToCompact(1n << 240n),
  };
  const dag = await QantoDag.open({ network, store: new MemoryStore(), environment: seededEnvironment(1) });
  closing.push(() => dag.close());
  return dag;
}

test('the shares of a client become blocks of a node that are credited to its address', async () => {
  const dag = await regtestDag();
  const server = await StratumServer.listen(dag, {
    port: 0,
    startDifficulty: 2 ** -24,
    minDifficulty: 2 ** -24,
  });
  closing.push(() => server.close());
  const client = clientOf(`stratum+tcp://127.0.0.1:${server.port}`);
  const added = once(dag, 'block-added');
  void client.run();
  await added;
  await client.stop();
  const { accepted, rejected, lost, unanswered } = client.status().shares;
  expect({ rejected, lost, unanswered }).toEqual({ rejected: {}, lost: 0, unanswered: 0 });
  expect(accepted).toBe(server.totals().shares.accepted);
  expect(server.totals().blocks.accepted).toBeGreaterThan(0);
  expect(server.status().workers[0]).toMatchObject({ name: `${ADDRESS}.rig` });
});

test.each([
  ['url', 'http://pool.example:3333'],
  ['url', 'stratum+tcp://pool.example'],
  ['url', 'stratum+tcp://user@pool.example:3333'],
  ['user', ''],
  ['threads', 0],
  ['timeoutMs', 0],
  ['usr', 'x'],
])('the option %s = %p is refused by name', (name, value) => {
  const options = { url: 'stratum+tcp://pool.example:3333', user: 'x', [name]: value };
  expect(() => new StratumClient(options as StratumClientOptions)).toThrow(
    expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument: `options.${name}` }),
  );
});
