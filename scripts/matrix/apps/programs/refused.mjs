// node refused.mjs CODE. Checks that importing succeeds, and that each call that needs the binary fails with this code.
import { platform, solvePow, verifyPow } from 'qanto';
import { MemoryStore, QantoDag, SqliteStore } from 'qanto/dag';
import 'qanto/miner';
import { setTraceFilter } from 'qanto/telemetry';
import { mineBlocks, openTestDag } from 'qanto/testing';

const [, , code] = process.argv;
const template = {
  algorithm: 'sha256d',
  preimage: new Uint8Array(28),
  nonce: { offset: 20, encoding: 'u64le' },
  target: 2n ** 242n,
};
const calls = {
  solvePow: () => solvePow(template),
  verifyPow: () => verifyPow(template, 1n),
  platform: () => platform(),
  setTraceFilter: () => setTraceFilter('qanto=info'),
  'QantoDag.open with a directory': () =>
    QantoDag.open({ network: 'regtest', store: new SqliteStore('./data') }),
  mineBlocks: async () => mineBlocks(await openTestDag({ network: 'regtest' }), 1),
};
for (const [name, call] of Object.entries(calls)) {
  const error = await new Promise((resolve) => resolve(call())).then(
    () => undefined,
    (error) => error,
  );
  if (error?.code !== code) throw new Error(`${name} did not fail with ${code}`, { cause: error });
  if (typeof error.message !== 'string' || error.message.length < 40)
    throw new Error(`the message of ${name} is shorter than 40 characters`);
}
// A DAG in memory does not need the binary.
await (await QantoDag.open({ network: 'regtest', store: new MemoryStore() })).close();
console.log('ok');
