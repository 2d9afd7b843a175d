import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { resolveConfig } from '../../ts/config/index.ts';
import { runHere } from './in-process.ts';

let folder: string;
let out: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'qanto-init-'));
  out = path.join(folder, 'q.json');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const resolved = () => resolveConfig({ file: out, variables: {}, cwd: folder });

test('The file that qanto init writes resolves to the defaults', async () => {
  const { code, stdout } = await runHere('init', '--out', out);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(`--config ${out}`) });
  expect((await resolved()).config).toEqual(
    (await resolveConfig({ file: false, variables: {}, cwd: folder })).config,
  );
});

test('A flag of qanto init sets its key in the file', async () => {
  const { stdout } = await runHere('init', '--out', out, '--network', 'regtest', '--threads', '3', '--json');
  expect((await resolved()).config).toMatchObject({ network: 'regtest', miner: { threads: 3 } });
  expect(JSON.parse(stdout)).toEqual({ file: out, set: { network: 'regtest', 'miner.threads': 3 } });
});

test('The data directory in the file is the directory that the flag names', async () => {
  const dataDir = path.relative(process.cwd(), path.join(folder, 'chains', 'one'));
  await runHere('init', '--out', out, '--data-dir', dataDir);
  expect(readFileSync(out, 'utf8')).toContain(`"dataDir": ${JSON.stringify(path.join('chains', 'one'))},`);
  expect((await resolved()).config.dataDir).toBe(path.resolve(dataDir));
});

test('An existing file is not changed without --force', async () => {
  writeFileSync(out, '{}');
  const { code, error } = await runHere('init', '--out', out);
  expect({ code, error }).toMatchObject({
    code: 2,
    error: { code: 'ERR_QANTO_INVALID_ARGUMENT', value: out },
  });
  expect(readFileSync(out, 'utf8')).toBe('{}');
});

test('An existing file is overwritten with --force', async () => {
  writeFileSync(out, '{}');
  const { code } = await runHere('init', '--out', out, '--force');
  expect(code).toBe(0);
  expect(readFileSync(out, 'utf8')).toContain('"network"');
});

test('An invalid value is rejected, and no file is written', async () => {
  const { code, error } = await runHere('init', '--out', out, '--threads', '0');
  expect({ code, error }).toMatchObject({
    code: 2,
    error: { code: 'ERR_QANTO_INVALID_CONFIG', key: 'miner.threads' },
  });
  expect(existsSync(out)).toBe(false);
});

test.each([
  ['A directory', () => folder, /EISDIR/],
  ['A path in a directory that does not exist', () => path.join(folder, 'none', 'q.json'), /ENOENT/],
])('%s is rejected as the path of the file', async (_what, where, reason) => {
  mkdirSync(path.join(folder, 'sub'));
  const { code, error } = await runHere('init', '--out', where(), '--force');
  expect({ code, error }).toMatchObject({ code: 2, error: { message: expect.stringMatching(reason) } });
});
