import { setTimeout as delay } from 'node:timers/promises';
import { AbortError, type Algorithm, solvePow } from 'qanto';
import type { Check, Figure, Finding } from '../check.ts';
import { besideEndless } from '../endless.ts';
import { tail } from '../figures.ts';
import { unsolvableHeader } from '../kernel-subjects.ts';
import { histogram, type Plot } from '../report/plot.ts';
import { HEADER_ALGORITHMS } from '../subject.ts';
import { judge, THRESHOLDS } from '../thresholds.ts';

/** Jobs are aborted after 1 to this many ms, so that the aborts hit every stage of a batch and of a slice. */
const HASHING_MS = 4;

/** A job that ends sooner than this, in ms, was waiting for a thread, so that it had no hashing to stop. */
const WAITING_MS = 0.005;

interface Latencies {
  readonly toRejection: number[];
  /** Until the last thread leaves the job, as the engine measures it. Only of jobs that were hashing. */
  readonly toLastHash: number[];
}

export const cancellation: Check = {
  id: 'cancellation',
  title: 'Cancellation latency',
  method:
    'Time from abort() to the rejection of the promise and, for jobs that were hashing, to the end of the last hash. The jobs are unsolvable and are aborted after 1 to 4 ms, on an idle machine and with more endless jobs than threads.',
  seconds: { quick: 9, full: 60 },
  async measure({ machine, seconds, signal, onProgress }) {
    const figures: Figure[] = [];
    const findings: Finding[] = [];
    const plots: Plot[] = [];
    const cases = HEADER_ALGORITHMS.flatMap((algorithm) => [
      { algorithm, load: 0 },
      { algorithm, load: machine.defaultThreads + 1 },
    ]);
    for (const [index, { algorithm, load }] of cases.entries()) {
      const caseMs = (1000 * seconds) / cases.length;
      const name = `${algorithm}, ${load === 0 ? 'idle' : 'under load'}`;
      const { toRejection, toLastHash } = await besideEndless(load, {}, () =>
        abortJobs(algorithm, caseMs, signal, (done) => onProgress((index + done) / cases.length)),
      );
      const figure = tail(`${name}, to the last hash`, 'ms', toLastHash);
      const { p99 = Number.NaN } = figure.values;
      figures.push(tail(`${name}, to the rejection`, 'ms', toRejection), figure);
      findings.push({
        verdict: judge(THRESHOLDS.cancelP99Ms, p99),
        statement: `${name}: hashing stops within ${p99.toFixed(2)} ms after the abort (p99)`,
        advice: 'If the machine is otherwise idle, use --flamegraph to find a kernel with long batches.',
        timed: true,
      });
      plots.push(histogram(`Abort to rejection, ${name}`, 'ms', toRejection));
    }
    return { figures, findings, plots };
  },
};

async function abortJobs(
  algorithm: Algorithm,
  forMs: number,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<Latencies> {
  const latencies: Latencies = { toRejection: [], toLastHash: [] };
  const template = unsolvableHeader(algorithm);
  const startedAtMs = performance.now();
  for (let index = 0; ; index++) {
    const done = (performance.now() - startedAtMs) / forMs;
    onProgress(done);
    if (done >= 1 || signal.aborted) return latencies;
    const abort = new AbortController();
    const ended = solvePow(template, { signal: abort.signal }).catch((error: unknown) => error);
    await delay(1 + (index % HASHING_MS));
    const abortedAtMs = performance.now();
    abort.abort();
    const error = await ended;
    latencies.toRejection.push(performance.now() - abortedAtMs);
    if (!(error instanceof AbortError) || error.stoppedAfterMs === undefined) throw error;
    if (error.stoppedAfterMs > WAITING_MS) latencies.toLastHash.push(error.stoppedAfterMs);
  }
}
