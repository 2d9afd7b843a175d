import { describe, expect, it } from '@jest/globals';
import { execute, ROOT } from '../package/install.ts';

const SOLVE = `
const { altcha } = require('./dist/formats/index.js');
const parameters = { algorithm: 'PBKDF2/SHA-256', cost: 1000, keyPrefix: '00',
  nonce: '39baf91a19d671f8231217f9e28342a6', salt: '5e00d5d152e1a5db7d44fb6404a40a5e' };
const solve = (options) => altcha.v2.solve({ parameters }, options);
const endless = (options) => altcha.v2.solve({ parameters: { ...parameters, keyPrefix: 'f'.repeat(64) } }, options);`;

function run(program: string, flags: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  return execute(process.execPath, [...flags, '-e', SOLVE + program], {
    cwd: ROOT,
    env: { ...process.env, ...env },
  });
}

describe('altcha.v2', () => {
  it.each([[[]], [['--disallow-code-generation-from-strings']]])(
    'lets a program end when its threads are idle (%p)',
    (flags) => {
      const program = 'solve().then(({ counter }) => console.log(counter));';
      expect(run(program, flags)).toEqual({ code: 0, output: '352\n' });
    },
  );

  it('keeps a program alive until it has settled, also if it waits for a thread', () => {
    const program = `
      for (let run = 0; run < 4; run++) solve({ kdfConcurrency: 1 }).then(({ counter }) => console.log(counter));`;
    expect(run(program)).toEqual({ code: 0, output: '352\n'.repeat(4) });
  });

  it('works in a worker thread, which can be terminated meanwhile', () => {
    const program = `
      const { isMainThread, parentPort, Worker } = require('node:worker_threads');
      const source = ${JSON.stringify(SOLVE)} + "solve().then(({ counter }) => require('node:worker_threads').parentPort.postMessage(counter));";
      const solved = new Worker(source, { eval: true });
      solved.on('message', (counter) => console.log(counter));
      const source2 = ${JSON.stringify(SOLVE)} + "endless({ onProgress: () => require('node:worker_threads').parentPort.postMessage(0) });";
      const ended = new Worker(source2, { eval: true });
      ended.on('message', () => ended.terminate());`;
    expect(run(program)).toEqual({ code: 0, output: '352\n' });
  });

  it('leaves the threads of libuv to others', () => {
    const program = `
      const controller = new AbortController();
      let count = 0;
      endless({ signal: controller.signal, kdfConcurrency: 4, async onProgress() {
        await require('node:fs/promises').readFile('package.json');
        if (++count === 3) controller.abort();
      } }).catch(({ code }) => console.log(code, count));`;
    expect(run(program, [], { UV_THREADPOOL_SIZE: '1' })).toEqual({ code: 0, output: 'ABORT_ERR 3\n' });
  });

  it('says that threads are not allowed where they are not', () => {
    const permission = process.allowedNodeEnvironmentFlags.has('--permission')
      ? '--permission'
      : '--experimental-permission';
    const program = 'solve().catch(({ code, message }) => console.log(code, message));';
    const { output } = run(program, [permission, '--allow-fs-read=*', '--no-warnings']);
    expect(output).toBe(
      'ERR_QANTO_KEY_DERIVATION_FAILED the key could not be derived: the thread cannot be started\n',
    );
  });
});
