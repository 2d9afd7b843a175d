import { execFile } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';

const run = promisify(execFile);
const pow = pathToFileURL(path.resolve(__dirname, '../../dist/index.mjs')).href;

/** The start of every script: an endless job, and a count of the pool's threads. */
const prelude = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { Worker, isMainThread, parentPort, threadId } from 'node:worker_threads';
  import { solvePow } from '${pow}';
  const preimage = new Uint8Array(80);
  const easy = { algorithm: 'sha256d', preimage, nonce: { offset: 76, encoding: 'u32le' }, target: 2n ** 256n / 1000n };
  const endless = { ...easy, nonce: { offset: 72, encoding: 'u64le' }, target: 1n };
  const hashing = (options) => new Promise((resolve) => {
    solvePow(endless, { ...options, onProgress: resolve }).catch(() => {});
  });
  const poolThreads = () => readdirSync('/proc/self/task').filter((id) =>
    readFileSync('/proc/self/task/' + id + '/comm', 'utf8').startsWith('qanto-pow')).length;
  /** The threads of a worker end shortly after its exit event. If they do not, the process is ended. */
  const poolThreadsEnd = async () => {
    while (poolThreads() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  const worker = (code) => new Worker(new URL('data:text/javascript,' + encodeURIComponent(prelude + code)));
`;

/** Runs a script in a new Node process and resolves to its result. A crash or a hang fails the test. */
async function child(code: string): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const script = `${prelude}\nconst prelude = ${JSON.stringify(prelude)};\n${code}`;
  try {
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 60_000,
    });
    return { exitCode: 0, stdout: stdout.trim(), stderr };
  } catch (error) {
    const failed = error as { code: number | null; signal: string | null; stdout: string; stderr: string };
    if (failed.signal) throw new Error(`the child was ended by ${failed.signal}: ${failed.stderr}`);
    return { exitCode: failed.code ?? -1, stdout: failed.stdout.trim(), stderr: failed.stderr };
  }
}

describe('A process with running jobs', () => {
  test('stays alive until they have settled, and no longer', async () => {
    const { stdout, exitCode } = await child(`
      solvePow(endless, { timeoutMs: 300 }).catch((error) => console.log(error.code));
    `);
    expect({ stdout, exitCode }).toEqual({ stdout: 'ERR_QANTO_TIMED_OUT', exitCode: 0 });
  });

  test('exits with the code of process.exit()', async () => {
    const { exitCode } = await child(`
      await Promise.all([hashing(), hashing(), hashing()]);
      process.exit(7);
    `);
    expect(exitCode).toBe(7);
  });

  test('exits on an uncaught exception as it does without jobs', async () => {
    const { exitCode, stderr } = await child(`
      await hashing();
      setImmediate(() => { throw new Error('on purpose'); });
    `);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('on purpose');
  });

  test('exits with the code of process.exit() in the same tick in which a job is submitted', async () => {
    const { exitCode } = await child('solvePow(endless); process.exit(3);');
    expect(exitCode).toBe(3);
  });
});

describe('A worker with running jobs', () => {
  test('stops its jobs and their threads when it is terminated', async () => {
    const { stdout } = await child(`
      const w = worker("await hashing(); parentPort.postMessage(poolThreads()); setInterval(() => {}, 1000);");
      const during = await new Promise((resolve) => w.on('message', resolve));
      await w.terminate();
      await poolThreadsEnd();
      console.log(during > 0);
    `);
    expect(stdout).toBe('true');
  });

  test('stops its jobs and their threads when it calls process.exit()', async () => {
    const { stdout } = await child(`
      const w = worker("await hashing(); process.exit(5);");
      const code = await new Promise((resolve) => w.on('exit', resolve));
      await poolThreadsEnd();
      console.log(code);
    `);
    expect(stdout).toBe('5');
  });

  test('can be terminated together with nine others while the main thread has jobs', async () => {
    const { stdout } = await child(`
      const controller = new AbortController();
      await hashing({ signal: controller.signal });
      const workers = Array.from({ length: 10 }, () =>
        worker("await Promise.all([hashing(), hashing()]); parentPort.postMessage('up'); setInterval(() => {}, 1000);"));
      await Promise.all(workers.map((w) => new Promise((resolve) => w.on('message', resolve))));
      await Promise.all(workers.map((w) => w.terminate()));
      const { nonce } = await solvePow(easy);
      controller.abort();
      console.log(typeof nonce, poolThreads() > 0);
    `);
    expect(stdout).toBe('bigint true');
  });

  test('can exit 200 times in a row after solving one job and leaving another', async () => {
    const { stdout } = await child(`
      let solved = 0;
      for (let round = 0; round < 200; round++) {
        const w = worker("solvePow(endless).catch(() => {}); await solvePow(easy); parentPort.postMessage('solved'); process.exit();");
        w.on('message', () => solved++);
        await new Promise((resolve, reject) => w.on('exit', resolve).on('error', reject));
      }
      await poolThreadsEnd();
      console.log(solved);
    `);
    expect(stdout).toBe('200');
  });
});
