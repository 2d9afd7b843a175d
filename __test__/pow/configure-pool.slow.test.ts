/** The pool can be configured only before the first job of a process, so each test starts a new process. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';
import { execute, ROOT } from '../package/install.ts';

const qanto = pathToFileURL(path.join(ROOT, 'dist', 'index.mjs')).href;
const PRELUDE = `import { configurePool, defaultThreads, poolStatus, solvePow } from '${qanto}';
  import { Worker } from 'node:worker_threads';
  const easy = { algorithm: 'sha256d', preimage: new Uint8Array(28), nonce: { offset: 20, encoding: 'u64le' }, target: 2n ** 240n };
  const endless = { ...easy, target: 1n };
  const print = (value) => console.log(JSON.stringify(value));
  const code = (call) => { try { call(); return 'none'; } catch (error) { return [error.code, error.name]; } };
  `;

/** Runs a program and returns the JSON values that it prints, one on each line. */
function run(program: string): unknown[] {
  const { code, output } = execute(process.execPath, ['--input-type=module', '-e', PRELUDE + program], {
    cwd: ROOT,
  });
  expect({ code, output }).toMatchObject({ code: 0 });
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('A job uses as many threads as the pool was configured with', () => {
  const program = `configurePool({ threads: 3 });
    print(defaultThreads());
    await solvePow(easy);
    print(poolStatus().threads);`;
  expect(run(program)).toEqual([3, 3]);
});

test('A job beyond the configured limit of the queue is refused with an error that has the limit', () => {
  const program = `configurePool({ queueLimit: 2 });
    const stop = new AbortController();
    const jobs = [1, 2].map(() => solvePow(endless, { signal: stop.signal }).catch(() => {}));
    await solvePow(easy).catch(({ code, limit }) => print([code, limit]));
    print(poolStatus().queueLimit);
    stop.abort();
    await Promise.all(jobs);`;
  expect(run(program)).toEqual([['ERR_QANTO_QUEUE_FULL', 2], 2]);
});

test('An option that is left out keeps its configured value', () => {
  const program = `configurePool({ threads: 5 });
    configurePool({ queueLimit: 7 });
    configurePool({});
    print([defaultThreads(), poolStatus().queueLimit]);`;
  expect(run(program)).toEqual([[5, 7]]);
});

test('The pool cannot be configured after the first job', () => {
  const program = `await solvePow(easy);
    print(code(() => configurePool({ threads: 1 })));`;
  expect(run(program)).toEqual([['ERR_QANTO_POOL_IN_USE', 'PoolInUseError']]);
});

test('The configuration of the main thread applies to its workers', () => {
  const program = `configurePool({ threads: 4 });
    new Worker(\`import('${qanto}').then(({ defaultThreads }) => console.log(defaultThreads()))\`, { eval: true });`;
  expect(run(program)).toEqual([4]);
});

test('The error for a value out of range names the option', () => {
  const program = `for (const options of [{ threads: 0 }, { threads: 257 }, { queueLimit: 0 }, { queueLimit: 2 ** 32 }, { limit: 1 }])
      try { configurePool(options); } catch ({ code, argument }) { print([code, argument]); }`;
  expect(run(program)).toEqual(
    ['options.threads', 'options.threads', 'options.queueLimit', 'options.queueLimit', 'options.limit'].map(
      (argument) => ['ERR_QANTO_INVALID_ARGUMENT', argument],
    ),
  );
});
