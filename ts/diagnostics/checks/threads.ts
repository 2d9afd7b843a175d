import { setTimeout as delay } from 'node:timers/promises';
import { poolStatus } from 'qanto';
import type { Check } from '../check.ts';
import { besideEndless } from '../endless.ts';
import { middle } from '../figures.ts';
import { median } from '../statistics.ts';
import { judge, THRESHOLDS } from '../thresholds.ts';

const SAMPLE_MS = 100;

export const threads: Check = {
  id: 'threads',
  title: 'Threads and cores',
  method:
    'Number of hashing threads, and CPU time of the process per wall time, sampled every 100 ms: with two more endless jobs than threads, and after all jobs were cancelled.',
  seconds: { quick: 3, full: 20 },
  async measure({ machine, seconds, signal, onProgress }) {
    const count = Math.max(10, Math.floor((500 * seconds) / SAMPLE_MS));
    const sample = async (from: number) => {
      const samples: Sample[] = [];
      for (let index = 0; index < count && !signal.aborted; index++) {
        samples.push(await sampleLoad(signal));
        onProgress(from + index / count / 2);
      }
      return { cores: samples.map(({ cores }) => cores), threads: samples.map(({ threads }) => threads) };
    };
    const rule = machine.defaultThreads;
    // One thread for each job, so that the number of running jobs is that of hashing threads.
    const mining = await besideEndless(rule + 2, { threads: 1 }, () => sample(0));
    const after = await sample(0.5);
    const used = median(mining.cores);
    const left = median(after.cores);
    const most = Math.max(...mining.threads);
    return {
      figures: [
        middle('threads that hash while mining', 'threads', mining.threads),
        middle('cores used while mining', 'cores', mining.cores),
        middle('threads that hash after the cancel', 'threads', after.threads),
        middle('cores used after the cancel', 'cores', after.cores),
      ],
      findings: [
        {
          verdict: most <= rule ? 'good' : 'fail',
          statement: `at most ${most} threads hash at the same time; the limit of 75 % of ${machine.cores} cores is ${rule}`,
          advice: 'This is a bug: the pool hashes on more threads than it may. Please report it.',
        },
        {
          verdict: judge(THRESHOLDS.coresOverThreads, used - rule),
          statement: `the process uses ${used.toFixed(2)} cores while it hashes on ${rule} thread${rule === 1 ? '' : 's'}`,
          advice: 'Record a flamegraph (--flamegraph) to see what else uses CPU time.',
        },
        {
          verdict: judge(THRESHOLDS.threadsBusy, used / rule),
          statement: `the threads are busy ${Math.round((100 * used) / rule)} % of the time`,
          advice: 'Check whether other processes use the cores, and the CPU limit of the control group.',
          timed: true,
        },
        {
          verdict: judge(THRESHOLDS.cpuAfterCancel, left),
          statement: `after the cancellation the process uses ${(100 * left).toFixed(1)} % of a core`,
          advice: 'This is a bug: a job hashes after it was cancelled. Please report it.',
        },
      ],
    };
  },
};

interface Sample {
  readonly cores: number;
  /** Number of jobs that a thread works on at the end of the sample. */
  readonly threads: number;
}

async function sampleLoad(signal: AbortSignal): Promise<Sample> {
  const startedAtMs = performance.now();
  const before = process.cpuUsage();
  await delay(SAMPLE_MS, undefined, { signal });
  const { user, system } = process.cpuUsage(before);
  const cores = (user + system) / 1000 / (performance.now() - startedAtMs);
  return { cores, threads: poolStatus().runningJobs };
}
