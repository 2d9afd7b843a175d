/** Tests processes with two copies of the library, or with a library that does not match the node. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execute, ROOT } from './install.ts';

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'qanto-copies-')));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Copies the build output of a package to the folder where a package manager would install it. */
function copyOf(name: 'qanto' | 'qanto-node', target: string, version?: string): string {
  const source = path.join(ROOT, name === 'qanto' ? '.' : 'npm/qanto-node');
  const copy = path.join(folder, target);
  mkdirSync(copy, { recursive: true });
  for (const part of name === 'qanto' ? ['dist'] : ['bin', 'dist']) {
    cpSync(path.join(source, part), path.join(copy, part), { recursive: true });
  }
  const manifest = JSON.parse(readFileSync(path.join(source, 'package.json'), 'utf8'));
  writeFileSync(
    path.join(copy, 'package.json'),
    JSON.stringify({ ...manifest, ...(version && { version }) }),
  );
  return copy;
}

/** Runs a program in the folder. Other packages that it needs are found among the packages of this checkout. */
function run(...args: string[]) {
  const env = { ...process.env, NODE_PATH: path.join(ROOT, 'node_modules') };
  return execute(process.execPath, args, { cwd: folder, env });
}

describe('Two copies of the library in a process', () => {
  const required = (...entries: string[]) =>
    run('-e', entries.map((entry) => `require(${JSON.stringify(path.join(folder, entry))});`).join(''));

  test('cause one warning, which contains both paths', () => {
    copyOf('qanto', 'one');
    copyOf('qanto', 'two');
    copyOf('qanto', 'three');
    const { code, output } = required('one/dist/dag', 'two/dist', 'three/dist/miner', 'one/dist');
    expect(code).toBe(0);
    expect(output.match(/QANTO_TWO_COPIES/g)).toHaveLength(1);
    expect(output).toContain(
      `${path.join(folder, 'one/dist')} (0.1.0) and ${path.join(folder, 'two/dist')} (0.1.0)`,
    );
  });

  test('cause no warning if all loaded entry points belong to one copy', () => {
    copyOf('qanto', 'one');
    const entries = ['', '/dag', '/miner', '/telemetry', '/testing', '/internal'];
    expect(required(...entries.map((entry) => `one/dist${entry}`))).toEqual({ code: 0, output: '' });
  });
});

describe('The node', () => {
  const NODE = 'node_modules/qanto-node';
  const node = () => run(path.join(NODE, 'bin/qanto.js'), '--version');

  test('starts with the library of its own version', () => {
    copyOf('qanto', 'node_modules/qanto');
    copyOf('qanto-node', NODE);
    expect(node()).toEqual({ code: 0, output: '0.1.0\n' });
  });

  test('refuses the library of another version, with a code and both paths', () => {
    const library = copyOf('qanto', 'node_modules/qanto', '0.0.9');
    const own = copyOf('qanto-node', NODE);
    const { code, output } = node();
    expect(code).toBe(1);
    expect(output).toMatch(/^error: .*\[ERR_QANTO_LIBRARY_VERSION\]\n$/);
    expect(output).toContain(
      `qanto-node 0.1.0 (${own}) needs qanto 0.1.0, but found qanto 0.0.9 (${library})`,
    );
    expect(output).toContain('npm install qanto@0.1.0 qanto-node@0.1.0');
  });

  test('refuses the library of another version, too, when a program imports the node', () => {
    copyOf('qanto', 'node_modules/qanto', '0.0.9');
    copyOf('qanto-node', NODE);
    const program = "try { require('qanto-node'); } catch ({ code }) { console.log(code); }";
    expect(run('-e', program)).toEqual({ code: 0, output: 'ERR_QANTO_LIBRARY_VERSION\n' });
  });

  test('reports a library that is not installed', () => {
    copyOf('qanto-node', NODE);
    // NODE_PATH is not set, because it would lead to the library of this checkout.
    const { code, output } = execute(process.execPath, [path.join(NODE, 'bin/qanto.js')], { cwd: folder });
    expect(code).toBe(1);
    expect(output).toMatch(
      /^error: .*needs the package qanto, which is not installed.*\[ERR_QANTO_LIBRARY_MISSING\]\n$/,
    );
  });

  test('prints the build command in a clone that is not built', () => {
    copyOf('qanto', 'node_modules/qanto');
    const own = copyOf('qanto-node', NODE);
    rmSync(path.join(own, 'dist'), { recursive: true });
    expect(node()).toEqual({ code: 1, output: 'error: qanto is not built; run "npm run build"\n' });
  });
});
