import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { execute, ROOT } from './package/install.ts';

test('The files in docs/api match the public API', () => {
  const result = execute(process.execPath, ['scripts/api-report.mjs', '--check'], { cwd: ROOT });
  expect(result).toEqual({ code: 0, output: '' });
});

test('Every public name is documented, and typedoc prints no warnings', () => {
  // typedoc checks some links only when it writes pages.
  const typedoc = ['node_modules/typedoc/bin/typedoc', '--out', 'target/docs', '--logLevel', 'Warn'];
  expect(execute(process.execPath, typedoc, { cwd: ROOT })).toEqual({ code: 0, output: '' });
});

test('The folder docs/api has a file for every entry point', () => {
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
    'qanto-formats',
    'qanto-gate',
    'qanto-miner',
    'qanto-proofs',
    'qanto-stratum',
    'qanto-telemetry',
    'qanto-testing',
    'qanto-node',
  ]);
  for (const name of entries) {
    expect(readFileSync(`${ROOT}/docs/api/${name}.api.md`, 'utf8')).toContain('export ');
  }
});
