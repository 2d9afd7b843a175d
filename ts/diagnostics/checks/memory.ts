import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { solvePow, type Template } from 'qanto';
import type { Check, Finding } from '../check.ts';
import { unsolvableHeader } from '../kernel-subjects.ts';
import { slopeWithConfidence } from '../statistics.ts';
import { judge, THRESHOLDS } from '../thresholds.ts';

const CONCURRENCY = 32;
const SAMPLES = 60;
/** Variation of RSS without a leak: V8 allocates and releases whole pages of its heap. */
const RSS_NOISE_BYTES = 8 * 2 ** 20;
/** Fraction of the samples that are ignored, because one-time allocations happen in this time. */
const WARM_UP = 0.4;

export const memory: Check = {
  id: 'memory',
  title: 'Memory',
  method:
    'RSS and heap after a full garbage collection, sampled 60 times while many jobs are solved, spend their hash budget or are aborted. The slope is that of the least-squares line through the last 60 % of the samples, with its 95 % confidence interval.',
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
        name: `${name} growth per job (${jobs} jobs)`,
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
              statement: `${judgedJobs} jobs are too few to distinguish a leak from the normal variation of RSS`,
              advice: 'Run again without --quick, on an idle machine.',
            },
      ],
      plots: [
        {
          kind: 'line',
          title: 'Memory over the number of jobs',
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

/** Judges the lower end of the confidence interval, so that only certain growth counts as a leak. */
function leakFinding(name: string, { slope, plusMinus }: { slope: number; plusMinus: number }): Finding {
  return {
    verdict: judge(THRESHOLDS.leakBytesPerJob, slope - plusMinus),
    statement: `${name} grows by ${slope.toFixed(1)} bytes per job (95 % confidence: ${(slope - plusMinus).toFixed(1)} to ${(slope + plusMinus).toFixed(1)})`,
    advice: 'Run again without --quick. In a checkout, "npm run soak" shows which outcome of a job leaks.',
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
  // The outcome is irrelevant here; the tests check it.
  await job.catch(() => {});
}

/** V8's garbage collector, enabled at run time, so that Node need not be started with a flag. */
function exposedGc(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
