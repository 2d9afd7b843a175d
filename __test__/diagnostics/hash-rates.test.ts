import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { summarise } from '../../ts/diagnostics/hash-rate-summary.ts';
import { measureHashRates, type Sample, type Series } from '../../ts/diagnostics/hash-rates.ts';
import { kernelSubject } from '../../ts/diagnostics/kernel-subjects.ts';
import { hashOf, librarySubject, loadLibraries } from '../../ts/diagnostics/library-subjects.ts';
import type { Subject } from '../../ts/diagnostics/subject.ts';
import { ALGORITHMS, digest as digestOf } from '../../ts/pow/index.ts';

const { signal: never } = new AbortController();

/** The wall time and the CPU time, which advance while a simulated subject hashes, so that no test depends on the machine. */
let nowMs: number;

beforeEach(() => {
  nowMs = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  jest
    .spyOn(process, 'cpuUsage')
    .mockImplementation((before) => ({ user: nowMs * 1000 - (before?.user ?? 0), system: 0 }));
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** A subject that hashes a million nonces per second. */
function simulated(name: string, onCall: () => void = () => {}): Subject {
  return {
    name,
    algorithm: 'sha256d',
    versions: 1,
    threads: 1,
    hash(count) {
      onCall();
      nowMs += count / 1000;
    },
  };
}

function sampleOf(hashesPerCpuSecond: number): Sample {
  return { hashesPerCpuSecond, hashesPerSecond: hashesPerCpuSecond / 2 };
}

function seriesOf(subject: Partial<Subject>, rates: readonly number[]): Series {
  return { subject: { ...simulated('qanto'), ...subject }, samples: rates.map(sampleOf) };
}

test('Subjects are sampled in turn', async () => {
  const calls: string[] = [];
  const subjects = ['a', 'b', 'c'].map((name) => simulated(name, () => calls.push(name)));
  const stop = new AbortController();
  let steps = 0;
  const series = await measureHashRates(subjects, {
    seconds: 600,
    signal: stop.signal,
    onProgress: () => {
      // Three calibrations, two rounds and one sample. The measurement stops before the next sample.
      if (++steps === 3 + 2 * 3 + 1 + 1) stop.abort();
    },
  });
  expect(series.map(({ samples }) => samples.length)).toEqual([3, 2, 2]);
  expect(calls.slice(-7)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a']);
});

test('A calibration that other work of the process distorted does not determine the size of the samples', async () => {
  const counts: number[] = [];
  const counting = simulated('counting');
  const subject: Subject = {
    ...counting,
    hash(count, signal) {
      counts.push(count);
      // A garbage collection that takes longer than a sample.
      if (counts.length === 1) nowMs += 50;
      return counting.hash(count, signal);
    },
  };
  await measureHashRates([subject], { seconds: 0.5, signal: never });
  expect(counts.at(-1)).toBeGreaterThan(10 * counts[0]!);
});

test('The measurement ends after its duration', async () => {
  const series = await measureHashRates([simulated('a')], { seconds: 0.3, signal: never });
  const { samples } = series[0]!;
  expect(samples.length).toBeGreaterThan(1);
  for (const { hashesPerCpuSecond, hashesPerSecond } of samples) {
    expect([hashesPerCpuSecond, hashesPerSecond].map(Math.round)).toEqual([1e6, 1e6]);
  }
  // The last sample is finished after the duration.
  expect(nowMs).toBeGreaterThanOrEqual(300);
  expect(nowMs).toBeLessThan(330);
});

test('Every subject has a sample even if the duration is very short', async () => {
  const series = await measureHashRates([simulated('a'), simulated('b')], { seconds: 1e-6, signal: never });
  expect(series.map(({ samples }) => samples.length)).toEqual([1, 1]);
});

test('An abort in the middle of a search ends the measurement with the samples so far', async () => {
  const stop = new AbortController();
  const endless: Subject = {
    ...simulated('endless'),
    async hash(count, signal) {
      if (count > 256) {
        stop.abort();
        signal.throwIfAborted();
      }
    },
  };
  const series = await measureHashRates([endless], { seconds: 60, signal: stop.signal });
  expect(series).toMatchObject([{ samples: [] }]);
  expect(summarise(series)).toEqual([]);
});

test('An error of a subject is not treated as an abort', async () => {
  const broken: Subject = {
    ...simulated('broken'),
    hash() {
      throw new Error('on purpose');
    },
  };
  await expect(measureHashRates([broken], { seconds: 1, signal: never })).rejects.toThrow('on purpose');
});

test('A rate is compared with the fastest library of its algorithm in each round', () => {
  const kernel = 'portable';
  const [row] = summarise([
    seriesOf({ kernel }, [30, 60, 10]),
    seriesOf({ name: 'slow' }, [1, 1, 1]),
    seriesOf({ name: 'fast' }, [10, 20, 5]),
    seriesOf({ name: 'other', algorithm: 'blake3' }, [100, 100, 100]),
  ]);
  expect(row).toMatchObject({
    timesBestLibrary: 3,
    hashesPerCpuSecond: { p10: 10, median: 30, p90: 60 },
    nanosecondsPerHash: 1e9 / 30,
    samples: 3,
  });
});

test('The scaling is computed from the rates per CPU-second, relative to one thread of the same kernel', () => {
  const kernel = 'portable';
  const [, two] = summarise([
    seriesOf({ kernel }, [10, 10]),
    seriesOf({ kernel, threads: 2 }, [9, 9]),
    seriesOf({ kernel: 'avx2' }, [1, 1]),
  ]);
  expect(two?.scaling).toBeCloseTo(1.8, 10);
});

test('A kernel is measured with a search of its own', async () => {
  // The kernel is real, and so are the clocks.
  jest.restoreAllMocks();
  const subject = kernelSubject({ algorithm: 'sha256', kernel: 'portable', versions: 1 });
  const series = await measureHashRates([subject], { seconds: 0.3, signal: never });
  const [rate] = summarise(series);
  expect(rate?.hashesPerCpuSecond.median).toBeGreaterThan(1000);
  expect(rate).toMatchObject({ name: 'qanto', algorithm: 'sha256', kernel: 'portable' });
});

test('The other libraries compute the same digests', async () => {
  const { libraries, missing } = await loadLibraries();
  expect(missing).toEqual([]);
  expect(libraries.map(({ name }) => name)).toEqual(['node:crypto', 'hash-wasm', '@noble/hashes']);
  const bytes = Uint8Array.from({ length: 80 }, (_, index) => index);
  for (const library of libraries) {
    for (const algorithm of ALGORITHMS) {
      const digest = hashOf(library, algorithm)?.(bytes);
      if (digest) expect(Buffer.from(digest)).toEqual(Buffer.from(digestOf(algorithm, bytes)));
      expect(librarySubject(library, algorithm) === undefined).toBe(digest === undefined);
    }
  }
});
