import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openRpcNode } from './support.ts';

describe('A request of version 2', () => {
  test('is answered with a result alone', async () => {
    const { client } = await openRpcNode();
    const answer = await client.ask({ jsonrpc: '2.0', method: 'getblockcount', id: 'a' });
    expect(answer).toEqual({ status: 200, jsonrpc: '2.0', result: 0, id: 'a' });
  });

  test('is answered with 200 and an error alone', async () => {
    const { client } = await openRpcNode();
    const answer = await client.ask({ jsonrpc: '2.0', method: 'getblokc', id: 1 });
    expect(answer).toMatchObject({ status: 200, jsonrpc: '2.0', error: { code: -32_601 }, id: 1 });
    expect(answer.error!.message).toBe('Method not found; did you mean getblock?');
    expect(answer).not.toHaveProperty('result');
  });

  test('without an id is executed, and answered with 204', async () => {
    const { node, client } = await openRpcNode();
    const { status, text } = await client.send('{"jsonrpc":"2.0","method":"miner.setThreads","params":[3]}');
    expect([status, text]).toEqual([204, '']);
    expect(node.miner.status().threads).toBe(3);
  });
});

describe('A request of version 1', () => {
  test('is answered with a result and an error, of which one is null', async () => {
    const { client } = await openRpcNode();
    for (const jsonrpc of [undefined, null, '1.0']) {
      const answer = await client.ask({ jsonrpc, method: 'getblockcount', id: [1] });
      expect(answer).toEqual({ status: 200, result: 0, error: null, id: [1] });
    }
  });

  test('without an id gets an answer', async () => {
    const { client } = await openRpcNode();
    expect(await client.ask({ method: 'getblockcount' })).toEqual({ status: 200, result: 0, error: null });
  });

  test.each([
    [404, -32_601, { method: 'nothing' }],
    [400, -32_600, { method: 5 }],
    [400, -32_600, {}],
    [400, -32_600, { method: 'help', params: 'x' }],
    [400, -32_600, { method: 'help', jsonrpc: 2 }],
    [400, -32_600, { method: 'help', jsonrpc: '3.0' }],
    [500, -5, { method: 'getblock', params: ['00'.repeat(32)] }],
    [500, -8, { method: 'getblock', params: { hash: 'x' } }],
    [500, -1, { method: 'getblock', params: [] }],
    [500, -8, { method: 'dag.order', params: { count: 0 } }],
  ])('gets HTTP %i with the code %i for %j', async (status, code, request) => {
    const { client } = await openRpcNode();
    const answer = await client.ask({ id: 7, ...request });
    expect(answer).toMatchObject({ status, result: null, error: { code }, id: 7 });
  });
});

test.each(['', '{', '5', '"x"', 'null', '\ufffe', '{"method":"help"} x'])(
  'A body that is no request, %j, gets the code -32700',
  async (body) => {
    const { client } = await openRpcNode();
    const { status, text } = await client.send(body);
    expect([status, JSON.parse(text)]).toMatchObject([
      500,
      { result: null, error: { code: -32_700 }, id: null },
    ]);
  },
);

test('A body that is not UTF-8 gets the code -32700', async () => {
  const { client } = await openRpcNode();
  const { text } = await client.send(
    Buffer.concat([Buffer.from('{"method":"'), Buffer.from([0xff]), Buffer.from('"}')]),
  );
  expect(JSON.parse(text).error.code).toBe(-32_700);
});

