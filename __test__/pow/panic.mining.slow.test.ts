import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';

const run = promisify(execFile);
const root = path.resolve(__dirname, '../..');
const output = 'target/fault-injection';

/** The addon whose kernels panic on demand. A release does not contain them. */
let faultyBinary: string;

beforeAll(async () => {
  const build = ['scripts/build-native.mjs', '--features', 'fault-injection', '--output-dir', output];
  await run(process.execPath, build, { cwd: root });
  const binary = (await readdir(path.join(root, output))).find((name) => name.endsWith('.node'));
  faultyBinary = path.join(root, output, binary!);
}, 1_200_000);

/** The start of every script: templates that are solvable, endless, or panic as their marker says. */
const prelude = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { solvePow, verifyPow } from '${pathToFileURL(path.join(root, 'dist/index.mjs')).href}';
  const easy = {
    algorithm: 'sha256d', preimage: new Uint8Array(80).fill(7), nonce: { offset: 72, encoding: 'u64le' },
    target: 2n ** 256n / 5000n,
  };
  const faulty = (marker, overrides) => {
    const preimage = new Uint8Array(80);
    preimage.set(Buffer.from(marker));
    return { ...easy, preimage, ...overrides };
  };
  const endless = { target: 1n };
  const code = (job) => job.then(() => 'FOUND', (error) => error.code);
  const message = (job) => job.then(() => 'FOUND', (error) => error.message);
  const firstHit = (template) => {
    let nonce = 0n;
    while (!verifyPow(template, nonce)) nonce++;
    return nonce;
  };
  const poolThreads = () => readdirSync('/proc/self/task').filter((id) =>
    readFileSync('/proc/self/task/' + id + '/comm', 'utf8').startsWith('qanto-pow')).length;
`;

/** Runs a script in a new Node process, by default with the faulty addon. A crash or a hang fails the test. */
async function child(code: string, binary = faultyBinary): Promise<{ stdout: string; stderr: string }> {
  const script = `${prelude}\n${code}`;
  const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, QANTO_NATIVE_BINARY: binary },
    timeout: 60_000,
  });
  return { stdout: stdout.trim(), stderr: stderr.trim() };
}

describe('A kernel that panics', () => {
  test('rejects its job with ERR_QANTO_INTERNAL_PANIC, whose message has the cause and the location, and writes nothing', async () => {
    const { stdout, stderr } = await child(`console.log(await message(solvePow(faulty('fault:always;'))));`);
    expect(stdout).toMatch(/injected into batch 1 \(at .*fault\.rs:\d+:\d+\)$/);
    expect(stderr).toBe('');
  });

  test('rejects its job even if the panic has no message', async () => {
    const { stdout } = await child(`console.log(await code(solvePow(faulty('fault:mute;'))));`);
    expect(stdout).toBe('ERR_QANTO_INTERNAL_PANIC');
  });

  test('rejects its job after nine batches if it panics in the tenth', async () => {
    const { stdout } = await child(`
      const job = solvePow(faulty('fault:batch:10;', endless), { threads: 1 });
      console.log(await message(job));
    `);
    expect(stdout).toContain('injected into batch 10');
  });

  test('rejects its job if it panics on one of two threads, and both threads continue', async () => {
    const { stdout } = await child(`
      const panicked = await code(solvePow(faulty('fault:thread;', endless), { threads: 2 }));
      const { nonce } = await solvePow(easy, { threads: 2 });
      console.log(panicked, nonce === firstHit(easy), poolThreads());
    `);
    expect(stdout).toBe('ERR_QANTO_INTERNAL_PANIC true 2');
  });

  test('does not affect the solutions of concurrent and later jobs', async () => {
    const { stdout } = await child(`
      const others = Array.from({ length: 20 }, (_, index) => ({ ...easy, preimage: new Uint8Array(80).fill(index) }));
      const beside = others.map((template) => solvePow(template));
      const panicked = await Promise.all(others.map(() => code(solvePow(faulty('fault:always;')))));
      const after = others.map((template) => solvePow(template));
      const right = (await Promise.all([...beside, ...after])).filter(
        ({ nonce }, index) => nonce === firstHit(others[index % others.length]));
      console.log(panicked.filter((code) => code === 'ERR_QANTO_INTERNAL_PANIC').length, right.length);
    `);
    expect(stdout).toBe('20 40');
  });

  test('loses no thread if it panics a hundred times in a row', async () => {
    const { stdout } = await child(`
      await solvePow(easy);
      const before = poolThreads();
      let panics = 0;
      for (let round = 0; round < 100; round++) {
        if (await code(solvePow(faulty('fault:always;'))) === 'ERR_QANTO_INTERNAL_PANIC') panics++;
      }
      const { nonce } = await solvePow(easy);
      console.log(panics, poolThreads() - before, nonce === firstHit(easy));
    `);
    expect(stdout).toBe('100 0 true');
  });

  test('does not exist in a normal build, whatever the template starts with', async () => {
    const { stdout } = await child(
      `
      const template = faulty('fault:always;');
      console.log((await solvePow(template)).nonce === firstHit(template));
    `,
      '',
    );
    expect(stdout).toBe('true');
  });
});
