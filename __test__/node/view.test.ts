import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { seededEnvironment } from '../../ts/environment.ts';
import { type NodeConfig, QantoNode } from '../../ts/node/index.ts';
import { decodeProof, verifyInclusion } from '../../ts/proofs/index.ts';
import { mineBlocks, TEST_ADDRESS } from '../../ts/testing.ts';
import type { BlockCard, Found, ReorganisationDetail, Window } from '../../ts/view/messages.ts';
import { addBusyBlocks, addChain, copyOf, minedBlock, NETWORK, overtake } from '../view/busy-dag.ts';

let node: QantoNode | undefined;
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await node?.stop();
  node = undefined;
});

async function open(server: NodeConfig['server'] = {}): Promise<QantoNode> {
  node = await QantoNode.open(
    { network: NETWORK, miner: { address: TEST_ADDRESS, threads: 1 }, server: { port: 0, ...server } },
    { environment: seededEnvironment(42) },
  );
  return node;
}

function get(path: string, init?: RequestInit): Promise<Response> {
  return fetch(`${node!.serverUrl}${path}`, init);
}

async function answer<Answer>(path: string): Promise<Answer> {
  return (await (await get(path)).json()) as Answer;
}

interface ViewEvent {
  readonly id: string;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: each event has another shape, of which a test reads a few fields.
  readonly data: any;
}

/** A stream of events, from which `next` reads the next event with this name. */
async function viewer(init: RequestInit = {}, query = '') {
  const controller = new AbortController();
  const response = await get(`/view/events${query}`, { ...init, signal: controller.signal });
  const close = () => controller.abort();
  closing.push(close);
  if (response.status !== 200) return { response, close, next: () => Promise.reject(new Error('refused')) };
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async (name?: string): Promise<ViewEvent> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      if (end < 0) {
        const { value, done } = await reader.read();
        if (done) throw new Error('the stream has ended');
        text += value;
        continue;
      }
      const fields = Object.fromEntries(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      text = text.slice(end + 2);
      if (fields['event'] === undefined || (name !== undefined && fields['event'] !== name)) continue;
      return { id: fields['id']!, event: fields['event'], data: JSON.parse(fields['data']!) };
    }
  };
  return { response, close, next };
}

