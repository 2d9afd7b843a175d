import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { Miner } from '../../ts/miner/index.ts';
import { defaultThreads } from '../../ts/pow/index.ts';
import { openTestDag, TEST_ADDRESS } from '../../ts/testing.ts';
import { attributes, named, notNested, Otlp, parentage, type ReceivedSpan } from './otlp.ts';

const otlp = new Otlp();
beforeAll(() => otlp.start());
afterAll(() => otlp.stop());

/** The spans of a miner that was created and started inside a span, and stopped after its first block. */
async function mineOne(): Promise<{ spans: ReceivedSpan[]; hash: string }> {
  const dag = await openTestDag({ network: 'regtest' });
  let hash = '';
  await trace.getTracer('host').startActiveSpan('host', async (host) => {
    const miner = new Miner(dag, { address: TEST_ADDRESS, threads: 2 });
    const mined = once(miner, 'mined');
    miner.start();
    host.end();
    [{ hash }] = await mined;
    await miner.stop();
  });
  return { spans: await otlp.take(), hash };
}

test('A try is its own trace, with the template, the search on the threads, and the submission to the DAG', async () => {
  const { spans } = await mineOne();
  const [first] = named(spans, 'mine_block');
  const ofTry = spans.filter(({ traceId }) => traceId === first?.traceId);
  expect([...new Set(parentage(ofTry))].sort()).toEqual([
    'add_block <- submit',
    'build_template <- mine_block',
    'mine_block',
    'mine_cpu <- solvePow',
    'reorganise <- add_block',
    'solvePow <- mine_block',
    'store_commit <- add_block',
    'submit <- mine_block',
    'validate_block <- add_block',
  ]);
  expect(notNested(spans)).toEqual([]);
});

test('The span of a try has its outcome and a link to the span in which the miner was started', async () => {
  const { spans, hash } = await mineOne();
  const [first] = named(spans, 'mine_block');
  expect(attributes(first!)).toEqual({ outcome: 'mined', block_id: hash });
  const [host] = named(spans, 'host');
  expect(first?.links).toEqual([expect.objectContaining({ spanId: host?.spanId })]);
});

test('The creation of a miner is a span with its configuration', async () => {
  const { spans } = await mineOne();
  expect(parentage(spans)).toContain('miner_new <- host');
  expect(attributes(named(spans, 'miner_new')[0]!)).toEqual({
    address: TEST_ADDRESS,
    threads: 2,
    use_gpu: false,
    zk_enabled: false,
    outcome: 'ok',
  });
});

test('The span of a miner without the option threads has the default number of threads', async () => {
  const dag = await openTestDag({ network: 'regtest' });
  new Miner(dag, { address: TEST_ADDRESS });
  const [span] = named(await otlp.take(), 'miner_new');
  expect(attributes(span!)).toMatchObject({ threads: defaultThreads() });
  await dag.close();
});

test('The creation of a miner with an unsupported option is a failed span', async () => {
  const dag = await openTestDag({ network: 'regtest' });
  expect(() => new Miner(dag, { address: TEST_ADDRESS, useGpu: true })).toThrow('useGpu');
  const [span] = named(await otlp.take(), 'miner_new');
  expect(attributes(span!)).toMatchObject({ use_gpu: true, outcome: 'ERR_QANTO_UNSUPPORTED' });
});
