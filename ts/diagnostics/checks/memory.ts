import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { solvePow, type Template } from 'qanto';
import type { Check, Finding } from '../check.ts';
import { unsolvableHeader } from '../kernel-subjects.ts';
import { slopeWithConfidence } from '../statistics.ts';
import { judge, THRESHOLDS } from '../thresholds.ts';

const CONCURRENCY = 32;
const SAMPLES = 60;
/** V8 takes and gives back whole pages of its heap: RSS moves by so much with no leak at all. */
const RSS_NOISE_BYTES = 8 * 2 ** 20;
/** Whatever is allocated once has been by then. */
const WARM_UP = 0.4;

export const memory: Check = {
  id: 'memory',
  title: 'Memory',
  method:
    'RSS and heap after a full garbage collection, 60 times during a soak of jobs that are found, run out of budget and are aborted; least-squares slope of the last 60 %, with its 95 % confidence.',
  seconds: { quick: 7, full: 90 },
  async measure({ seconds, signal, onProgress }) {
    const collect = exposedGc();
    const points: { jobs: number; rss: number; heap: number }[] = [];
    const startedAtMs = performance.now();
    let jobs = 0;
    for (let sample = 1; sample <= SAMPLES && !signal.aborted; sample++) {
      const untilMs = startedAtMs + (1000 * seconds * sample) / SAMPLES;
      while (performance.now() < untilMs && !signal.aborted) {
        await Promise.all(Array.from({ length: CONCURRENCY }, (_, index) => runJob(index)));
        jobs += CONCURRENCY;
      }
      collect();
      const { rss, heapUsed } = process.memoryUsage();
      points.push({ jobs, rss, heap: heapUsed });
      onProgress(sample / SAMPLES);
    }
    const settled = points.slice(Math.floor(WARM_UP * points.length));
    const judgedJobs = jobs - (settled[0]?.jobs ?? 0);
    const slopes = {
      heap: slopeWithConfidence(settled.map((point) => [point.jobs, point.heap])),
      RSS: slopeWithConfidence(settled.map((point) => [point.jobs, point.rss])),
    };
    return {
      figures: Object.entries(slopes).map(([name, { slope, plusMinus }]) => ({
        name: `${name}, growth a job (${jobs} jobs)`,
        unit: 'bytes',
        samples: settled.length,
        values: { slope, '95 % low': slope - plusMinus, '95 % high': slope + plusMinus },
      })),
      findings: [
        leakFinding('heap', slopes.heap),
        RSS_NOISE_BYTES / judgedJobs <= THRESHOLDS.leakBytesPerJob.good
          ? leakFinding('RSS', slopes.RSS)
          : {
              verdict: 'unknown',
              statement: `${judgedJobs} jobs are too few to tell a leak from how RSS moves anyway`,
              advice: 'run without --quick, on a quiet machine',
            },
      ],
      plots: [
        {
          kind: 'line',
          title: 'Memory during the soak',
          xUnit: 'jobs',
          yUnit: 'MiB',
          lines: [
            { label: 'RSS', points: points.map((point) => [point.jobs, point.rss / 2 ** 20]) },
            { label: 'heap', points: points.map((point) => [point.jobs, point.heap / 2 ** 20]) },
          ],
        },
      ],
    };
  },
};

/** A leak is what grows beyond doubt: the lower end of the confidence interval counts. */
function leakFinding(name: string, { slope, plusMinus }: { slope: number; plusMinus: number }): Finding {
  return {
    verdict: judge(THRESHOLDS.leakBytesPerJob, slope - plusMinus),
    statement: `${name} grows by ${slope.toFixed(1)} ± ${plusMinus.toFixed(1)} bytes a job`,
    advice: 'run without --quick; in a checkout "npm run soak" tells which outcome leaks',
  };
}

const impossible = unsolvableHeader('sha256d');
const easy: Template = { ...impossible, target: 2n ** 256n / 500n };

async function runJob(index: number): Promise<void> {
  const abort = new AbortController();
  const job =
    index % 3 === 0
      ? solvePow(easy, { signal: abort.signal })
      : solvePow(impossible, { signal: abort.signal, ...(index % 3 === 1 && { maxHashes: 300 }) });
  if (index % 3 === 2) setImmediate(() => abort.abort());
  // Which end it takes is for the tests to judge.
  await job.catch(() => {});
}

/** V8's collector, without a flag of Node's that every caller would have to give. */
function exposedGc(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
