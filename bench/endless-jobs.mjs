import { solvePow } from '../dist/pow/index.js';

export const preimage = new Uint8Array(80).fill(7);
/** A template that no nonce solves. */
export const endless = {
  algorithm: 'sha256d',
  preimage,
  nonce: { offset: 72, encoding: 'u64le' },
  target: 1n,
};

/** Keeps the pool busy with this number of endless jobs while `work` runs. */
export async function beside(jobs, work, { template = endless, kernel } = {}) {
  const controller = new AbortController();
  const running = Array.from({ length: jobs }, (_, index) =>
    solvePow(template, { signal: controller.signal, startNonce: BigInt(index) << 40n, kernel }).catch(
      (error) => {
        // A job that ended by itself was no load, so the measurement would be invalid.
        if (!controller.signal.aborted) throw error;
      },
    ),
  );
  try {
    return await work();
  } finally {
    controller.abort();
    await Promise.all(running);
  }
}
