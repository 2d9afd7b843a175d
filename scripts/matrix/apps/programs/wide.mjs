// Tests what depends on the runtime: files, threads, cancellation, events, and whether the process ends by itself.
import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { poolStatus, solvePow, verifyPow } from 'qanto';
import { QantoDag } from 'qanto/dag';
import { mineBlocks } from 'qanto/testing';

const template = {
  algorithm: 'blake3',
  preimage: new Uint8Array(28),
  nonce: { offset: 20, encoding: 'u64le' },
  target: 2n ** 244n,
};

if (isMainThread) {
  await main();
} else if (workerData === 'endless') {
  solvePow({ ...template, target: 1n }).catch(() => {});
  parentPort.postMessage('searching');
} else {
  parentPort.postMessage((await solvePow(template)).nonce);
}

async function main() {
  await codeOf('ABORT_ERR', () =>
    solvePow({ ...template, target: 1n }, { signal: AbortSignal.timeout(100) }),
  );
  await codeOf('ERR_QANTO_TIMED_OUT', () => solvePow({ ...template, target: 1n }, { timeoutMs: 100 }));
  let calls = 0;
  const signal = AbortSignal.timeout(1000);
  await codeOf('ABORT_ERR', () =>
    solvePow({ ...template, target: 1n }, { signal, onProgress: () => void calls++ }),
  );
  must(calls > 2, `onProgress was called ${calls} times in a second`);

  const caller = new AsyncLocalStorage();
  const seen = await Promise.all(
    ['first', 'second'].map((name) => caller.run(name, () => callerSeen(caller))),
  );
  must(String(seen) === 'first,second', `onProgress ran in the contexts ${seen}`);

  const nonce = await inWorker('short');
  must(verifyPow(template, nonce), 'the worker found no nonce');
  // This worker is terminated during its search.
  await inWorker('endless');
  const deadlineMs = performance.now() + 10_000;
  while (jobs() > 0 && performance.now() < deadlineMs)
    await new Promise((resolve) => setTimeout(resolve, 10));
  must(jobs() === 0, `${jobs()} jobs are still running after their worker was terminated`);

  const dataDir = mkdtempSync(join(tmpdir(), 'qanto-matrix-wide-'));
  const options = { network: 'regtest', dataDir };
  const dag = await QantoDag.open(options);
  await codeOf('ERR_QANTO_STORE_LOCKED', () => QantoDag.open(options));
  let events = 0;
  dag.on('virtual-changed', () => void events++);
  const hashes = await mineBlocks(dag, 5);
  must(events > 0, 'no event virtual-changed was emitted');
  await dag.close();
  const again = await QantoDag.open(options);
  must(again.info().blockCount === 6, `the store holds ${again.info().blockCount} blocks instead of 6`);
  const block = await again.getBlock(hashes[4]);
  must(block !== undefined, 'the last block is not in the store');
  await again.close();
  rmSync(dataDir, { recursive: true });
  console.log('ok');
}

/** Resolves to the store of the caller that the first call of onProgress sees. */
async function callerSeen(caller) {
  const controller = new AbortController();
  let seen;
  const onProgress = () => {
    seen = caller.getStore();
    controller.abort();
  };
  await codeOf('ABORT_ERR', () =>
    solvePow({ ...template, target: 1n }, { signal: controller.signal, onProgress }),
  );
  return seen;
}

/** Starts a worker, terminates it after its first message, and resolves to the message. */
async function inWorker(workerData) {
  const worker = new Worker(new URL(import.meta.url), { workerData });
  const message = await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await worker.terminate();
  return message;
}

function jobs() {
  const { runningJobs, queuedJobs } = poolStatus();
  return runningJobs + queuedJobs;
}

async function codeOf(code, call) {
  const error = await new Promise((resolve) => resolve(call())).then(undefined, (thrown) => thrown);
  must(error?.code === code, `expected an error with the code ${code}; got ${error}`);
}

function must(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}
