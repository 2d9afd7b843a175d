import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

/** Jest runs in the project's root. */
const tools = readFileSync('docs/tools.md', 'utf8');
const versions = readFileSync('scripts/matrix/versions.mjs', 'utf8');

/** Packages that accompany a tool, and that the table does not name. */
const COMPANIONS =
  /'(webpack-cli|@types\/node|@babel\/preset-env|@rollup\/plugin-[\w-]+|react|react-dom|postject|winston|prom-client)'|\b(react|postject|winston): /;

test('The document names every version that the matrix uses', () => {
  const named = versions
    .replace(/'[@\w/-]+': '[\d.a-z-]+'|\b[\w-]+: '[\d.a-z-]+'/g, (entry) =>
      COMPANIONS.test(entry) ? '' : entry,
    )
    .matchAll(/'(\d+\.\d+\.\d+)'/g);
  const expected = [...new Set([...named].map(([, version]) => version!))];
  expect(expected.length).toBeGreaterThan(20);
  expect(expected.filter((version) => !tools.includes(version))).toEqual([]);
});

test('The document names no version of a tool that the matrix does not use', () => {
  const written = [...tools.matchAll(/\b\d+\.\d+\.\d+\b/g)].map(([version]) => version);
  expect(written.length).toBeGreaterThan(20);
  expect(written.filter((version) => !versions.includes(`'${version}'`))).toEqual([]);
});
