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
    'Threads that hash, and CPU time of the process over wall time, each 100 ms: with two endless jobs more than threads, and after all were cancelled.',
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
    // Of one thread each, so that as many threads hash as jobs run.
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
          statement: `at most ${most} threads hash at once; the rule of 75 % allows ${rule} on ${machine.cores} cores`,
          advice: 'report this as a bug: the pool hashes on more threads than it may',
        },
        {
          verdict: judge(THRESHOLDS.coresOverThreads, used - rule),
          statement: `the process uses ${used.toFixed(2)} cores while it mines on ${rule}`,
          advice: 'record a flamegraph (--flamegraph) to see what else takes time',
        },
        {
          verdict: judge(THRESHOLDS.threadsBusy, used / rule),
          statement: `the threads are busy ${Math.round((100 * used) / rule)} % of the time`,
          advice: 'look what else uses the cores, and at the limit of the cgroup',
          timed: true,
        },
        {
          verdict: judge(THRESHOLDS.cpuAfterCancel, left),
          statement: `after the cancel ${(100 * left).toFixed(1)} % of a core is used`,
          advice: 'report this as a bug: something hashes on after its caller gave up',
        },
      ],
    };
  },
};

interface Sample {
  readonly cores: number;
  /** Jobs that a thread works on when the time is over. */
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