function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('The page of a node', () => {
  test('is served with a strict policy that allows only its own files', async () => {
    await open();
    const { status, headers } = await get('/');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/);
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('names only files that the node serves', async () => {
    await open();
    const html = await (await get('/')).text();
    const paths = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
    expect(paths.length).toBeGreaterThan(2);
    for (const path of paths)
      expect({ path, status: (await get(path)).status }).toEqual({ path, status: 200 });
    const main = await (await get('/view/page/main.js')).text();
    const imports = [...main.matchAll(/from ["']\.\/([a-z]+\.js)["']/g)].map(([, name]) => name!);
    expect(imports).toContain('app.js');
    for (const name of imports) expect((await get(`/view/page/${name}`)).status).toBe(200);
  });

  test('is not sent again to a browser that has it', async () => {
    await open();
    const etag = (await get('/')).headers.get('etag')!;
    expect((await get('/', { headers: { 'if-none-match': etag } })).status).toBe(304);
  });

  test('is not served if server.view is false, and monitoring works', async () => {
    await open({ view: false });
    expect(node!.viewLink()).toBeUndefined();
    for (const path of ['/', '/view/events', '/view/page/main.js'])
      expect((await get(path)).status).toBe(404);
    expect((await get('/healthz')).status).toBe(200);
  });

  test('cannot be switched on or off by a value that is not a boolean', async () => {
    await expect(open({ view: 'no' as unknown as boolean })).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      argument: 'server.view',
    });
  });
});

describe('The events', () => {
  test('begin with a snapshot, and go on with each block and the new end of the chain', async () => {
    await open();
    await mineBlocks(node!.dag, 5, { threads: 1 });
    const { next } = await viewer();
    const { data } = await next();
    expect(data.blocks.map((block: { hash: string }) => block.hash)).toEqual([...node!.dag.order()]);
    expect(data.chain).toEqual({ sink: node!.dag.sink(), blues: [], reds: [] });
    expect(data).toMatchObject({ network: 'busy', ghostdagK: 2, reorganisations: [] });
    const [hash] = await mineBlocks(node!.dag, 1, { threads: 1 });
    const { data: delta } = await next('blocks');
    expect(delta.blocks).toMatchObject([{ hash, serial: 6, parents: [5] }]);
    expect(delta.chain.sink).toBe(hash);
  });

  test('come once a second with the work of the node', async () => {
    await open();
    const { next } = await viewer();
    const { data } = await next('work');
    expect(data).toMatchObject({ viewers: 1, miner: { state: 'stopped' }, pool: { running: 0, queued: 0 } });
    expect(data.now).toMatchObject({ tips: 1, blocksPerSecond: 0 });
  });

  test.each(['the header of the browser', 'the query'])(
    'continue after the last one, named in %s',
    async (how) => {
      await open();
      const first = await viewer();
      const { id } = await first.next('snapshot');
      await mineBlocks(node!.dag, 1, { threads: 1 });
      await first.next('blocks');
      first.close();
      await mineBlocks(node!.dag, 2, { threads: 1 });
      const { next } =
        how === 'the query'
          ? await viewer({}, `?after=${id}`)
          : await viewer({ headers: { 'last-event-id': id } });
      const seen: string[] = [];
      while (seen.length < 3) {
        const { event, data } = await next();
        expect(event).not.toBe('snapshot');
        if (event === 'blocks') seen.push(...data.blocks.map((block: { hash: string }) => block.hash));
      }
      expect(seen).toEqual([...node!.dag.order()].slice(1));
    },
  );

  test.each(['', 'another-run.3', 'x', 'AAAAAAAA.99999999'])(
    'begin with a snapshot for a viewer whose last event was %j',
    async (id) => {
      await open();
      await viewer();
      const { next } = await viewer({ headers: { 'last-event-id': id } });
      expect((await next()).event).toBe('snapshot');
    },
  );

  test('report a reorganisation, which can be looked at', async () => {
    await open();
    const { dag } = node!;
    await addChain(dag, 6);
    const rival = await copyOf(dag);
    closing.push(() => rival.close());
    const fork = dag.sink();
    const { next } = await viewer();
    await next('snapshot');
    await addChain(dag, 3);
    const oldSink = dag.sink();
    await overtake(dag, rival);
    const { data } = await next('reorganisation');
    expect(data).toMatchObject({ depth: 3, fork, oldSink });
    const detail = await answer<ReorganisationDetail>(`/view/reorganisations/${data.id}`);
    expect(detail.blocks.map((block) => block.hash)).toEqual(
      expect.arrayContaining([fork, oldSink, data.newSink]),
    );
    expect(detail.movedBlocks.length).toBe(data.moved);
    expect((await get('/view/reorganisations/77')).status).toBe(404);
  });

  test('report a reorganisation only if the former sink has left the chain', async () => {
    await open();
    const { dag } = node!;
    let changes = 0;
    let left = 0;
    let former = dag.sink();
    dag.on('virtual-changed', ({ removed, sink }) => {
      if (removed.length > 0) changes++;
      let block: string | undefined = sink;
      while (block !== undefined && block !== former) block = dag.getView(block)!.selectedParent;
      if (block === undefined) left++;
      former = sink;
    });
    await addBusyBlocks(dag, 60, sequence(2));
    const { next } = await viewer();
    expect((await next('snapshot')).data.reorganisations.length).toBe(left);
    expect(changes).toBeGreaterThan(left);
  });

  test('go to at most 20 viewers, and a place becomes free when one goes', async () => {
    await open();
    const viewers = [];
    for (let count = 0; count < 20; count++) viewers.push(await viewer());
    const { response } = await viewer();
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status: 503,
      body: { error: 'TOO_MANY_VIEWERS' },
    });
    expect(await (await get('/view/state')).json()).toEqual({ isFull: true });
    expect((await get('/healthz')).status).toBe(200);
    viewers[0]!.close();
    let again = await viewer();
    while (again.response.status !== 200) again = await viewer();
  });

  test('do not count among the connections of other clients, of which the node keeps 128', async () => {
    await open();
    for (let count = 0; count < 20; count++) await viewer();
    let closed = 0;
    const port = Number(new URL(node!.serverUrl!).port);
    for (let count = 0; count < 120; count++) {
      const socket = connect(port, '127.0.0.1').on('close', () => closed++);
      closing.push(() => socket.destroy());
      await once(socket, 'connect');
    }
    // The node closes connections soon after it has accepted others.
    for (let count = 0; count < 3; count++) expect((await get('/healthz')).status).toBe(200);
    expect(closed).toBe(0);
  });

  test('end when the node stops', async () => {
    await open();
    const { next } = await viewer();
    await next('snapshot');
    const ended = (async () => {
      for (;;) await next();
    })();
    const stopped = node!.stop();
    await expect(ended).rejects.toThrow();
    await stopped;
  });
});

