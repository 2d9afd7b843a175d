// Only a worker loads the addon, and the worker ends in the middle of a job.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url));
  const [nonce] = await once(worker, 'message');
  assert.equal(typeof nonce, 'bigint');
  await worker.terminate();
  process.stdout.write('ok\n');
} else {
  const { solvePow } = await import('qanto');
  const template = {
    algorithm: 'sha256d',
    preimage: Buffer.alloc(28),
    nonce: { offset: 20, encoding: 'u64le' },
  };
  const { nonce } = await solvePow({ ...template, target: 2n ** 242n });
  solvePow({ ...template, target: 0n }).catch(() => {});
  parentPort.postMessage(nonce);
}
