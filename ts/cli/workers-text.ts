/** The workers of a Stratum server as a table, or one below the other where a table does not fit. */
import type { StratumStatus, WorkerStatus } from 'qanto/stratum';
import { fitted } from './fit.ts';
import { counted, difficultyText, duration, withPrefix } from './units.ts';

const ADDRESS = /^[0-9a-f]{64}/;
/** Digits that are kept at each end of a shortened address. */
const KEPT_DIGITS = 6;

/** `columns` is the width of the terminal, or Infinity if the output is not a terminal. */
export function workersText(status: StratumStatus, columns: number, ellipsis: string): string {
  const { workers, workerCount } = status;
  if (workers.length === 0) return 'No worker has logged in yet.';
  const rest = workerCount - workers.length;
  const more = rest > 0 ? [fitted(`${counted(rest)} more; --count shows them`, columns, ellipsis)] : [];
  const rows = workers.map(fieldsOf);
  return [...(tableThatFits(rows, columns, ellipsis) ?? [listOf(rows, columns, ellipsis)]), ...more].join(
    '\n',
  );
}

type Fields = Readonly<Record<string, string>>;

function fieldsOf(worker: WorkerStatus): Fields {
  const { refused, hashesPerSecond, lastShareAgeMs, bestShare } = worker;
  const { 'stale-job': stale, ...others } = refused;
  const rejected = Object.values(others).reduce((sum, count) => sum + count, 0);
  return {
    worker: worker.name,
    accepted: counted(worker.accepted),
    rejected: counted(rejected),
    stale: counted(stale),
    '1 min': withPrefix(hashesPerSecond.minute, 'H/s'),
    '5 min': withPrefix(hashesPerSecond.fiveMinutes, 'H/s'),
    '60 min': withPrefix(hashesPerSecond.hour, 'H/s'),
    'last share': lastShareAgeMs === undefined ? 'never' : `${duration(lastShareAgeMs)} ago`,
    'best share': difficultyText(bestShare),
  };
}

/** The lines of a table, with shortened addresses if they do not fit otherwise. Undefined if they do not fit at all. */
function tableThatFits(rows: readonly Fields[], columns: number, ellipsis: string): string[] | undefined {
  const shortened = rows.map((row) => ({ ...row, worker: shortName(row['worker']!, ellipsis) }));
  return [rows, shortened].map(tableOf).find((lines) => lines.every(({ length }) => length <= columns));
}

function tableOf(rows: readonly Fields[]): string[] {
  const names = Object.keys(rows[0]!);
  const cells = [names, ...rows.map((row) => names.map((name) => row[name]!))];
  const widths = names.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  return cells.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  '),
  );
}

/** The fields of each worker on lines of their own. */
function listOf(rows: readonly Fields[], columns: number, ellipsis: string): string {
  return rows
    .map(({ worker, ...fields }) => {
      const lines = Object.entries(fields).map(([name, value]) => `  ${name.padEnd(10)}  ${value}`);
      return fitted([worker!, ...lines].join('\n'), columns, ellipsis);
    })
    .join('\n\n');
}

function shortName(name: string, ellipsis: string): string {
  return name.replace(ADDRESS, (hex) => hex.slice(0, KEPT_DIGITS) + ellipsis + hex.slice(-KEPT_DIGITS));
}
