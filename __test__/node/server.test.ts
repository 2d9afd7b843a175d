import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { DEFAULT_PORT } from '../../ts/config/server-defaults.ts';
import { encodeBlock, MemoryStore, StoreFailedError, type StoreIdentity } from '../../ts/dag/index.ts';
import { seededEnvironment } from '../../ts/environment.ts';
import type { Logger } from '../../ts/logger.ts';
import { type NodeOptions, QantoNode, type ServerConfig } from '../../ts/node/index.ts';
import { mineBlocks, TEST_ADDRESS } from '../../ts/testing.ts';

let node: QantoNode | undefined;
let occupant: Server | undefined;
const { listen: realListen } = Server.prototype;
let listen: jest.SpiedFunction<Server['listen']>;

beforeEach(() => {
  listen = jest.spyOn(Server.prototype, 'listen');
});

afterEach(async () => {
  await node?.stop();
  node = undefined;
  await new Promise<void>((resolve) => (occupant ? occupant.close(() => resolve()) : resolve()));
  occupant = undefined;
  listen.mockRestore();
});

async function open(server: ServerConfig = { port: 0 }, options: NodeOptions = {}): Promise<QantoNode> {
  node = await QantoNode.open(
    { network: 'regtest', miner: { address: TEST_ADDRESS, threads: 1 }, server },
    { environment: seededEnvironment(42), ...options },
  );
  return node;
}

