import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path, { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SqliteStore } from '../../../ts/dag/index.ts';
import { nodeOf } from '../../package/install.ts';
import { storedBlock, temporaryDirectory } from './support.ts';

const run = promisify(execFile);
const dist = pathToFileURL(path.resolve('dist/dag/index.mjs')).href;
const identity = { network: 'test', genesis: 'aa'.repeat(32) };
const testOnLinux = process.platform === 'linux' ? test : test.skip;

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory.remove());

/** Runs a program with a store in a separate Node process, which must exit by itself. */
async function child(code: string, node = process.execPath) {
  const program = `
    import { SqliteStore } from '${dist}';
    import { Worker } from 'node:worker_threads';
    const directory = ${JSON.stringify(directory.path)};
    const identity = ${JSON.stringify(identity)};
    const block = (number) => ({
      hash: number.toString(16).padStart(64, '0'), head: new Uint8Array(200), body: new Uint8Array(1000) });
    const store = new SqliteStore(directory);
    ${code}`;
  const options = { timeout: 60_000 };
  return run(node, ['--input-type=module', '-e', program], options).then(
    ({ stdout, stderr }) => ({ code: 0, signal: null, stdout: stdout.trim(), stderr }),
    ({ code, signal, stdout, stderr }) => ({ code, signal, stdout: stdout.trim(), stderr }),
  );
}

/** The number of blocks that the store holds, after verifying all of them. */
async function soundBlocks(): Promise<number> {
  const store = new SqliteStore(directory.path);
  await store.open(identity);
  await store.verify();
  const { size } = store;
  await store.close();
  return size;
}

describe('A process with an open store', () => {
  test('exits by itself when no call is pending', async () => {
    const ended = await child('await store.open(identity); await store.append([block(1)]);');
    expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(await soundBlocks()).toBe(1);
  });

  test('waits for pending writes', async () => {
    const ended = await child(`
      await store.open(identity);
      for (let number = 0; number < 50; number++) store.append([block(number)]).then(() => console.log(number));`);
    expect(ended.stdout.split('\n')).toHaveLength(50);
    expect(await soundBlocks()).toBe(50);
  });

  test('exits at once during transactions, and loses no acknowledged block', async () => {
    const ended = await child(`
      await store.open(identity);
      let acknowledged = 0;
      for (let number = 0; number < 5000; number++) {
        store.append([block(number)]).then(() => {
          acknowledged += 1;
          if (acknowledged === 20) { console.log(acknowledged); process.exit(7); }
        });
        if (number % 5 === 0) await new Promise(setImmediate);
      }`);
    expect(ended).toMatchObject({ code: 7, signal: null, stdout: '20' });
    expect(await soundBlocks()).toBeGreaterThanOrEqual(20);
  });

  test('continues if a worker with an open store is terminated, and can open that store itself', async () => {
    const worker = `
      const { SqliteStore } = await import('${dist}');
      const { parentPort } = await import('node:worker_threads');
      const block = (number) => ({
        hash: number.toString(16).padStart(64, '0'), head: new Uint8Array(200), body: new Uint8Array(1000) });
      const store = new SqliteStore(${JSON.stringify(directory.path)});
      await store.open(${JSON.stringify(identity)});
      for (let number = store.size; ; number++) {
        await store.append([block(number)]);
        if (number % 10 === 9) parentPort.postMessage(number);
      }`;
    const ended = await child(`
      for (let round = 0; round < 20; round++) {
        const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(worker)})));
        const number = await new Promise((resolve, reject) => {
          worker.once('message', resolve).once('error', reject);
        });
        await worker.terminate();
        await store.open(identity);
        if (store.size <= number) throw new Error('lost');
        await store.close();
      }
      console.log('done');`);
    expect(ended).toMatchObject({ code: 0, signal: null, stdout: 'done', stderr: '' });
  });

  testOnLinux.each([22, 24])(
    'uses its own SQLite while node:sqlite uses that of Node %d',
    async (major) => {
      const code = `
        await store.open(identity);
        const { DatabaseSync } = await import('node:sqlite');
        const database = new DatabaseSync(':memory:');
        database.exec('CREATE TABLE numbers (number INTEGER)');
        const insert = database.prepare('INSERT INTO numbers VALUES (?)');
        for (let number = 0; number < 300; number++) {
          const appended = store.append([block(number)]);
          insert.run(number);
          await appended;
        }
        // The addon's SQLite is compiled without JSON functions.
        const { total } = database.prepare("SELECT sum(number) + json_extract('[1]', '$[0]') AS total FROM numbers").get();
        await store.verify();
        console.log(total, store.size);
        await store.close();
        database.close();`;
      const ended = await child(code, join(nodeOf(major), 'node'));
      expect(ended).toMatchObject({ code: 0, signal: null, stdout: '44851 300' });
    },
    300_000,
  );

  testOnLinux('loads an addon that exports no functions of SQLite', () => {
    const binary = execFileSync('find', ['crates/qanto-napi', '-name', 'qanto.*.node'], { encoding: 'utf8' });
    for (const file of binary.trim().split('\n')) {
      const symbols = execFileSync('nm', ['-D', file], { encoding: 'utf8' });
      expect(symbols).toContain('napi_register_module_v1');
      expect(symbols).not.toContain('sqlite3');
    }
  });
});

test('A store holds the blocks that were appended before another process opened it', async () => {
  const store = new SqliteStore(directory.path);
  await store.open(identity);
  await store.append([storedBlock(1)]);
  await store.close();
  const ended = await child('await store.open(identity); console.log(store.size); await store.close();');
  expect(ended.stdout).toBe('1');
});

const canUnshare = spawnSync('unshare', ['-rpf', 'true'], { stdio: 'ignore' }).status === 0;
(canUnshare ? test : test.skip)(
  'A store in a container refuses another container that shares the directory',
  async () => {
    // Each process is the first one in its namespace, so both have the id 1.
    const start = () =>
      spawn('unshare', ['-rpf', process.execPath, '__test__/dag/store/holder.mjs', directory.path], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
    const first = start();
    try {
      const [open] = await once(first.stdout, 'data');
      expect(String(open).trim()).toBe('open');
      const other = start();
      const [refused] = await once(other.stdout, 'data');
      expect(JSON.parse(String(refused))).toMatchObject({
        code: 'ERR_QANTO_STORE_LOCKED',
        pid: 1,
        message: expect.stringContaining('process 1 of another container'),
      });
      other.stdin.end();
    } finally {
      first.stdin.end();
      await once(first, 'exit');
    }
  },
);
