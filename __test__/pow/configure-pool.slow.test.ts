/** The threads of a process can be set up once, before its first job: each test has a process of its own. */
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

/** What the program prints: a JSON value a line. */
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

test('A job beyond the configured limit of the queue is refused, and the error names the limit', () => {
  const program = `configurePool({ queueLimit: 2 });
    const stop = new AbortController();
    const jobs = [1, 2].map(() => solvePow(endless, { signal: stop.signal }).catch(() => {}));
    await solvePow(easy).catch(({ code, limit }) => print([code, limit]));
    print(poolStatus().queueLimit);
    stop.abort();
    await Promise.all(jobs);`;
  expect(run(program)).toEqual([['ERR_QANTO_QUEUE_FULL', 2], 2]);
});

test('What is not given stays as it was configured', () => {
  const program = `configurePool({ threads: 5 });
    configurePool({ queueLimit: 7 });
    configurePool({});
    print([defaultThreads(), poolStatus().queueLimit]);`;
  expect(run(program)).toEqual([[5, 7]]);
});

test('After the first job the pool cannot be configured any more', () => {
  const program = `await solvePow(easy);
    print(code(() => configurePool({ threads: 1 })));`;
  expect(run(program)).toEqual([['ERR_QANTO_POOL_IN_USE', 'PoolInUseError']]);
});

test('What the main thread configures holds for its workers', () => {
  const program = `configurePool({ threads: 4 });
    new Worker(\`import('${qanto}').then(({ defaultThreads }) => console.log(defaultThreads()))\`, { eval: true });`;
  expect(run(program)).toEqual([4]);
});

test('A value out of range is refused by name', () => {
  const program = `for (const options of [{ threads: 0 }, { threads: 257 }, { queueLimit: 0 }, { queueLimit: 2 ** 32 }, { limit: 1 }])
      try { configurePool(options); } catch ({ code, argument }) { print([code, argument]); }`;
  expect(run(program)).toEqual(
    ['options.threads', 'options.threads', 'options.queueLimit', 'options.queueLimit', 'options.limit'].map(
      (argument) => ['ERR_QANTO_INVALID_ARGUMENT', argument],
    ),
  );
});
