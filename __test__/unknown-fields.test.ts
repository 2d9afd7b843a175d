import { afterEach, describe, expect, test } from '@jest/globals';
import * as dags from '../ts/dag/index.ts';
import * as qanto from '../ts/index.ts';
import { Miner } from '../ts/miner/index.ts';
import { QantoNode } from '../ts/node/index.ts';
import { createLogger, Metrics } from '../ts/telemetry/index.ts';
import { mineBlocks, openTestDag, setupDeterministicTestEnv, TEST_ADDRESS } from '../ts/testing.ts';

const template: qanto.Template = {
  algorithm: 'sha256d',
  preimage: new Uint8Array(28),
  nonce: { offset: 20, encoding: 'u64le' },
  target: 2n ** 255n,
};
const header = new Uint8Array(80).fill(29, 72, 76);
const inMemory = () => ({ network: 'regtest', store: new dags.MemoryStore() });
const miner = { address: TEST_ADDRESS };
const node = { network: 'regtest', miner };

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const dag of opened.splice(0)) await dag.close();
});

async function testDag(): Promise<dags.QantoDag> {
  const dag = await openTestDag({ network: 'regtest' });
  opened.push(dag);
  return dag;
}

/** The argument that the error names, the field that was meant, and a call with a field that does not exist. */
const CALLS: readonly (readonly [argument: string, meant: string, call: () => unknown])[] = [
  ['options.timeout', 'timeoutMs', () => qanto.solvePow(template, { timeout: 5000 } as never)],
  ['options.singal', 'signal', () => qanto.solvePow(template, { singal: AbortSignal.abort() } as never)],
  ['options.timeoutMS', 'timeoutMs', () => qanto.solvePow(template, { timeoutMS: 5 } as never)],
  ['options.thread', 'threads', () => qanto.solvePow(template, { thread: 1 } as never)],
  ['options.solution', 'solutions', () => qanto.solveMany([template], { solution: 1 } as never)],
  ['template.algoritm', 'algorithm', () => qanto.solvePow({ ...template, algoritm: 'x' } as never)],
  ['template.targt', 'target', () => qanto.verifyPow({ ...template, targt: 1n } as never, 0n)],
  [
    'template.nonce.ofset',
    'offset',
    () => qanto.prepare({ ...template, nonce: { ...template.nonce, ofset: 1 } } as never),
  ],
  [
    'template.target.leadingZeroBit',
    'leadingZeroBits',
    () => qanto.verifyPow({ ...template, target: { leadingZeroBit: 1 } } as never, 0n),
  ],
  [
    'template.target.endain',
    'endian',
    () => qanto.verifyPow({ ...template, target: { atLeast: 1n, width: 1, endain: 'big' } } as never, 0n),
  ],
  ['options.singal', 'signal', () => qanto.verifyPowBatch([], { singal: AbortSignal.abort() } as never)],
  ['answers[0].nonse', 'nonce', () => qanto.verifyPowBatch([{ template, nonce: 0, nonse: 1 }] as never)],
  [
    'answers.variant',
    'variants',
    () => qanto.verifyPowBatch({ template, nonces: new Uint32Array(1), variant: 1 } as never),
  ],
  [
    'answers.compactOfset',
    'compactOffset',
    () =>
      qanto.verifyPowBatch({
        algorithm: 'sha1',
        messages: header,
        messageLength: 80,
        compactOfset: 72,
      } as never),
  ],
  ['options.traget', 'target', () => qanto.blockHeader(header, { traget: 1n } as never)],
  ['options.datadir', 'dataDir', () => dags.QantoDag.open({ ...inMemory(), datadir: 'x' } as never)],
  [
    'options.orphanLimits.maxBlock',
    'maxBlocks',
    () =>
      dags.QantoDag.open({
        ...inMemory(),
        orphanLimits: { maxBlocks: 1, maxBytes: 1, maxBlock: 1 },
      } as never),
  ],
  [
    'network.maxParent',
    'maxParents',
    () => dags.QantoDag.open({ ...inMemory(), network: { ...dags.regtest, maxParent: 1 } } as never),
  ],
  [
    'params.pruning.mergedepth',
    'mergeDepth',
    () =>
      dags.QantoDag.open({
        ...inMemory(),
        network: { ...dags.regtest, pruning: { ...dags.regtest.pruning, mergedepth: 1 } },
      } as never),
  ],
  ['options.cacheByte', 'cacheBytes', () => new dags.SqliteStore('x', { cacheByte: 1 } as never)],
  [
    'request.payload',
    'payloads',
    async () => (await testDag()).buildTemplate({ ...miner, payload: [] } as never),
  ],
  ['options.adress', 'address', async () => new Miner(await testDag(), { ...miner, adress: '' } as never)],
  [
    'backoff.initialMS',
    'initialMs',
    async () => new Miner(await testDag(), { ...miner, backoff: { initialMS: 1 } } as never),
  ],
  [
    'circuit.failureTreshold',
    'failureThreshold',
    async () => new Miner(await testDag(), { ...miner, circuit: { failureTreshold: 1 } } as never),
  ],
  ['config.datadir', 'dataDir', () => QantoNode.open({ ...node, datadir: 'x' } as never)],
  ['miner.thread', 'threads', () => QantoNode.open({ ...node, miner: { ...miner, thread: 1 } } as never)],
  ['node.block', 'blocks', () => QantoNode.open({ ...node, node: { block: 1 } } as never)],
  ['server.prot', 'port', () => QantoNode.open({ ...node, server: { prot: 1 } } as never)],
  ['options.loger', 'logger', () => QantoNode.open(node, { loger: console } as never)],
  ['options.levl', 'level', () => createLogger({ levl: 'info' } as never)],
  ['options.regsitry', 'registry', () => new Metrics({ regsitry: {} } as never)],
  ['options.sead', 'seed', () => setupDeterministicTestEnv({ sead: 1 } as never)],
  ['options.netwrok', 'network', () => openTestDag({ netwrok: 'regtest' } as never)],
  ['options.thraeds', 'threads', async () => mineBlocks(await testDag(), 1, { thraeds: 1 } as never)],
];

describe('A field that does not exist', () => {
  test.each(CALLS)('is refused as %s, with the suggestion %s', async (argument, meant, call) => {
    const refusal = await Promise.resolve()
      .then(call)
      .then(
        () => undefined,
        (error) => error,
      );
    expect(refusal).toBeInstanceOf(qanto.InvalidArgumentError);
    expect(refusal).toMatchObject({ argument });
    expect(refusal.message).toContain(`(did you mean ${meant}?)`);
  });

  test('without a similar name is refused with the list of the fields that exist', () => {
    expect(() => qanto.blockHeader(header, { colour: 'blue' } as never)).toThrow(
      'options has no field colour (its fields are algorithm, target, versionRolling); got "blue"',
    );
  });

  test('with a very long name is refused with a short message', () => {
    const options = { ['x'.repeat(1e6)]: 1 };
    expect(() => qanto.blockHeader(header, options as never)).toThrow(
      `options has no field ${'x'.repeat(64)}... (its fields are algorithm, target, versionRolling); got 1`,
    );
  });

  test('is ignored when it is undefined', () => {
    expect(qanto.blockHeader(header, { colour: undefined } as never)).toMatchObject({ preimage: header });
  });

  test('is not looked for in objects of the host', async () => {
    const logger = Object.assign(createLogger({ stream: process.stderr }), { colour: 'blue' });
    const dag = await testDag();
    expect(new Miner(dag, { ...miner, logger }).state).toBe('stopped');
  });
});
