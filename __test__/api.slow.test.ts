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
  const names = (folder: string, name: string) => {
    const { exports } = JSON.parse(readFileSync(`${ROOT}/${folder}/package.json`, 'utf8'));
    return Object.keys(exports)
      .filter((path) => exports[path].require !== undefined && path !== './internal')
      .map((path) => (path === '.' ? name : `${name}-${path.slice(2)}`));
  };
  const entries = [...names('.', 'qanto'), ...names('npm/qanto-node', 'qanto-node')];
  expect(entries).toEqual([
    'qanto',
    'qanto-dag',
    'qanto-miner',
    'qanto-telemetry',
    'qanto-testing',
    'qanto-node',
  ]);
  for (const name of entries) {
    expect(readFileSync(`${ROOT}/docs/api/${name}.api.md`, 'utf8')).toContain('export ');
  }
});