describe('A batch', () => {
  test('is answered with 200, in the order of its requests and without its notifications', async () => {
    const { client } = await openRpcNode();
    const { status, text } = await client.send(
      JSON.stringify([
        { jsonrpc: '2.0', method: 'getblockcount', id: 1 },
        { jsonrpc: '2.0', method: 'getblockcount' },
        { method: 'nothing', id: 2 },
        5,
        [],
        { jsonrpc: '2.0', method: 'getblock', params: ['00'.repeat(32)], id: 3 },
      ]),
    );
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject([
      { jsonrpc: '2.0', result: 0, id: 1 },
      { result: null, error: { code: -32_601 }, id: 2 },
      { error: { code: -32_600 } },
      { error: { code: -32_600 } },
      { jsonrpc: '2.0', error: { code: -5 }, id: 3 },
    ]);
  });

  test('of notifications is answered with 204, and an empty one with an empty list', async () => {
    const { client } = await openRpcNode();
    expect((await client.send('[{"jsonrpc":"2.0","method":"help"}]')).status).toBe(204);
    expect((await client.send('[]')).text).toBe('[]\n');
  });

  test('of more than 1,000 requests is refused', async () => {
    const { client } = await openRpcNode();
    const { status, text } = await client.send(JSON.stringify(Array(1001).fill({ method: 'getblockcount' })));
    expect([status, JSON.parse(text).error.code]).toEqual([400, -32_600]);
  });

  test('has answers of a bounded length together', async () => {
    const payloads = () => [Buffer.alloc(100_000)];
    const { client } = await openRpcNode({}, { payloads });
    const { text } = await client.send(
      JSON.stringify(Array(200).fill({ method: 'getblocktemplate', id: 1 })),
    );
    const answers: { error: { message: string } | null }[] = JSON.parse(text);
    expect(answers).toHaveLength(200);
    expect(answers[0]!.error).toBeNull();
    expect(answers.at(-1)!.error!.message).toMatch('the answer is too long');
    expect(text.length).toBeLessThan(17 * 2 ** 20);
  });
});

describe('help', () => {
  test('lists the methods with their parameters', async () => {
    const { client } = await openRpcNode();
    const lines: string[] = (await client.call('help')).split('\n');
    expect(lines).toContain('dag.block hash');
    expect(lines.find((line) => line.startsWith('getblock '))).toMatch(
      /^getblock blockhash \( verbosity \) {2}- {2}\w/,
    );
    const names = lines.map((line) => line.split(' ')[0]!);
    for (const name of [
      'submitblock',
      'getblocktemplate',
      'getmininginfo',
      'getbestblockhash',
      'pause',
      'resume',
    ]) {
      expect(names).toContain(name);
    }
  });

  test('describes one method, or says that it is unknown', async () => {
    const { client } = await openRpcNode();
    expect(await client.call('help', 'submitblock')).toMatch(/^submitblock hexdata \( dummy \)/);
    expect(await client.call('help', 'x')).toBe('help: unknown command: x');
  });
});

test.each(['id', 'params', 'method', 'jsonrpc'])(
  'A request whose %s is nested deeply is answered',
  async (member) => {
    const { client } = await openRpcNode();
    const deep = '['.repeat(500_000) + ']'.repeat(500_000);
    const others = member === 'method' ? '' : '"method":"getblock",';
    for (const value of [deep, `{"blockhash":${deep}}`, `[${deep}]`]) {
      const { status, text } = await client.send(`{${others}"${member}":${value}}`);
      expect([400, 500]).toContain(status);
      expect(JSON.parse(text).error.code).not.toBe(-32_603);
    }
  },
);

test('Whatever is requested, there is an answer with a code, and never an internal error', async () => {
  const { node, client } = await openRpcNode();
  const methods: string[] = (await client.call('help'))
    .split('\n')
    .map((line: string) => line.split(' ')[0]!);
  // This would write to the disk of the machine that runs the test.
  const harmless = methods.filter((method) => method !== 'store.backup');
  const hash = node.dag.genesis;
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constant(hash),
    fc.constant(`${hash}1`),
    fc.integer(),
    fc.constant({ longpollid: hash }),
  );
  const request = fc.record(
    {
      jsonrpc: fc.constantFrom('1.0', '2.0', null, 3),
      id: fc.jsonValue(),
      method: fc.oneof(fc.constantFrom(...harmless), fc.string()),
      params: fc.oneof(fc.array(value, { maxLength: 3 }), fc.dictionary(fc.string(), value), value),
    },
    { requiredKeys: [] },
  );
  const body = fc.oneof(
    request.map((one) => JSON.stringify(one)),
    fc.array(request, { maxLength: 4 }).map((many) => JSON.stringify(many)),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(body, async (text) => {
      const { status, text: answer } = await client.send(text);
      expect([200, 204, 400, 404, 500]).toContain(status);
      if (status === 204) return;
      for (const one of [JSON.parse(answer)].flat()) {
        expect(one.error?.code).not.toBe(-32_603);
        if (one.error) expect(Number.isInteger(one.error.code)).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});
