import { type Algorithm, type Kernel, MAX_THREADS } from 'qanto';
import { MAX_VARIANTS, measureKernels, mustBe, printable } from 'qanto/internal';
import { summarise } from '../diagnostics/hash-rate-summary.ts';
import {
  byWhom,
  HASH_RATE_METHOD,
  hashRateTable,
  machineLines,
  resultLine,
  withVersions,
} from '../diagnostics/hash-rate-table.ts';
import { measureHashRates } from '../diagnostics/hash-rates.ts';
import { kernelSubject, unsolvableHeader } from '../diagnostics/kernel-subjects.ts';
import { librarySubject, loadLibraries } from '../diagnostics/library-subjects.ts';
import { type Machine, measuredMachine } from '../diagnostics/machine.ts';
import type { Subject } from '../diagnostics/subject.ts';
import { wrapped } from './help.ts';
import { interruptible } from './interruptible.ts';
import { printLine } from './output.ts';
import { progressBar } from './progress-bar.ts';
import type { StopSignal } from './signals.ts';
import { styleOf } from './style.ts';
import { columnsOf } from './terminal.ts';

/** Width of the output if the number of columns is unknown. */
const PLAIN_COLUMNS = 160;

/** The hash functions in the order of the table. `MAX_VARIANTS` versions is what the miner tries. */
const HASHES: readonly { readonly algorithm: Algorithm; readonly versions?: number }[] = [
  { algorithm: 'sha256d' },
  { algorithm: 'sha256d', versions: MAX_VARIANTS },
  { algorithm: 'sha256' },
  { algorithm: 'blake3' },
];

export interface BenchOptions {
  readonly seconds: number;
  readonly kernel?: Kernel;
  /** Default: the default number of threads of a job. */
  readonly threads?: number;
  readonly json: boolean;
}

/** Measures the selected kernels and the libraries, and prints the results. Resolves to the signal that stopped it, if any. */
export async function runBench(options: BenchOptions): Promise<StopSignal | undefined> {
  const here = measuredMachine(options.kernel);
  const threads = options.threads ?? here.defaultThreads;
  if (threads < 1 || threads > MAX_THREADS) {
    throw mustBe('--threads', threads, `an integer from 1 to ${MAX_THREADS}`);
  }
  const own = [...new Set([1, threads])].flatMap((count) =>
    HASHES.map((hash) => {
      const { kernel } = measureKernels(unsolvableHeader(hash.algorithm, hash.versions), options.kernel);
      return kernelSubject({ ...hash, kernel, threads: count });
    }),
  );
  return printHashRates(here, own, options);
}

/**
 * Measures these subjects and the libraries in turn, and prints the machine, the table and the method, or all of them as
 * JSON. A signal stops the measurement; the results so far are printed, and the promise resolves to the signal.
 */
export async function printHashRates(
  here: Machine,
  own: readonly Subject[],
  { seconds, json }: { readonly seconds: number; readonly json: boolean },
): Promise<StopSignal | undefined> {
  const algorithms = [...new Set(own.map(({ algorithm }) => algorithm))];
  const { libraries, missing } = await loadLibraries();
  const subjects = algorithms.flatMap((algorithm) => [
    ...own.filter((subject) => subject.algorithm === algorithm),
    ...libraries.flatMap((library) => librarySubject(library, algorithm) ?? []),
  ]);

  process.stderr.write(`measuring ${subjects.length} hash rates for ${seconds} s\n`);
  const bar = progressBar();
  return await interruptible(async (signal) => {
    const series = await measureHashRates(subjects, {
      seconds,
      signal,
      onProgress: (done, next) =>
        bar.show(done, `${withVersions(next.algorithm, next.versions)} by ${byWhom(next)}`),
    }).finally(() => bar.end());
    const rates = summarise(series);
    const interruptedBy: StopSignal | undefined = signal.reason;
    if (json) {
      const report = {
        machine: here,
        method: HASH_RATE_METHOD,
        notInstalled: missing,
        complete: !interruptedBy,
        rates,
      };
      printLine(process.stdout, JSON.stringify(report, null, 2));
    } else {
      const width = columnsOf(process.stdout) ?? PLAIN_COLUMNS;
      const fitting = (text: string) => wrapped(text, width);
      const style = styleOf(process.stdout);
      const [header, ...rows] = hashRateTable(rates, width);
      const [title, ...details] = machineLines(here).map(printable);
      const notes = [
        HASH_RATE_METHOD,
        ...missing.map((name) => `${name} is not installed, so it was not measured.`),
        ...(interruptedBy ? [`${interruptedBy} stopped the measurement before its end.`] : []),
      ];
      const lines = [
        style.bold(fitting(title!)),
        ...details.map(fitting),
        '',
        style.bold(header!),
        ...rows,
        '',
        ...notes.map(fitting).map(style.dim),
      ];
      // This line is not wrapped, so that it stays one line where it is pasted.
      const result = resultLine(here, rates);
      if (result)
        lines.push('', fitting('To report these rates, paste this line into an issue:'), printable(result));
      process.stdout.write(`${lines.join('\n')}\n`);
    }
    return interruptedBy;
  });
}
