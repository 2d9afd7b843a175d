import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { MemoryStore, type QantoDag } from '../../ts/dag/index.ts';
import { forge, mine, mineOn, mineSiblings, openDag } from '../dag/support.ts';
import { attributes, named, notNested, Otlp, parentage, tally } from './otlp.ts';

const otlp = new Otlp();
beforeAll(() => otlp.start());
afterAll(() => otlp.stop());

let dag: QantoDag;
beforeEach(async () => {
  dag = await openDag();
});

const nextBlock = () => mine(dag.buildTemplate({ address: 'ab'.repeat(32) }));

describe('A block that is added', () => {
  test('is validated, committed and ordered inside its span add_block', async () => {
    const { hash } = await dag.addBlock(nextBlock());
    const spans = await otlp.take();
    expect(parentage(spans).sort()).toEqual([
      'add_block',
      'reorganise <- add_block',
      'store_commit <- add_block',
      'validate_block <- add_block',
    ]);
    expect(notNested(spans)).toEqual([]);
    expect(attributes(named(spans, 'add_block')[0]!)).toEqual({ block_id: hash, outcome: 'accepted' });
    expect(attributes(named(spans, 'store_commit')[0]!)).toMatchObject({ blocks: 1, outcome: 'ok' });
  });

  test("is traced inside the caller's span", async () => {
    await trace.getTracer('host').startActiveSpan('host', async (host) => {
      await dag.addBlock(nextBlock());
      host.end();
    });
    const spans = await otlp.take();
    expect(parentage(spans)).toContain('add_block <- host');
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(notNested(spans)).toEqual([]);
  });

  test('and breaks a rule has failed spans with the code of the rule', async () => {
    const forged = forge(nextBlock(), { context: { daaScore: 7 } });
    await expect(dag.addBlock(forged)).rejects.toThrow();
    const spans = await otlp.take();
    for (const name of ['add_block', 'validate_block']) {
      const [span] = named(spans, name);
      expect(attributes(span!)['outcome']).toBe('ERR_QANTO_WRONG_DAA_SCORE');
      expect(span).toMatchObject({ status: { code: 2 } });
    }
  });

  test('and is refused because of its header has one failed span', async () => {
    await expect(dag.addBlock(new Uint8Array(80))).rejects.toThrow();
    const spans = await otlp.take();
    expect(parentage(spans)).toEqual(['add_block']);
    expect(attributes(spans[0]!)['outcome']).toBe('ERR_QANTO_MALFORMED');
    expect(spans[0]).toMatchObject({ status: { code: 2 } });
  });
});

test('Blocks that share a commit are each validated in their own span, and the commit has links to all of them', async () => {
  const blocks = mineSiblings(dag, 3);
  await Promise.all(blocks.map((block) => dag.addBlock(block)));
  const spans = await otlp.take();
  expect(tally(parentage(spans))).toEqual({
    add_block: 3,
    'validate_block <- add_block': 3,
    'store_commit <- add_block': 1,
    'reorganise <- add_block': 1,
  });
  const [commit] = named(spans, 'store_commit');
  const calls = named(spans, 'add_block').map(({ spanId }) => spanId);
  const linked = commit?.links?.map(({ spanId }) => spanId) ?? [];
  expect([commit?.parentSpanId, ...linked].sort()).toEqual(calls.sort());
});

test('The span of a change of the order has the numbers of removed and added blocks', async () => {
  await dag.addBlock(nextBlock());
  const { hash: side } = await dag.addBlock(mineOn(dag, [dag.genesis], { extraNonce: 1 }));
  await dag.addBlock(mineOn(dag, [side], { extraNonce: 2 }));
  const orders = named(await otlp.take(), 'reorganise').map(attributes);
  expect(orders.at(0)).toEqual({ removed: 0, added: 1, outcome: 'extended' });
  expect(orders.at(-1)).toMatchObject({ outcome: 'reorganised' });
  expect(orders.at(-1)?.['removed']).toBeGreaterThan(0);
});

test('An error of the disk fails the spans of the commit and of the call', async () => {
  const store = new MemoryStore();
  const failing = await openDag({ store });
  store.append = () => Promise.reject(Object.assign(new Error('full'), { code: 'ERR_QANTO_STORE_FAILED' }));
  await expect(failing.addBlock(mine(failing.buildTemplate({ address: 'ab'.repeat(32) })))).rejects.toThrow();
  const spans = await otlp.take();
  expect(attributes(named(spans, 'store_commit')[0]!)['outcome']).toBe('ERR_QANTO_STORE_FAILED');
  expect(attributes(named(spans, 'add_block')[0]!)['outcome']).toBe('ERR_QANTO_STORE_FAILED');
});
