/** Formats hash rates and the machine for people. */
import { ALGORITHMS } from 'qanto';
import type { HashRate } from './hash-rate-summary.ts';
import { choiceText } from './kernel-choice.ts';
import type { Machine } from './machine.ts';

/** The text of an empty cell. */
const NONE = '–';

/** The first columns of the table, up to the rate, are never left out. */
const LEAST_COLUMNS = 3;

/** The rightmost columns are left out first if the table is too wide. */
const COLUMNS: readonly { readonly title: string; readonly text: (rate: HashRate) => string }[] = [
  { title: 'algorithm', text: ({ algorithm, versions }) => withVersions(algorithm, versions) },
  { title: 'by', text: byWhom },
  { title: 'M/CPU-s', text: ({ hashesPerCpuSecond }) => millions(hashesPerCpuSecond.median) },
  {
    title: 'x best library',
    text: ({ timesBestLibrary }) => (timesBestLibrary === undefined ? NONE : digits(timesBestLibrary)),
  },
  {
    title: 'p10 to p90',
    text: ({ hashesPerCpuSecond: { p10, p90 } }) => `${millions(p10)} to ${millions(p90)}`,
  },
  { title: 'ns/hash', text: ({ nanosecondsPerHash }) => digits(nanosecondsPerHash) },
  { title: 'scaling', text: ({ scaling }) => (scaling === undefined ? NONE : scaling.toFixed(2)) },
  {
    title: 'code',
    text: ({ codeBytes }) => (codeBytes === undefined ? NONE : `${(codeBytes / 1024).toFixed(1)} KiB`),
  },
  { title: 'samples', text: ({ samples }) => String(samples) },
];

/** The lines of the table, at most `width` characters wide, without empty columns. */
export function hashRateTable(rates: readonly HashRate[], width: number): string[] {
  const columns = COLUMNS.map(({ title, text }) => [title, ...rates.map(text)]).filter(
    ([, ...cells]) => cells.length === 0 || cells.some((cell) => cell !== NONE),
  );
  const widths = columns.map((cells) => Math.max(...cells.map((cell) => cell.length)));
  let shown = columns.length;
  const lineLength = () => widths.slice(0, shown).reduce((sum, one) => sum + one + 2, -2);
  while (shown > LEAST_COLUMNS && lineLength() > width) shown -= 1;
  if (lineLength() > width) return narrowTable(rates, width);
  return Array.from({ length: rates.length + 1 }, (_, row) =>
    columns
      .slice(0, shown)
      .map((cells, column) => {
        const cell = cells[row]!;
        // Names are left-aligned, and numbers right-aligned.
        return column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
      })
      .join('  ')
      .trimEnd(),
  );
}

/** The rates with two lines each, for narrow terminals. */
function narrowTable(rates: readonly HashRate[], width: number): string[] {
  const [figure, indent] = ['M/CPU-s', ' '.repeat(9)];
  const lines = rates.flatMap((rate) => [
    `${millions(rate.hashesPerCpuSecond.median).padStart(figure.length)}  ${withVersions(rate.algorithm, rate.versions)}`,
    indent + byWhom(rate),
  ]);
  return [figure, ...lines].map((line) => line.slice(0, width));
}

/** Explains the figures of the table. */
export const HASH_RATE_METHOD =
  'The rates are millions of hashes of an 80-byte header per second of CPU time: medians of samples taken in turn. ' +
  '"scaling" is the rate relative to one thread if each thread has its own core.';

/** Describes the machine in a few lines. */
export function machineLines(machine: Machine): string[] {
  const { cpu, cores, node, operatingSystem, architecture, features, kernels, defaultThreads, qanto } =
    machine;
  const chosen = ALGORITHMS.map((algorithm) => `${algorithm} ${choiceText(machine.chosen[algorithm])}`);
  return [
    `qanto ${qanto} on ${cpu}`,
    `  ${cores} core${cores === 1 ? '' : 's'}, ${defaultThreads} used for hashing; Node ${node}, ${operatingSystem} ${architecture}`,
    `  features  ${features.join(' ') || 'none that a kernel uses'}`,
    `  kernels   ${kernels.join(' ')}`,
    `  selected  ${chosen.join(', ')}`,
  ];
}

/**
 * The machine and the rates of qanto on one thread as a single line, which a user can paste into an issue: the processor, and
 * for each hash function the kernel, the median and the spread. Returns `undefined` if there are no such rates.
 */
export function resultLine(
  { qanto, cpu, operatingSystem, architecture }: Machine,
  rates: readonly HashRate[],
): string | undefined {
  const own = rates.filter(({ name, threads }) => name === 'qanto' && threads === 1);
  if (own.length === 0) return undefined;
  const results = own.map(({ algorithm, versions, kernel, hashesPerCpuSecond: { median, p10, p90 } }) => {
    const subject = `${withVersions(algorithm, versions)} by ${kernel}`;
    return `${subject} ${millions(median)} (${millions(p10)} to ${millions(p90)})`;
  });
  const machine = `qanto ${qanto} on ${cpu}, ${operatingSystem} ${architecture}`;
  return `${machine}; MH/CPU-s on one thread, median (p10 to p90): ${results.join('; ')}`;
}

/** The subject of a row, such as `qanto avx512, 2 threads`. */
export function byWhom({ name, kernel, threads }: Pick<HashRate, 'name' | 'kernel' | 'threads'>): string {
  return `${name}${kernel ? ` ${kernel}` : ''}${threads > 1 ? `, ${threads} threads` : ''}`;
}

/** An algorithm with its number of versions, such as `sha256d, 4 versions`. */
export function withVersions(algorithm: string, versions: number): string {
  return versions > 1 ? `${algorithm}, ${versions} versions` : algorithm;
}

function millions(hashes: number): string {
  return digits(hashes / 1e6);
}

/** A number with three significant digits. */
function digits(value: number): string {
  return value < 1000 ? value.toPrecision(3) : Number(value.toPrecision(3)).toLocaleString('en-US');
}
