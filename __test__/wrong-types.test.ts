import { afterEach, expect, test } from '@jest/globals';
import * as dags from '../ts/dag/index.ts';
import { InvalidArgumentError } from '../ts/errors.ts';
import * as qanto from '../ts/index.ts';
import { type MinableDag, Miner } from '../ts/miner/index.ts';
import { type NodeConfig, type NodeOptions, QantoNode } from '../ts/node/index.ts';
import { createLogger, Metrics } from '../ts/telemetry/index.ts';
import { openTestDag, setupDeterministicTestEnv, TEST_ADDRESS } from '../ts/testing.ts';

/** Values that callers without a compiler pass by mistake. */
const MISTAKES: readonly unknown[] = [null, 0, Number.NaN, '', 'text', true, 10n, Symbol('mistake')];

const miner = { address: TEST_ADDRESS, threads: 1 };
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const dag of opened.splice(0)) await dag.close();
});

// A call that is accepted by mistake must not keep the tests from ending.
async function open(options: object): Promise<void> {
  opened.push(await dags.QantoDag.open(options as dags.QantoDagOptions));
}
async function openNode(config: object, options: object = {}): Promise<void> {
  const node = await QantoNode.open(
    { network: 'regtest', miner, ...config } as NodeConfig,
    options as NodeOptions,
  );
  await node.stop();
}
const nothing = () => {};
const anyDag = {
  ...{ addBlock: nothing, buildTemplate: nothing, on: nothing, off: nothing, sink: nothing },
} as unknown as MinableDag;
const store = () => new dags.MemoryStore();
const template: qanto.Template = {
  algorithm: 'sha256',
  preimage: new Uint8Array(8),
  nonce: { offset: 0, encoding: 'u64le' },
  target: 1n,
};

type Call = (mistake: never) => unknown;
const CALLS: readonly (readonly [string, Call, ((mistake: unknown) => boolean)?])[] = [
  ['bytes', (bytes) => qanto.toHex(bytes)],
  ['bytes', (bytes) => qanto.sha256d(bytes)],
  ['bytes', (bytes) => qanto.digest('sha256d', bytes)],
  ['digest', (digest) => qanto.displayHash(digest)],
  ['digest', (digest) => qanto.digestToInteger(digest)],
  ['header', (header) => qanto.blockHeader(header)],
  ['digestLength', (length) => qanto.digest('blake2b', new Uint8Array(1), length)],
  ['template.target', (target) => qanto.expectedHashes({ ...template, target }), (m) => m !== 10n],
  [
    'template.target.leadingZeroBits',
    (leadingZeroBits) => qanto.expectedHashes({ ...template, target: { leadingZeroBits } }),
    (mistake) => mistake !== 0,
  ],
  ['template.target.hexPrefix', (hexPrefix) => qanto.expectedHashes({ ...template, target: { hexPrefix } })],
  ['template.target.equals', (equals) => qanto.expectedHashes({ ...template, target: { equals } })],
  [
    'template.target.atLeast',
    (atLeast) => qanto.expectedHashes({ ...template, target: { atLeast, width: 1, endian: 'big' } }),
    (mistake) => mistake !== 10n,
  ],
  [
    'template.target.endian',
    (endian) => qanto.expectedHashes({ ...template, target: { atLeast: 1n, width: 1, endian } }),
  ],
  [
    'template.nonce.width',
    (width) => qanto.expectedHashes({ ...template, nonce: { offset: 0, encoding: 'hex', width } }),
  ],
  ['options', (options) => qanto.blockHeader(new Uint8Array(80).fill(29, 72, 76), options)],
  ['bytes', (bytes) => dags.decodeBlock(bytes)],
  ['block', (block) => dags.encodeBlock(block)],
  ['header', (header) => dags.encodeHeader(header)],
  ['header', (header) => dags.decodeHeader(header)],
  ['params', (params) => new dags.DagEngine(params, { hash: '', parents: [], bits: 0, timestampMs: 0 })],
  ['node', (genesis) => new dags.DagEngine(dags.regtest, genesis)],
  ['directory', (directory) => new dags.SqliteStore(directory), (mistake) => mistake !== 'text'],
  ['options', (options) => dags.QantoDag.open(options)],
  ['options.store', (wrong) => open({ network: 'regtest', store: wrong })],
  ['options.environment', (environment) => open({ network: 'regtest', store: store(), environment })],
  ['options.archive', (archive) => open({ network: 'regtest', store: store(), archive }), (m) => m !== true],
  [
    'options.trustClock',
    (trustClock) => open({ network: 'regtest', store: store(), trustClock }),
    (mistake) => mistake !== true,
  ],
  [
    'options.minFreeBytes',
    (minFreeBytes) => open({ network: 'regtest', store: store(), minFreeBytes }),
    (mistake) => mistake !== 0,
  ],
  ['options.cacheBytes', (cacheBytes) => open({ network: 'regtest', store: store(), cacheBytes })],
  ['options.orphanLimits', (orphanLimits) => open({ network: 'regtest', store: store(), orphanLimits })],
  ['dag', (dag) => new Miner(dag, miner)],
  ['options', (options) => new Miner(anyDag, options)],
  ['config', (config) => QantoNode.open(config)],
  ['miner', (wrong) => openNode({ miner: wrong })],
  ['node', (node) => openNode({ node })],
  ['options', (options) => openNode({}, options)],
  ['options.payloads', (payloads) => openNode({}, { payloads })],
  ['options.registry', (registry) => openNode({}, { registry })],
  ['server', (server) => openNode({ server })],
  ['server.enabled', (enabled) => openNode({ server: { enabled } }), (mistake) => mistake !== true],
  ['server.host', (host) => openNode({ server: { host, port: 0 } }), (mistake) => mistake !== 'text'],
  ['server.port', (port) => openNode({ server: { port } }), (mistake) => mistake !== 0],
  ['server.allowedHosts', (allowedHosts) => openNode({ server: { allowedHosts } })],
  ['options', (options) => createLogger(options)],
  ['options.stream', (stream) => createLogger({ stream })],
  ['options', (options) => setupDeterministicTestEnv(options)()],
  ['options', (options) => openTestDag(options)],
  ['options', (options) => new Metrics(options)],
  ['options.dag', (dag) => new Metrics({ dag })],
  ['options.miner', (wrong) => new Metrics({ miner: wrong })],
];

test.each(
  CALLS.map(([argument, call, isMistake = () => true]) => ({
    argument,
    call: String(call).replaceAll(/\s+/g, ' '),
    run: async (mistake: unknown) => call(mistake as never),
    mistakes: MISTAKES.filter(isMistake),
  })),
)('A value of a wrong type for $argument is refused by name: $call', async ({ argument, run, mistakes }) => {
  for (const value of mistakes) {
    const refusal = await run(value).then(
      () => 'accepted',
      (error) => error,
    );
    expect(refusal).toBeInstanceOf(InvalidArgumentError);
    expect(refusal).toMatchObject({ argument, value });
  }
});
