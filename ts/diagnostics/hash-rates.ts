/**
 * Measures hash rates. All subjects are sampled in turn, in rounds, so that a slow phase of the machine slows all of them. The
 * samples are in CPU time of the process, which other processes and the hypervisor do not distort.
 */
import { setImmediate } from 'node:timers/promises';
import type { Subject } from './subject.ts';

/** Intended number of rounds, enough for a median and its spread. */
const ROUNDS = 15;
/** Approximate duration of the calibration, in samples. */
const CALIBRATION_ROUNDS = 4;
/** Shorter samples would measure the start of a search as well as its hashing. Longer ones would average over changes. */
const SAMPLE_MS = { min: 10, max: 100 };
const FIRST_HASHES = 256;
/** Maximum factor between two successive sample sizes of the calibration. */
const GROWTH = 8;

export interface Sample {
  readonly hashesPerCpuSecond: number;
  /** Of all threads, in wall time. */
  readonly hashesPerSecond: number;
}

/** The samples of one subject, one for each round. */
export interface Series {
  readonly subject: Subject;
  readonly samples: readonly Sample[];
}

export interface MeasureOptions {
  /**
   * Total duration. The current sample is finished after it, and the first round always is, so that every subject has a
   * sample.
   */
  readonly seconds: number;
  /** Stops the measurement; the samples so far are returned. */
  readonly signal: AbortSignal;
  /** Called before each sample with the completed fraction, 0 to 1, and the next subject. */
  readonly onProgress?: (done: number, next: Subject) => void;
}

interface Running extends Series {
  readonly samples: Sample[];
  /** Number of hashes in a sample. */
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
  /** Returns false if the signal has aborted. It yields to the event loop, so that signals arrive and the bar is drawn. */
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
 * Finds the number of hashes whose duration is that of a sample. It ends when two successive attempts took nearly that long;
 * a single one may have been distorted by other work of the process, such as a garbage collection.
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
  const { cpuMs, elapsedMs } = await timed(one, signal);
  return {
    hashesPerCpuSecond: (one.count * 1000) / cpuMs,
    hashesPerSecond: (one.count * 1000) / elapsedMs,
  };
}

async function timed({ subject, count }: Running, signal: AbortSignal) {
  const startedAtMs = performance.now();
  const before = process.cpuUsage();
  await subject.hash(count, signal);
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000, elapsedMs: performance.now() - startedAtMs };
}
