/**
 * Measures hash rates. All subjects are sampled in turn, round after round, so that whatever slows the machine slows
 * them all; in the process's CPU time, which neither other processes nor a hypervisor that takes cores away can blur.
 */
import { setImmediate } from 'node:timers/promises';
import type { Subject } from './subject.ts';

/** Rounds to aim for: enough for a median and its spread. */
const ROUNDS = 15;
/** What finding a sample's size takes, in samples. */
const CALIBRATION_ROUNDS = 4;
/** Short samples measure the start of a search as much as its hashing; long ones blur what changes meanwhile. */
const SAMPLE_MS = { min: 10, max: 100 };
const FIRST_HASHES = 256;
/** So much larger, at most, is the next try when a sample's size is looked for. */
const GROWTH = 8;

export interface Sample {
  readonly hashesPerCpuSecond: number;
  /** Over all threads, by the wall clock. */
  readonly hashesPerSecond: number;
  /** Of the most that the processor could do; undefined where that is not known. */
  readonly ceilingShare: number | undefined;
}

/** What was measured of one subject, a sample a round. */
export interface Series {
  readonly subject: Subject;
  readonly samples: readonly Sample[];
}

export interface MeasureOptions {
  /**
   * How long to measure altogether. The sample that is under way then is finished, and the first round always is, so
   * that every subject has a sample.
   */
  readonly seconds: number;
  /** Ends the measuring; what was measured until then is returned. */
  readonly signal: AbortSignal;
  /** Called before each sample with the part that is done, 0 to 1, and what comes next. */
  readonly onProgress?: (done: number, next: Subject) => void;
}

interface Running extends Series {
  readonly samples: Sample[];
  /** Hashes a sample takes. */
  count: number;
}

export async function measureHashRates(
  subjects: readonly Subject[],
  { seconds, signal, onProgress }: MeasureOptions,
): Promise<Series[]> {
  const startedAtMs = performance.now();
  const done = () => (performance.now() - startedAtMs) / (seconds * 1000);
  const sampleMs = (seconds * 1000) / ((ROUNDS + CALIBRATION_ROUNDS) * subjects.length);
  const targetMs = Math.min(Math.max(sampleMs, SAMPLE_MS.min), SAMPLE_MS.max);
  const running: Running[] = subjects.map((subject) => ({ subject, samples: [], count: FIRST_HASHES }));
  /** False when the signal has aborted; signals are heard, and the bar is drawn, between two samples. */
  const turnTo = async (next: Subject): Promise<boolean> => {
    onProgress?.(Math.min(done(), 1), next);
    await setImmediate();
    return !signal.aborted;
  };
  try {
    for (const one of running) {
      if (await turnTo(one.subject)) await calibrate(one, targetMs * one.subject.threads, signal);
    }
    for (let round = 1; ; round++) {
      for (const one of running) {
        if (!(await turnTo(one.subject)) || (round > 1 && done() >= 1)) return running;
        one.samples.push(await sample(one, signal));
      }
    }
  } catch (error) {
    if (signal.aborted) return running;
    throw error;
  }
}

/**
 * Finds how many hashes take as long as a sample should. Ends when two tries in succession took nearly as long: one
 * may have been blurred by what the process did besides, such as collecting the garbage of the subject before.
 */
async function calibrate(one: Running, targetMs: number, signal: AbortSignal): Promise<void> {
  for (let agreeing = 0; agreeing < 2; ) {
    const { cpuMs } = await timed(one, signal);
    const factor = targetMs / Math.max(cpuMs, targetMs / GROWTH);
    one.count = Math.ceil(one.count * factor);
    agreeing = factor < 2 ? agreeing + 1 : 0;
  }
}

async function sample(one: Running, signal: AbortSignal): Promise<Sample> {
  const ceiling = one.subject.ceiling?.();
  const { cpuMs, elapsedMs } = await timed(one, signal);
  const hashesPerCpuSecond = (one.count * 1000) / cpuMs;
  return {
    hashesPerCpuSecond,
    hashesPerSecond: (one.count * 1000) / elapsedMs,
    ceilingShare: ceiling === undefined ? undefined : hashesPerCpuSecond / ceiling,
  };
}

async function timed({ subject, count }: Running, signal: AbortSignal) {
  const startedAtMs = performance.now();
  const before = process.cpuUsage();
  await subject.hash(count, signal);
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000, elapsedMs: performance.now() - startedAtMs };
}
