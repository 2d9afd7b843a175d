import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { DOCUMENTS } from './blocks.ts';

/** Jest runs in the project's root. */
const readme = readFileSync('README.md', 'utf8');
const [beforeFigures, figures, afterFigures] = readme.split(/<!-- figures: (?:begin[^\n]*|end) -->/);
const performance = existsSync('docs/performance.md') ? readFileSync('docs/performance.md', 'utf8') : '';

const cellsOf = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** The rows of tables, without their headers. */
function rowsOf(markdown: string): string[][] {
  const lines = markdown.split('\n').filter((line) => line.startsWith('|'));
  return lines
    .filter((_, i) => !/^\| -/.test(lines[i] ?? '') && !/^\| -/.test(lines[i + 1] ?? ''))
    .map(cellsOf);
}

/** The first row with this name in a table of docs/performance.md, and the names of the columns. */
function measured(section: string, name: string | RegExp): { columns: string[]; row: string[] } {
  const [, body = ''] = performance.split(`\n## ${section}\n`);
  const table = body.split('\n## ')[0]!;
  const columns = cellsOf(/^\|.*$/m.exec(table)?.[0] ?? '');
  const isCalled = (found = '') => (typeof name === 'string' ? found === name : name.test(found));
  return { columns, row: rowsOf(table).find(([found]) => isCalled(found)) ?? [] };
}

describe('The figures of README.md', () => {
  test('are in docs/performance.md, in the same tables and columns', () => {
    const unfound = rowsOf(figures!).filter(([section, name, figure, samples]) => {
      const { columns, row } = measured(section!, name!);
      const [statistic, value, unit = ''] = figure!.split(' ');
      const isQuoted =
        row[columns.indexOf(statistic!)] === value && row[1] === unit && row.at(-1) === samples;
      return !isQuoted;
    });
    expect(unfound).toEqual([]);
  });

  test('exist if docs/performance.md exists', () => {
    expect(rowsOf(figures!).length > 0).toBe(performance !== '');
  });

  test('do not appear in other places of README.md', () => {
    expect(`${beforeFigures}${afterFigures}`).not.toMatch(
      /\d ?(k|M|G)?H\/(CPU-)?s|\d ?hashes (a|per) second/,
    );
  });
});

describe('The table of times in README.md', () => {
  const [, times = ''] = readme.split(/<!-- times: (?:begin[^\n]*|end) -->/);
  const SECONDS: Readonly<Record<string, number>> = { ms: 1e-3, s: 1, min: 60 };
  /** The kernel that the machine of docs/performance.md selects for a hash function. */
  const selected = (algorithm: string) =>
    new RegExp(`^- kernels: .*; selected: .*\\b${algorithm} ([\\w-]+) \\(`, 'm').exec(performance)?.[1];
  /** The columns after the number of hashes and the target: the row of the rate, and the number of threads. */
  const RATES = [
    [`sha256d qanto ${selected('sha256d')}`, 1],
    [`sha256d qanto ${selected('sha256d')}, 2 threads`, 2],
    ['sha256d qanto portable', 1],
    [`blake3 qanto ${selected('blake3')}`, 1],
    [`blake3 qanto ${selected('blake3')}, 2 threads`, 2],
  ] as const;

  test('has the target that takes each number of hashes on average', () => {
    const pairs = rowsOf(times).map(([hashes, target]) => [
      Number(/^2\^(\d+)$/.exec(hashes!)![1]),
      Number(/^`2n \*\* (\d+)n`$/.exec(target!)![1]),
    ]);
    expect(pairs).toEqual([20, 24, 28, 32].map((exponent) => [exponent, 256 - exponent]));
  });

  test('has times that are numbers of hashes divided by the median hash rates of docs/performance.md', () => {
    for (const [hashes, , ...cells] of rowsOf(times)) {
      for (const [i, [name, threads]] of RATES.entries()) {
        const { columns, row } = measured('Hash rates', name);
        const rate = Number(row[columns.indexOf('median')]) * 1e6 * threads;
        const [time, unit] = cells[i]!.split(' ');
        const expected = 2 ** Number(hashes!.slice(2)) / rate;
        expect(Math.abs((Number(time) * SECONDS[unit!]!) / expected - 1)).toBeLessThan(0.05);
      }
    }
  });
});

test('Every file that a document links to exists', () => {
  const others = ['SECURITY.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'docs/store.md', 'docs/tools.md'];
  const documents = [...DOCUMENTS, ...others];
  const links = documents.flatMap((document) => {
    const folder = new URL(document, 'file:///');
    const targets = [...readFileSync(document, 'utf8').matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)];
    return targets
      .map(([, target]) => new URL(target!, folder))
      .filter(({ protocol }) => protocol === 'file:');
  });
  expect(links.length).toBeGreaterThan(30);
  expect(links.map(({ pathname }) => pathname.slice(1)).filter((path) => !existsSync(path))).toEqual([]);
});
