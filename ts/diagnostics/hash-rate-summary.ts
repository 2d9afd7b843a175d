/** Medians and ratios of measured hash rates. */
import type { Algorithm, Kernel } from 'qanto';
import type { Sample, Series } from './hash-rates.ts';
import { median, type Spread, spread } from './statistics.ts';

export interface HashRate {
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly kernel?: Kernel;
  readonly versions: number;
  readonly threads: number;
  readonly samples: number;
  readonly hashesPerCpuSecond: Spread;
  /** CPU time of one hash: the reciprocal of the median rate. */
  readonly nanosecondsPerHash: number;
  /** Of all threads, in wall time. Other processes lower it. */
  readonly hashesPerSecond: Spread;
  /** Rate per CPU-second relative to the fastest library with this algorithm: the median of the ratios of all rounds. */
  readonly timesBestLibrary?: number;
  /**
   * For more than one thread: the rate relative to one thread if each thread has its own core. It is computed from CPU time,
   * as the median of the ratios of all rounds.
   */
  readonly scaling?: number;
  /** Size of the machine code of the hot function, in bytes. */
  readonly codeBytes?: number;
}

/** Summarises each series that has at least one sample. */
export function summarise(all: readonly Series[]): HashRate[] {
  const measured = all.filter(({ samples }) => samples.length > 0);
  return measured.map((series) => {
    const { name, algorithm, kernel, versions, threads, codeBytes } = series.subject;
    const { samples } = series;
    const hashesPerCpuSecond = spread(samples.map((sample) => sample.hashesPerCpuSecond));
    const library = fastest(
      measured.filter((other) => isLibrary(other) && other.subject.algorithm === algorithm),
    );
    const single = measured.find((other) => isSameOnOneThread(series, other));
    return {
      name,
      algorithm,
      ...(kernel && { kernel }),
      versions,
      threads,
      samples: samples.length,
      hashesPerCpuSecond,
      nanosecondsPerHash: 1e9 / hashesPerCpuSecond.median,
      hashesPerSecond: spread(samples.map((sample) => sample.hashesPerSecond)),
      ...(library && { timesBestLibrary: medianRatio(samples, library.samples) }),
      ...(codeBytes !== undefined && { codeBytes }),
      ...(threads > 1 && single && { scaling: threads * medianRatio(samples, single.samples) }),
    };
  });
}

function isLibrary({ subject }: Series): boolean {
  return subject.kernel === undefined;
}

function isSameOnOneThread({ subject }: Series, { subject: other }: Series): boolean {
  return (
    other.threads === 1 &&
    other.kernel === subject.kernel &&
    other.algorithm === subject.algorithm &&
    other.versions === subject.versions
  );
}

function fastest(series: readonly Series[]): Series | undefined {
  const rate = ({ samples }: Series) => median(samples.map((sample) => sample.hashesPerCpuSecond));
  return series.toSorted((a, b) => rate(b) - rate(a))[0];
}

/** The median of the ratios of samples from the same round. */
function medianRatio(samples: readonly Sample[], to: readonly Sample[]): number {
  const rounds = Math.min(samples.length, to.length);
  return median(
    samples
      .slice(0, rounds)
      .map(({ hashesPerCpuSecond }, round) => hashesPerCpuSecond / to[round]!.hashesPerCpuSecond),
  );
}
