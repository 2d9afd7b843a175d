import { execFile } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';

const run = promisify(execFile);
const file = (name: string) => pathToFileURL(path.resolve(name)).href;

/** The start of every script: an SDK that exports into an array, and jobs. */
const prelude = `
  import { Worker, parentPort } from 'node:worker_threads';
  import { createRequire } from 'node:module';
  import { solvePow } from '${file('dist/index.mjs')}';
  import { droppedTelemetry, logTraces, setTraceFilter, traceFilter } from '${file('dist/telemetry/index.mjs')}';
  const require = createRequire('${file('package.json')}');
  const { trace } = require('@opentelemetry/api');
  const { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-node');
  const exporter = new InMemorySpanExporter();
  const startSdk = () => new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
  const names = () => [...new Set(exporter.getFinishedSpans().map(({ name }) => name))].sort().join(' ');
  const template = (odds) => ({
    algorithm: 'sha256d', preimage: new Uint8Array(80), nonce: { offset: 72, encoding: 'u64le' }, target: 2n ** 256n / odds,
  });
  const easy = template(20_000n);
  const endless = template(2n ** 255n);
  const hashing = (options) => new Promise((resolve) => {
    solvePow(endless, { ...options, onProgress: resolve }).catch(() => {});
  });
  const worker = (code) => new Worker(new URL('data:text/javascript,' + encodeURIComponent(prelude + code)));
`;

/** Runs a script in a new Node process. A crash or a hang fails the test. */
async function child(code: string, variables: Record<string, string> = {}) {
  const script = `${prelude}\nconst prelude = ${JSON.stringify(prelude)};\n${code}`;
  const env = { ...process.env, QANTO_LOG: '', RUST_LOG: '', ...variables };
  const options = { timeout: 60_000, env };
  try {
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script], options);
    return { exitCode: 0, stdout: stdout.trim(), stderr };
  } catch (error) {
    const failed = error as { code: number | null; signal: string | null; stdout: string; stderr: string };
    if (failed.signal) throw new Error(`the child was ended by ${failed.signal}: ${failed.stderr}`);
    return { exitCode: failed.code ?? -1, stdout: failed.stdout.trim(), stderr: failed.stderr };
  }
}

describe('A process that traces', () => {
  test('exits by itself when its jobs have settled', async () => {
    const { stdout, exitCode } = await child(`
      startSdk();
      setTraceFilter('trace');
      await solvePow(easy);
      console.log(names());
    `);
    expect({ stdout, exitCode }).toEqual({ stdout: 'mine_cpu solvePow try_nonces', exitCode: 0 });
  });

  test('exits by itself without an SDK and without jobs', async () => {
    const { stdout, exitCode } = await child("setTraceFilter('info'); console.log(traceFilter());");
    expect({ stdout, exitCode }).toEqual({ stdout: 'info', exitCode: 0 });
  });

  test('exits with the code of process.exit() while traced jobs are running', async () => {
    const { exitCode } = await child(`
      startSdk();
      setTraceFilter('trace');
      await Promise.all([hashing(), hashing(), hashing()]);
      process.exit(7);
    `);
    expect(exitCode).toBe(7);
  });

  test('whose event loop is blocked drops the oldest records, counts them, and continues its jobs', async () => {
    const { stdout } = await child(`
      startSdk();
      setTraceFilter('trace');
      const controller = new AbortController();
      let hashes = 0;
      const job = solvePow(endless, { signal: controller.signal, threads: 1, onProgress: (p) => { hashes = p.hashes; } }).catch(() => {});
      const until = async (holds) => { while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10)); };
      await until(() => hashes > 0);
      const before = hashes;
      while (droppedTelemetry() === 0);
      await until(() => hashes > before);
      controller.abort();
      await job;
      console.log(droppedTelemetry() > 0, names());
    `);
    expect(stdout).toBe('true mine_cpu solvePow try_nonces');
  });
});

describe('The filter of the environment variables', () => {
  test('is QANTO_LOG, or RUST_LOG if QANTO_LOG is not set', async () => {
    const job = 'startSdk(); await solvePow(easy); console.log(traceFilter(), names());';
    const both = await child(job, { QANTO_LOG: 'off', RUST_LOG: 'trace' });
    expect(both.stdout).toBe('off solvePow');
    const one = await child(job, { RUST_LOG: 'qanto_pow=trace' });
    expect(one.stdout).toBe('qanto_pow=trace mine_cpu solvePow try_nonces');
  });

  test('causes a warning if it is invalid, and the job continues', async () => {
    const job = "startSdk(); await solvePow(easy); console.log('solved');";
    const { stdout, stderr } = await child(job, { QANTO_LOG: 'qanto_pow=loud' });
    expect(stdout).toBe('solved');
    expect(stderr).toContain('ERR_QANTO_INVALID_TRACE_FILTER');
    expect(stderr).toContain('variable QANTO_LOG');
  });
});

describe('Workers', () => {
  test('receive only the spans of their own jobs', async () => {
    const { stdout } = await child(`
      startSdk();
      const workers = Array.from({ length: 4 }, (_, index) => worker(\`
        startSdk();
        for (let job = 0; job <= \${index}; job++) await solvePow(easy);
        const spans = exporter.getFinishedSpans();
        const ids = new Set(spans.filter(({ name }) => name === 'solvePow').map((span) => span.spanContext().spanId));
        const threads = spans.filter(({ name }) => name === 'mine_cpu');
        parentPort.postMessage([ids.size, threads.length >= ids.size, threads.every((s) => ids.has(s.parentSpanContext.spanId))]);
      \`));
      const received = await Promise.all(workers.map((w) => new Promise((resolve) => w.on('message', resolve))));
      await solvePow(easy);
      console.log(JSON.stringify(received), names());
    `);
    expect(stdout).toBe('[[1,true,true],[2,true,true],[3,true,true],[4,true,true]] mine_cpu solvePow');
  });

  test('use the filter that the main thread has set', async () => {
    const { stdout } = await child(`
      setTraceFilter('off');
      const w = worker("startSdk(); await solvePow(easy); parentPort.postMessage(names());");
      console.log(await new Promise((resolve) => w.on('message', resolve)));
    `);
    expect(stdout).toBe('solvePow');
  });

  test('can be terminated repeatedly while traced jobs are running', async () => {
    const { stdout, exitCode } = await child(`
      startSdk();
      setTraceFilter('trace');
      for (let round = 0; round < 10; round++) {
        const w = worker("startSdk(); await hashing(); parentPort.postMessage('up'); setInterval(() => {}, 1000);");
        await new Promise((resolve) => w.on('message', resolve));
        await w.terminate();
      }
      await solvePow(easy);
      console.log(names());
    `);
    expect({ stdout, exitCode }).toEqual({ stdout: 'mine_cpu solvePow try_nonces', exitCode: 0 });
  });
});
