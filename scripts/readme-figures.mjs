#!/usr/bin/env node
// Writes two tables of README.md from docs/performance.md: rows that it copies word for word, and the time that targets
// take, which it computes from hash rates.   npm run performance runs it last.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { withSection } from './generated-section.mjs';

const SOURCE = 'docs/performance.md';

/** Which rows of which table are copied, and which of their columns. */
const HEADLINES = [
  { section: 'Hash rates', name: /^(sha256d|sha256|blake3)(, 16 versions)? qanto \S+$/, value: 'median' },
  { section: 'Cancellation latency', name: /^sha256d, .*, to the rejection$/, value: 'p99' },
  { section: 'Event loop while mining', name: /./, value: 'p99' },
  { section: 'Time outside hashing', name: /./, value: 'median' },
];

/** Expected hashes of the table of times, as powers of 2. */
const EXPONENTS = [20, 24, 28, 32];
/** The columns of the table of times: which rate, on how many threads. The kernel is the selected one if the name allows several. */
const RATES = [
  { head: '`sha256d`, 1 thread', name: /^sha256d qanto [^\s,]+$/, threads: 1 },
  { head: '`sha256d`, 2 threads', name: /^sha256d qanto [^\s,]+, 2 threads$/, threads: 2 },
  {
    head: '`sha256d`, 1 thread, `portable`',
    name: /^sha256d qanto portable$/,
    threads: 1,
    isOfAnyKernel: true,
  },
  { head: '`blake3`, 1 thread', name: /^blake3 qanto [^\s,]+$/, threads: 1 },
  { head: '`blake3`, 2 threads', name: /^blake3 qanto [^\s,]+, 2 threads$/, threads: 2 },
];

/** Rows of the tables below `## section`, as objects by column. */
function rowsOf(markdown, section) {
  const [, body] = markdown.split(`\n## ${section}\n`);
  if (body === undefined) throw new Error(`${SOURCE} has no section "${section}"`);
  const lines = body
    .split('\n## ')[0]
    .split('\n')
    .filter((line) => line.startsWith('|'));
  const [header, , ...rows] = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return rows.map((cells) => Object.fromEntries(cells.map((cell, i) => [header[i] || 'name', cell])));
}

/** Returns whether a row is of the kernel that was selected for its algorithm, or of no kernel at all. */
function selectedIn(markdown) {
  const [, list] = /^- kernels: .*; selected: (.*)$/m.exec(markdown);
  const selected = Object.fromEntries(
    Array.from(list.matchAll(/(\w+) ([\w-]+) \(/g), ([, algorithm, kernel]) => [algorithm, kernel]),
  );
  return ({ name }) => {
    const kernel = / qanto ([^\s,]+)/.exec(name)?.[1];
    return kernel === undefined || kernel === selected[/^\w+/.exec(name)[0]];
  };
}

function figures(markdown) {
  const isSelected = selectedIn(markdown);
  const rows = HEADLINES.flatMap(({ section, name, value }) =>
    rowsOf(markdown, section)
      .filter((row) => name.test(row.name) && isSelected(row))
      .map(
        (row) =>
          `| ${section} | ${row.name} | ${`${value} ${row[value]} ${row.unit}`.trim()} | ${row.samples} |\n`,
      ),
  );
  const processor = /^- processor: (.*)$/m.exec(markdown)?.[1];
  const head = '| table | row | figure | samples |\n| --- | --- | --: | --: |\n';
  return `These figures were measured on one ${processor}. [docs/performance.md](${SOURCE}) has their methods and spreads.\n\n${head}${rows.join('')}`;
}

/** Two significant digits, in the unit that a person would use. */
function duration(seconds) {
  if (seconds < 1) return `${Number((seconds * 1000).toPrecision(2))} ms`;
  if (seconds < 100) return `${Number(seconds.toPrecision(2))} s`;
  return `${Number((seconds / 60).toPrecision(2))} min`;
}

/** The mean time of a search: expected hashes, divided by the rate of one thread times the number of threads. */
function times(markdown) {
  const isSelected = selectedIn(markdown);
  const rates = RATES.map(({ name, threads, isOfAnyKernel = false }) => {
    const row = rowsOf(markdown, 'Hash rates').find(
      (candidate) => name.test(candidate.name) && (isOfAnyKernel || isSelected(candidate)),
    );
    if (row?.unit !== 'MH/CPU-s') throw new Error(`${SOURCE} has no rate in MH/CPU-s for ${name}`);
    return Number(row.median) * 1e6 * threads;
  });
  const rows = EXPONENTS.map((exponent) => {
    const cells = rates.map((rate) => duration(2 ** exponent / rate));
    return `| 2^${exponent} | \`2n ** ${256 - exponent}n\` | ${cells.join(' | ')} |\n`;
  });
  const head = ['expected hashes', 'target', ...RATES.map((rate) => rate.head)].join(' | ');
  return `| ${head} |\n| --- | --- |${' --: |'.repeat(RATES.length)}\n${rows.join('')}`;
}

const markdown = existsSync(SOURCE) ? readFileSync(SOURCE, 'utf8') : undefined;
let readme = readFileSync('README.md', 'utf8');
for (const [name, write] of Object.entries({ figures, times })) {
  readme = withSection(readme, name, markdown === undefined ? '' : write(markdown));
}
writeFileSync('README.md', readme);
