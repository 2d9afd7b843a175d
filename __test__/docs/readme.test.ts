import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

/** Jest runs in the project's root. */
const readme = readFileSync('README.md', 'utf8');
const [beforeFigures, figures, afterFigures] = readme.split(/<!-- figures: (?:begin[^\n]*|end) -->/);
const performance = existsSync('docs/performance.md') ? readFileSync('docs/performance.md', 'utf8') : '';

const cellsOf = (line: string) =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** Rows below the headers of tables. */
function rowsOf(markdown: string): string[][] {
  const lines = markdown.split('\n').filter((line) => line.startsWith('|'));
  return lines
    .filter((_, i) => !/^\| -/.test(lines[i] ?? '') && !/^\| -/.test(lines[i + 1] ?? ''))
    .map(cellsOf);
}

describe('the figures of README.md', () => {
  test('are those of docs/performance.md, in their tables and columns', () => {
    const unfound = rowsOf(figures!).filter(([section, name, figure, samples]) => {
      const [, body = ''] = performance.split(`\n## ${section}\n`);
      const table = body.split('\n## ')[0]!;
      const columns = cellsOf(/^\|.*$/m.exec(table)?.[0] ?? '');
      const [statistic, value, unit = ''] = figure!.split(' ');
      const row = rowsOf(table).find((cells) => cells[0] === name) ?? [];
      const isQuoted =
        row[columns.indexOf(statistic!)] === value && row[1] === unit && row.at(-1) === samples;
      return !isQuoted;
    });
    expect(unfound).toEqual([]);
  });

  test('are there when there is something to quote', () => {
    expect(rowsOf(figures!).length > 0).toBe(performance !== '');
  });

  test('stand nowhere else in it', () => {
    expect(`${beforeFigures}${afterFigures}`).not.toMatch(
      /\d ?(k|M|G)?H\/(CPU-)?s|\d ?hashes (a|per) second/,
    );
  });
});

test('every file that a document links to is there', () => {
  const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'ARCHITECTURE.md', 'CHANGELOG.md'].concat(
    ['embedding', 'metrics', 'operating', 'protocol', 'security', 'telemetry'].map(
      (name) => `docs/${name}.md`,
    ),
    'flamegraphs/README.md',
    'npm/qanto-node/README.md',
  );
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