describe('The answers to the page', () => {
  test('explain the colour of each block as the engine does', async () => {
    await open();
    const { dag } = node!;
    await addBusyBlocks(dag, 40, sequence(5));
    let reds = 0;
    for (const hash of dag.order()) {
      const card = await answer<BlockCard>(`/view/blocks/${hash}`);
      const { hash: _, blues, ...explained } = { blues: undefined, ...dag.explainColour(hash) };
      const { acceptedAfterMs, because, ...shown } = card.colour!;
      const isSelectedParent = explained.colour === 'blue' && explained.isSelectedParent;
      expect({ mergedBy: undefined, ...shown, because }).toEqual({
        ...explained,
        isSelectedParent,
        because: blues,
      });
      if (explained.colour === 'red') reds++;
      expect(card).toMatchObject({ hash, position: dag.position(hash), children: dag.children(hash) });
    }
    expect(reds).toBeGreaterThan(0);
  });

  test('contain payloads as hex digits, the first bytes of long ones', async () => {
    await open();
    const { dag } = node!;
    const block = await minedBlock(dag, [Buffer.from('<script>'), Buffer.alloc(5000, 7)]);
    await dag.addBlock(block);
    const { contents } = await answer<BlockCard>(`/view/blocks/${dag.sink()}`);
    expect(contents).toMatchObject({ address: TEST_ADDRESS, payloadCount: 2, payloadBytes: 5008 });
    expect(contents!.payloads).toEqual([
      { byteLength: 8, hex: Buffer.from('<script>').toString('hex') },
      { byteLength: 5000, hex: '07'.repeat(2048) },
    ]);
  });

  test('contain a proof of inclusion that can be verified', async () => {
    await open();
    const { dag } = node!;
    await dag.addBlock(await minedBlock(dag, [Buffer.from('proven')]));
    const hash = dag.sink();
    await addChain(dag, 3);
    const response = await get(`/view/blocks/${hash}/proof?payload=0`);
    expect(response.headers.get('content-disposition')).toMatch(
      /^attachment; filename="[\w-]+\.qanto-proof"$/,
    );
    const proof = decodeProof(new Uint8Array(await response.arrayBuffer()));
    const { payload } = verifyInclusion(proof, dag.sink());
    expect(Buffer.from(payload!.bytes).toString()).toBe('proven');
    expect((await get(`/view/blocks/${hash}/proof?payload=9`)).status).toBe(404);
  });

  test('find the nearest red block on both sides of a block, and groups of parallel blocks', async () => {
    await open();
    const { dag } = node!;
    await addBusyBlocks(dag, 60, sequence(8));
    await addChain(dag, 3);
    const order = [...dag.order()];
    const reds = order.flatMap((hash, position) =>
      dag.explainColour(hash).colour === 'red' ? [position] : [],
    );
    const from = order.length >> 1;
    const ask = (direction: string, kind = 'red') =>
      answer<Found>(`/view/seek?from=${order[from]}&kind=${kind}&direction=${direction}`);
    const before = reds.filter((position) => position < from).at(-1)!;
    const after = reds.find((position) => position > from)!;
    expect(await ask('back')).toEqual({ hash: order[before], distance: from - before });
    expect(await ask('ahead')).toEqual({ hash: order[after], distance: after - from });
    const { hash } = await ask('back', 'group');
    const { mergeSetBlues, mergeSetReds } = dag.getView(hash!)!;
    expect(mergeSetBlues.length + mergeSetReds.length).toBeGreaterThanOrEqual(3);
  });

  test('have the blocks around a block, in order', async () => {
    await open();
    await addChain(node!.dag, 10);
    const [, , , hash] = node!.dag.order();
    const { blocks, chain } = await answer<Window>(`/view/around/${hash}`);
    expect(blocks.map((block) => block.hash)).toEqual([...node!.dag.order()]);
    expect(chain.sink).toBe(node!.dag.sink());
  });

  test.each([
    `/view/blocks/${'0'.repeat(64)}`,
    `/view/blocks/${'0'.repeat(64)}/proof`,
    `/view/around/${'0'.repeat(64)}`,
    `/view/seek?from=${'0'.repeat(64)}&kind=red&direction=back`,
  ])('are 404 for an unknown block: %s', async (path) => {
    await open();
    const response = await get(path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: expect.any(String), message: expect.any(String) });
  });

  test.each([
    '/view/blocks/x',
    '/view/around/..',
    `/view/seek?from=${'0'.repeat(64)}&kind=green&direction=up`,
  ])('are 4xx for a malformed request: %s', async (path) => {
    await open();
    const { status } = await get(path);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });

  test('are refused if the request is addressed to another host, as after DNS rebinding', async () => {
    await open();
    for (const path of ['/', '/view/page/main.js', '/view/state', '/view/events']) {
      const { port } = new URL(node!.serverUrl!);
      const socket = connect(Number(port), '127.0.0.1');
      closing.push(() => socket.destroy());
      socket.write(`GET ${path} HTTP/1.1\r\nHost: rebound.example\r\n\r\n`);
      const [data] = await once(socket, 'data');
      expect(String(data)).toMatch(/^HTTP\/1\.1 421 /);
    }
  });

  test('are refused to other sites in the same browser', async () => {
    await open();
    for (const site of ['cross-site', 'same-site']) {
      const { status } = await get('/view/events', { headers: { 'sec-fetch-site': site } });
      expect(status).toBe(403);
    }
    expect((await get('/view/state', { headers: { 'sec-fetch-site': 'same-origin' } })).status).toBe(200);
  });
});