async function get(path: string, init?: RequestInit) {
  const response = await fetch(`${node!.serverUrl}${path}`, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}

function recorder() {
  const lines: { level: string; message: string; fields: unknown }[] = [];
  const at = (level: string) => (message: string, fields?: unknown) => {
    lines.push({ level, message, fields });
  };
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { lines, logger };
}

/** Listens on a port that was free, and returns it. */
async function takenPort(): Promise<number> {
  occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  return portOf(occupant);
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/**
 * Whether each server of this test listens, in the order in which they began. A port cannot show whether a server has
 * freed it, because another process may take a free port at any time.
 */
function listening(): boolean[] {
  return listen.mock.contexts.map((server) => (server as Server).listening);
}

describe('A node', () => {
  test('without a server in its configuration does not listen', async () => {
    node = await QantoNode.open({ network: 'regtest', miner: { address: TEST_ADDRESS } });
    expect(node.serverUrl).toBeUndefined();
  });

  test('with a disabled server does not listen', async () => {
    await open({ enabled: false });
    expect(node!.serverUrl).toBeUndefined();
  });
});

describe('The response to /metrics', () => {
  test("has current values in Prometheus' text format", async () => {
    await open();
    const { headers, text } = await get('/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toContain('# TYPE qanto_dag_blocks gauge\nqanto_dag_blocks 1\n');
    await node!.dag.addBlock((await minedElsewhere())!);
    expect((await get('/metrics')).text).toContain('\nqanto_dag_blocks 2\n');
  });

  test('has the same values as the status', async () => {
    await open();
    await node!.dag.addBlock((await minedElsewhere())!);
    const status = (await get('/status')).json();
    const { text } = await get('/metrics');
    const value = (series: string) => Number(text.split(`\n${series} `)[1]?.split('\n')[0]);
    expect({
      blocks: value('qanto_dag_blocks'),
      tips: value('qanto_dag_tips'),
      blueScore: value('qanto_dag_blue_score'),
      difficulty: value('qanto_dag_difficulty'),
      mined: value('qanto_miner_tries_total{outcome="mined"}'),
    }).toEqual({
      blocks: status.blocks,
      tips: status.tips,
      blueScore: status.blueScore,
      difficulty: status.difficulty,
      mined: status.miner.counts.mined,
    });
  });
});

/** An encoded block whose parent is genesis. */
async function minedElsewhere() {
  const other = await QantoNode.open(
    { network: 'regtest', miner: { address: TEST_ADDRESS } },
    { environment: seededEnvironment(7) },
  );
  const [hash] = await mineBlocks(other.dag, 1);
  const block = encodeBlock((await other.dag.getBlock(hash!))!);
  await other.stop();
  return block;
}

test('An invalid URL is rejected with an error of the usual format', async () => {
  await open();
  const { status, json } = await get('/%ff');
  expect({ status, body: json() }).toEqual({ status: 400, body: { error: 'FST_ERR_BAD_URL' } });
});

describe('The response to /healthz', () => {
  test('is 200 while the process runs', async () => {
    await open();
    expect(await get('/healthz')).toMatchObject({ status: 200, text: '{"status":"alive"}' });
  });
});

describe('The response to /readyz', () => {
  test('is 200 if a block can be mined and stored', async () => {
    await open();
    const { status, json } = await get('/readyz');
    expect({ status, body: json() }).toEqual({ status: 200, body: { ready: true, reasons: [] } });
  });

  test('is 503 while the store is being opened, unlike that to /healthz', async () => {
    const events = new EventEmitter();
    class SlowStore extends MemoryStore {
      override async open(identity: StoreIdentity): Promise<void> {
        events.emit('opening');
        await once(events, 'release');
        await super.open(identity);
      }
    }
    const isOpening = once(events, 'opening');
    const opening = open({ port: 0 }, { store: new SlowStore() });
    await isOpening;
    const url = `http://127.0.0.1:${portOf(listen.mock.contexts[0] as Server)}`;
    const answers = await Promise.all(
      ['/readyz', '/healthz', '/metrics', '/status'].map(async (path) => (await fetch(url + path)).status),
    );
    events.emit('release');
    await opening;
    expect(answers).toEqual([503, 200, 503, 503]);
    expect((await get('/readyz')).status).toBe(200);
  });

  test('has the reason CIRCUIT_OPEN if the circuit is open', async () => {
    await open({ port: 0 }, { payloads: failing('no payloads') });
    const opened = new Promise<void>((resolve) => {
      node!.miner.on('circuit', ({ to }) => to === 'open' && resolve());
    });
    node!.start();
    await opened;
    const { status, json } = await get('/readyz');
    expect({ status, body: json() }).toMatchObject({
      status: 503,
      body: { reasons: [{ code: 'CIRCUIT_OPEN' }] },
    });
  });

  test('has the reason ERR_QANTO_STORE_FAILED if the store failed', async () => {
    const store = new MemoryStore();
    store.append = () => Promise.reject(new StoreFailedError('memory', 'it is full'));
    await open({ port: 0 }, { store });
    await expect(node!.dag.addBlock((await minedElsewhere())!)).rejects.toThrow();
    expect((await get('/readyz')).json()).toMatchObject({ reasons: [{ code: 'ERR_QANTO_STORE_FAILED' }] });
  });

  test('has the error if no template can be built', async () => {
    await open();
    node!.dag.buildTemplate = failing('TEMPLATE_BROKEN');
    expect((await get('/readyz')).json()).toMatchObject({ reasons: [{ message: 'TEMPLATE_BROKEN' }] });
  });

  test('has the reason STOPPING while the node stops', async () => {
    let release = () => {};
    const closing = new Promise<void>((resolve) => {
      release = resolve;
    });
    const store = new MemoryStore();
    store.close = () => closing;
    await open({ port: 0 }, { store });
    const stopped = node!.stop();
    // The node stops only when the store is closed, also if there is no answer.
    const { status, json } = await get('/readyz').finally(release);
    await stopped;
    expect({ status, body: json() }).toMatchObject({
      status: 503,
      body: { reasons: [{ code: 'STOPPING' }] },
    });
  });
});

function failing(message: string): () => never {
  return () => {
    throw new Error(message);
  };
}

describe('The server', () => {
  test('responds to an unknown path with 404 and the list of paths', async () => {
    await open();
    const { status, json } = await get('/etc/../secret?x=/metrics');
    expect({ status, body: json() }).toMatchObject({ status: 404, body: { error: 'NOT_FOUND' } });
    expect(json().paths).toContain('/metrics');
  });

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('responds to %s with 405', async (method) => {
    await open();
    const { status, headers } = await get('/metrics', { method });
    expect({ status, allow: headers.get('allow') }).toEqual({ status: 405, allow: 'GET, HEAD' });
  });

  test('rejects a request with a body without reading the body', async () => {
    await open();
    const { status } = await get('/metrics', { method: 'POST', body: 'x'.repeat(1_000_000) });
    expect(status).toBe(405);
    expect((await get('/healthz')).status).toBe(200);
  });

  test('rejects headers of more than 8 KiB', async () => {
    await open();
    expect((await get('/healthz', { headers: { cookie: 'x'.repeat(9000) } })).status).toBe(431);
  });

  test('rejects a request that is not HTTP', async () => {
    await open();
    const { port } = new URL(node!.serverUrl!);
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(Number(port), '127.0.0.1', () =>
        socket.write('\u0016\u0003\u0001 nonsense\r\n\r\n'),
      );
      socket.on('data', (data) => {
        text += data;
      });
      socket.on('close', () => resolve(text)).on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect((await get('/healthz')).status).toBe(200);
  });

  test('does not send the details of an internal error, but logs them', async () => {
    const { lines, logger } = recorder();
    await open({ port: 0 }, { logger });
    node!.metrics.scrape = failing('secret detail');
    const { status, text } = await get('/metrics');
    expect({ status, text }).toEqual({ status: 500, text: '{"error":"INTERNAL"}' });
    expect(lines).toContainEqual(expect.objectContaining({ level: 'error', message: 'a request failed' }));
  });
});

describe('The address of the server', () => {
  test('is on loopback by default', async () => {
    await open();
    expect(node!.serverUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  test('leads to a warning if other machines can reach it', async () => {
    const { lines, logger } = recorder();
    await open({ host: '0.0.0.0', port: 0 }, { logger });
    expect(lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { message: 'other machines can reach the server, which has authentication only for the page' },
    ]);
  });

  test('leads to no warning on loopback', async () => {
    const { lines, logger } = recorder();
    await open({ host: 'localhost', port: 0 }, { logger });
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  test('is rejected with advice if it is in use, before the store is opened', async () => {
    const port = await takenPort();
    const store = new MemoryStore();
    let opened = false;
    store.open = async () => {
      opened = true;
    };
    const refusal = open({ port }, { store });
    await expect(refusal).rejects.toMatchObject({
      code: 'ERR_QANTO_ADDRESS_IN_USE',
      host: '127.0.0.1',
      port,
    });
    await expect(refusal).rejects.toThrow(new RegExp(`127\\.0\\.0\\.1:${port} .*server\\.enabled`));
    expect(opened).toBe(false);
  });

  test('is rejected if this machine does not have it', async () => {
    await expect(open({ host: '192.0.2.1', port: 0 })).rejects.toMatchObject({
      code: 'ERR_QANTO_ADDRESS_UNAVAILABLE',
    });
  });

  test('has another port if the default port is in use', async () => {
    const taken = await takenPort();
    listen.mockImplementation(function (this: Server, ...args: unknown[]) {
      const [options, ...others] = args as [{ port: number }];
      // Another process could take the default port or free it, so a port that is in use stands for it.
      const port = options.port === DEFAULT_PORT ? taken : options.port;
      return realListen.call(this, { ...options, port }, ...others);
    } as Server['listen']);
    const { lines, logger } = recorder();
    await open({}, { logger });
    expect((await get('/healthz')).status).toBe(200);
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn' }));
    expect(lines.find(({ level }) => level === 'warn')?.fields).toMatchObject({
      defaultPort: DEFAULT_PORT,
      port: Number(new URL(node!.serverUrl!).port),
    });
  });
});

describe('Stopping the node', () => {
  test('does not wait for connections that are kept alive', async () => {
    await open();
    const { port } = new URL(node!.serverUrl!);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await node!.stop();
    await closed;
    expect(listening()).toEqual([false]);
  });

  test('does not wait for a request that never ends', async () => {
    await open();
    const socket = connect(Number(new URL(node!.serverUrl!).port), '127.0.0.1');
    await new Promise((resolve) => socket.write('GET /healthz HTTP/1.1\r\nHost: ', resolve));
    // After this response, the server has also received the unfinished request.
    await get('/healthz');
    // When the server's own timeout for such a request ends it, the server first responds with 408.
    let response = '';
    socket.on('data', (data) => {
      response += data;
    });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await node!.stop();
    await closed;
    expect(response).toBe('');
  });

  test('closes the socket on which the server listens', async () => {
    await open();
    expect(listening()).toEqual([true]);
    await node!.stop();
    expect(listening()).toEqual([false]);
  });
});

test('The server is closed if the store cannot be opened', async () => {
  let whileOpening: boolean[] = [];
  const store = new MemoryStore();
  store.open = () => {
    whileOpening = listening();
    return Promise.reject(new StoreFailedError('memory', 'no'));
  };
  await expect(open({ port: 0 }, { store })).rejects.toThrow('no');
  expect(whileOpening).toEqual([true]);
  expect(listening()).toEqual([false]);
});
