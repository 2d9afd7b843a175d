import {
  type Algorithm,
  QantoError,
  type Solution,
  type SolveOptions,
  solvePow,
  type Template,
  verifyPow,
} from 'qanto';
import { type AddResult, MemoryStore, QantoDag, type QantoDagOptions, type VirtualChange } from 'qanto/dag';
import { Miner, type MinerConfig, type MinerOptions } from 'qanto/miner';
import { createLogger, type Logger, type LoggerOptions, Metrics, type MetricsOptions } from 'qanto/telemetry';
import { mineBlocks, openTestDag, type TestDagOptions } from 'qanto/testing';

const options: SolveOptions = { timeoutMs: 60_000 };
const algorithm: Algorithm = 'sha256d';
const template: Template = {
  algorithm,
  preimage: new Uint8Array(28),
  nonce: { offset: 20, encoding: 'u64le' },
  target: 2n ** 242n,
};

export async function stamp(): Promise<boolean> {
  const solution: Solution = await solvePow(template, options);
  return verifyPow(template, solution.nonce);
}

export async function mine(): Promise<string[]> {
  const dagOptions: QantoDagOptions = { network: 'regtest', store: new MemoryStore() };
  const dag = await QantoDag.open(dagOptions);
  await dag.close();
  const testOptions: TestDagOptions = { network: 'regtest' };
  const testDag = await openTestDag(testOptions);
  testDag.on('virtual-changed', (change: VirtualChange) => change.added.length);
  const config: MinerConfig = { address: 'ab'.repeat(32) };
  const further: Partial<MinerOptions> = { payloads: () => [] };
  new Miner(testDag, { ...further, ...config });
  const hashes = await mineBlocks(testDag, 2);
  await testDag.close();
  return hashes;
}

export function observe(): Logger {
  const loggerOptions: LoggerOptions = { level: 'info' };
  const metricsOptions: MetricsOptions = {};
  new Metrics(metricsOptions).close();
  return createLogger(loggerOptions);
}

export function wrong(change: VirtualChange, result: AddResult, metrics: Metrics): unknown {
  // @ts-expect-error: sink is a string. Without types it would be any, and this would be no error.
  const sink: number = change.sink;
  // @ts-expect-error: as above.
  const status: number = result.status;
  // @ts-expect-error: as above.
  const scraped: number = metrics.scrape();
  // @ts-expect-error: as above.
  const code: number = new QantoError('A', 'b').code;
  return [sink, status, scraped, code];
}

void Promise.all([stamp(), mine()]).then(([verified, hashes]) => {
  console.log(verified && hashes.length === 2 ? 'ok' : 'failed');
});
