import { defaultThreads, solvePow } from '../dist/pow/index.js';
import { availableKernels } from '../dist/pow/platform.js';
import { median, quantile } from '../npm/qanto-node/dist/diagnostics/statistics.js';
import { beside, endless } from './endless-jobs.mjs';

const ALGORITHMS = ['sha256', 'sha256d', 'blake3'];
/** A cancelled job that stops faster than this, in ms, was waiting for a thread when it was cancelled. */
const WAITING_MS = 0.005;

/**
 * Aborts this number of jobs in total, with every algorithm and kernel, while all threads are busy and other jobs run.
 * Measures two latencies of each: from `abort()` to the rejection of the promise, measured here, and to the end of the last
 * hash, which the engine measures when the last thread leaves the job.
 */
export async function cancelLatency(aborts) {
  // The SHA instructions do not support BLAKE3, so their kernels would be the portable one again.
  const kinds = ALGORITHMS.flatMap((algorithm) =>
    availableKernels().map((kernel) => ({ algorithm, kernel })),
  ).filter(({ algorithm, kernel }) => !(algorithm === 'blake3' && kernel.startsWith('sha-ni')));
  const all = [];
  const rows = [];
  for (const { algorithm, kernel } of kinds) {
    const template = { ...endless, algorithm };
    const latencies = await beside(
      defaultThreads() + 1,
      () => abortJobs(template, kernel, Math.ceil(aborts / kinds.length)),
      { template, kernel },
    );
    all.push(...latencies);
    rows.push(row(`${algorithm} ${kernel}, to rejection`, latencies, 'rejection'));
    rows.push(row(`${algorithm} ${kernel}, to the last hash`, latencies, 'lastHash'));
  }
  const hashing = all.filter(({ lastHash }) => lastHash > WAITING_MS);
  return [
    row('abort to rejection', all, 'rejection'),
    row('abort to the last hash', all, 'lastHash'),
    row('abort to rejection, of jobs on a thread', hashing, 'rejection', GOAL),
    row('abort to the last hash, of jobs on a thread', hashing, 'lastHash', GOAL),
    ...rows,
  ];
}

const GOAL = 'p50 0.5, p99 2, max 20 ms';

async function abortJobs(template, kernel, count) {
  const latencies = [];
  for (let index = 0; index < count; index++) {
    const controller = new AbortController();
    const job = solvePow(template, { signal: controller.signal, startNonce: 1n << 60n, kernel });
    const ended = job.catch((error) => error);
    // The delay varies, so that aborts happen at every stage of a slice.
    await new Promise((resolve) => setTimeout(resolve, index % 5));
    const aborted = performance.now();
    controller.abort();
    const { stoppedAfterMs } = await ended;
    latencies.push({ rejection: performance.now() - aborted, lastHash: stoppedAfterMs });
  }
  return latencies;
}

function row(measure, latencies, which, goal) {
  const times = latencies.map((latency) => latency[which]);
  const [p50, p99, max] = [median(times), quantile(times, 0.99), Math.max(...times)].map((time) =>
    time.toFixed(3),
  );
  return { measure, value: `p50 ${p50}, p99 ${p99}, max ${max} ms of ${times.length}`, goal };
}
