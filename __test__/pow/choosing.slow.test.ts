/** A process measures its kernels once, so each test starts a new one. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { availableKernels } from '../../ts/pow/index.ts';
import { execute, ROOT } from '../package/install.ts';

const qanto = pathToFileURL(path.join(ROOT, 'dist', 'index.mjs')).href;
const PRELUDE = `import { chooseKernel, solvePow } from '${qanto}';
  import { Worker } from 'node:worker_threads';
  const endless = { algorithm: 'sha256d', preimage: new Uint8Array(80), nonce: { offset: 72, encoding: 'u64le' }, target: 1n };
  const easy = { ...endless, target: 2n ** 256n / 1000n };
  const print = (value) => console.log(JSON.stringify(value));
  /** Searches until the kernels have been measured, however long that takes on this machine. */
  const searchUntilMeasured = async (options) => {
    const stop = new AbortController();
    const search = solvePow(endless, { ...options, signal: stop.signal }).catch(({ code }) => code);
    while (chooseKernel(endless).reason !== 'measurement') await new Promise(setImmediate);
    stop.abort();
    await search;
  };
  `;

/** Runs a program and returns the JSON values that it prints, one on each line. A hang fails the test. */
function run(program: string, variables: NodeJS.ProcessEnv = {}): unknown[] {
  const { code, output } = execute(process.execPath, ['--input-type=module', '-e', PRELUDE + program], {
    cwd: ROOT,
    env: { ...process.env, ...variables },
  });
  expect({ code, output }).toMatchObject({ code: 0 });
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const testOnLinux = process.platform === 'linux' ? test : test.skip;
const severalKernels = availableKernels().length > 1 ? describe : describe.skip;

severalKernels('On a machine with several kernels', () => {
  test('a long search has the kernels of its shape measured, and the choice says by how much they differ', () => {
    const [choice] = run('await searchUntilMeasured(); print(chooseKernel(endless));');
    const { kernel, reason, measured } = choice as ReturnType<typeof JSON.parse>;
    expect(reason).toBe('measurement');
    expect(Object.keys(measured)[0]).toBe(kernel);
    expect(Object.keys(measured).toSorted()).toEqual(availableKernels().toSorted());
    // The kernel that is usually the fastest wins if another one is less than 3 % faster.
    expect(1.03 * measured[kernel]).toBeGreaterThanOrEqual(Math.max(...Object.values<number>(measured)));
    for (const rate of Object.values(measured)) expect(rate).toBeGreaterThan(0);
  });

  test('a worker and its main thread share what was measured', () => {
    const worker = `import('${qanto}').then(({ chooseKernel }) =>
      console.log(JSON.stringify(chooseKernel(JSON.parse(process.env.TEMPLATE, (key, value) =>
        key === 'preimage' ? new Uint8Array(80) : key === 'target' ? 1n : value)))))`;
    const [main, other] = run(`await searchUntilMeasured();
      print(chooseKernel(endless));
      const TEMPLATE = JSON.stringify({ ...endless, target: '1' });
      new Worker(${JSON.stringify(worker)}, { eval: true, env: { ...process.env, TEMPLATE } });`);
    expect(other).toEqual(main);
  });

  test('the measurement of one shape says nothing about another one', () => {
    const program = `await searchUntilMeasured();
      print(chooseKernel({ ...endless, nonce: { offset: 0, encoding: 'u64le' } }).reason);`;
    expect(run(program)).toEqual(['detection']);
  });

  /** Ends a process while its kernels are measured. Resolves to whether it did, or the measurement had ended already. */
  const endsWhileMeasuring = (end: string) => {
    const [caught] = run(`import { readdirSync, readFileSync } from 'node:fs';
      const isMeasuring = () => readdirSync('/proc/self/task').some((id) =>
        readFileSync('/proc/self/task/' + id + '/comm', 'utf8').startsWith('qanto-measure'));
      const stop = new AbortController();
      solvePow(endless, { signal: stop.signal, threads: 1 }).catch(() => {});
      let caught = false;
      while (!caught && chooseKernel(endless).reason !== 'measurement') {
        await new Promise(setImmediate);
        caught = isMeasuring();
      }
      print(caught && chooseKernel(endless).reason !== 'measurement');
      ${end}`);
    return caught;
  };

  testOnLinux.each([
    ['process.exit() is called', 'process.exit();'],
    ['nothing is left to do', 'stop.abort();'],
  ])('a process ends while its kernels are measured if %s', (_when, end) => {
    // A measurement takes about 10 ms, so most attempts are early enough.
    const attempts = Array.from({ length: 5 }, () => endsWhileMeasuring(end));
    expect(attempts).toContain(true);
  });
});

test('A short search has nothing measured', () => {
  const program = `for (let salt = 0; salt < 50; salt++)
      await solvePow({ ...easy, preimage: new Uint8Array(80).fill(salt) });
    print(chooseKernel(endless).reason);`;
  expect(run(program)).toEqual(['detection']);
});

test('Nothing is measured if QANTO_KERNEL names the kernel', () => {
  const program = `await solvePow(endless, { timeoutMs: 300 }).catch(({ code }) => print(code));
    const variable = chooseKernel(endless);
    delete process.env.QANTO_KERNEL;
    print([variable, chooseKernel(endless).reason]);`;
  expect(run(program, { QANTO_KERNEL: 'portable' })).toEqual([
    'ERR_QANTO_TIMED_OUT',
    [{ kernel: 'portable', reason: 'variable' }, 'detection'],
  ]);
});

test('Nothing is measured if the option of the search names the kernel', () => {
  const program = `await solvePow(endless, { timeoutMs: 300, kernel: 'portable' }).catch(({ code }) => print(code));
    print(chooseKernel(endless).reason);`;
  expect(run(program)).toEqual(['ERR_QANTO_TIMED_OUT', 'detection']);
});
