import { setTimeout as delay } from 'node:timers/promises';
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
    'CPU time of the process over wall time, per 100 ms: with more endless jobs than threads, and after all of them were cancelled.',
  seconds: { quick: 3, full: 20 },
  async measure({ machine, seconds, signal, onProgress }) {
    const count = Math.max(10, Math.floor((500 * seconds) / SAMPLE_MS));
    const sample = async (from: number) => {
      const loads: number[] = [];
      for (let index = 0; index < count && !signal.aborted; index++) {
        loads.push(await coresUsed(signal));
        onProgress(from + index / count / 2);
      }
      return loads;
    };
    const mining = await besideEndless(machine.defaultThreads + 2, {}, () => sample(0));
    const after = await sample(0.5);
    const used = median(mining);
    const left = median(after);
    const rule = machine.defaultThreads;
    return {
      figures: [
        middle('cores used while mining', 'cores', mining),
        middle('cores used after the cancel', 'cores', after),
      ],
      findings: [
        {
          verdict: judge(THRESHOLDS.threadsOverRule, used - rule),
          statement: `mining uses ${used.toFixed(2)} cores; the rule of 75 % allows ${rule} of ${machine.cores}`,
          advice: 'report this as a bug: the pool hashes on more threads than it may',
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

async function coresUsed(signal: AbortSignal): Promise<number> {
  const startedAtMs = performance.now();
  const before = process.cpuUsage();
  await delay(SAMPLE_MS, undefined, { signal });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (performance.now() - startedAtMs);
}
