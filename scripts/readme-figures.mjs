#!/usr/bin/env node
// Writes the figures of README.md: some rows of docs/performance.md, word by word.   npm run performance does it last.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { withSection } from './generated-section.mjs';

const SOURCE = 'docs/performance.md';

/** Which rows of which table, and which of their columns. */
const HEADLINES = [
  { section: 'Hash rates', name: /^(sha256d|sha256|blake3)(, 16 versions)? qanto \S+$/, value: 'median' },
  { section: 'Cancellation latency', name: /^sha256d, .*, to the rejection$/, value: 'p99' },
  { section: 'Event loop while mining', name: /./, value: 'p99' },
  { section: 'Time outside hashing', name: /./, value: 'median' },
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

/** The first of the rows of an algorithm is that of the kernel which is used. */
function firstOfEach(rows) {
  const subject = ({ name }) => name.replace(/ qanto \S+$/, '');
  return rows.filter((row, i) => rows.findIndex((other) => subject(other) === subject(row)) === i);
}

function figures(markdown) {
  const rows = HEADLINES.flatMap(({ section, name, value }) =>
    firstOfEach(rowsOf(markdown, section).filter((row) => name.test(row.name))).map(
      (row) =>
        `| ${section} | ${row.name} | ${`${value} ${row[value]} ${row.unit}`.trim()} | ${row.samples} |\n`,
    ),
  );
  const processor = /^- processor: (.*)$/m.exec(markdown)?.[1];
  const head = '| table | row | figure | samples |\n| --- | --- | --: | --: |\n';
  return `From [docs/performance.md](${SOURCE}), which has the method and the spread of each, measured on one ${processor}.\n\n${head}${rows.join('')}`;
}

const body = existsSync(SOURCE) ? figures(readFileSync(SOURCE, 'utf8')) : '';
writeFileSync('README.md', withSection(readFileSync('README.md', 'utf8'), 'figures', body));
