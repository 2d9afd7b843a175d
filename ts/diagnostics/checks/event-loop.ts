import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Check, Figure } from '../check.ts';
import { besideEndless } from '../endless.ts';
import { median } from '../statistics.ts';
import { judge, THRESHOLDS } from '../thresholds.ts';

const RESOLUTION_MS = 1;
const ROUNDS = 5;

export const eventLoop: Check = {
  id: 'event-loop',
  title: 'Event loop while mining',
  method:
    'Delay of a timer of 1 ms, measured by perf_hooks: without hashing, with hashing on 75 % of the cores, and with hashing on all cores, in turn. The figures are medians of the rounds.',
  seconds: { quick: 5, full: 30 },
  async measure({ machine, seconds, signal, onProgress }) {
    const cases = [
      { name: 'idle', jobs: 0, threads: 1 },
      { name: '75 % of the cores', jobs: 1, threads: machine.defaultThreads },
      { name: 'all cores', jobs: 1, threads: machine.cores },
    ];
    const delays = cases.map(() => [] as Delay[]);
    const sampleMs = (1000 * seconds) / (ROUNDS * cases.length);
    for (let round = 0; round < ROUNDS && !signal.aborted; round++) {
      for (const [index, { jobs, threads }] of cases.entries()) {
        delays[index]!.push(await besideEndless(jobs, { threads }, () => measureDelay(sampleMs, signal)));
        onProgress((round * cases.length + index + 1) / (ROUNDS * cases.length));
      }
    }
    const figures = cases.map(({ name }, index) => figure(name, delays[index]!));
    const [idle, usual, all] = figures.map(({ values }) => values['p99'] ?? Number.NaN);
    const finding = (name: string, extraMs: number) => ({
      verdict: judge(THRESHOLDS.eventLoopExtraMs, extraMs),
      statement: `hashing on ${name} delays the event loop by an additional ${Math.max(0, extraMs).toFixed(2)} ms (p99)`,
      advice:
        'Use fewer threads, so that one core is free for the event loop, or raise the priority of the process.',
      timed: true,
    });
    return {
      figures,
      findings: [finding('75 % of the cores', usual! - idle!), finding('all cores', all! - idle!)],
    };
  },
};

interface Delay {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** The delay in addition to the interval of the timer, in ms. */
async function measureDelay(forMs: number, signal: AbortSignal): Promise<Delay> {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  await delay(forMs, undefined, { signal });
  histogram.disable();
  const ms = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  return {
    count: histogram.count,
    p50: ms(histogram.percentile(50)),
    p99: ms(histogram.percentile(99)),
    max: ms(histogram.max),
  };
}

function figure(name: string, rounds: readonly Delay[]): Figure {
  const of = (key: keyof Delay) => rounds.map((round) => round[key]);
  return {
    name,
    unit: 'ms',
    samples: of('count').reduce((sum, count) => sum + count, 0),
    values: { p50: median(of('p50')), p99: median(of('p99')), max: Math.max(...of('max')) },
  };
}