describe('A node that other machines can reach', () => {
  async function openToAll(): Promise<string> {
    await open({ host: '0.0.0.0' });
    return new URLSearchParams(new URL(node!.viewLink()!).hash.slice(1)).get('code')!;
  }

  test('shows nothing without a session', async () => {
    await openToAll();
    for (const path of [
      '/view/events',
      '/view/state',
      `/view/blocks/${node!.dag.genesis}`,
      '/view/around/x',
    ]) {
      expect({ path, status: (await get(path)).status }).toEqual({ path, status: 401 });
    }
    expect((await get('/view/state', { headers: { cookie: 'qanto-view=x' } })).status).toBe(401);
  });

  test('exchanges the code of a link once for a cookie that scripts and other sites cannot use', async () => {
    const code = await openToAll();
    const exchange = () => get('/view/session', { method: 'POST', headers: { 'x-qanto-code': code } });
    const response = await exchange();
    expect(response.status).toBe(204);
    const cookie = response.headers.get('set-cookie')!;
    expect(cookie).toMatch(/^qanto-view-\d+=[\w-]{22}; Path=\/view; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
    expect(cookie).not.toContain(code);
    expect((await exchange()).status).toBe(401);
    const [session] = cookie.split(';');
    expect((await get('/view/state', { headers: { cookie: `a=b; ${session}` } })).status).toBe(200);
    expect((await get('/view/state', { headers: { cookie: `${session}x` } })).status).toBe(401);
  });

  test('gives a new code with each link, and refuses one that it has not given', async () => {
    const code = await openToAll();
    expect(node!.viewLink()).not.toContain(code);
    const headers = { 'x-qanto-code': `${code.slice(0, -1)}${code.endsWith('A') ? 'B' : 'A'}` };
    expect((await get('/view/session', { method: 'POST', headers })).status).toBe(401);
  });

  test('needs no code while only this machine can reach it', async () => {
    await open();
    expect(node!.viewLink()).toBe(`${node!.serverUrl}/`);
  });

  test('needs a code if a proxy passes requests on to it', async () => {
    await open({ allowedHosts: ['node.example'] });
    expect(node!.viewLink()).toContain('#code=');
    expect((await get('/view/state')).status).toBe(401);
  });
});
