import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { execute, ROOT } from './package/install.ts';

test('the public surface is what docs/api says', () => {
  const result = execute(process.execPath, ['scripts/api-report.mjs', '--check'], { cwd: ROOT });
  expect(result).toEqual({ code: 0, output: '' });
});

test('every public name is documented, and typedoc has nothing to warn of', () => {
  // Some links are followed only when pages are written.
  const typedoc = ['node_modules/typedoc/bin/typedoc', '--out', 'target/docs', '--logLevel', 'Warn'];
  expect(execute(process.execPath, typedoc, { cwd: ROOT })).toEqual({ code: 0, output: '' });
});

test('what docs/api says is of every entry point', () => {
  const { exports } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8'));
  const entries = Object.keys(exports).filter((path) => exports[path].types !== undefined);
  expect(entries.sort()).toEqual(['.', './dag', './telemetry', './testing']);
  for (const entry of entries) {
    const name = entry === '.' ? 'qanto' : `qanto-${entry.slice(2)}`;
    expect(readFileSync(`${ROOT}/docs/api/${name}.api.md`, 'utf8')).toContain('export ');
  }
});
