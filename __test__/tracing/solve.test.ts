import { AsyncResource } from 'node:async_hooks';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { context, type Span, trace } from '@opentelemetry/api';
import { QueueFullError } from '../../ts/errors.ts';
import { type SolveOptions, type SolveProgress, solvePow, type Template } from '../../ts/pow/index.ts';
import { setTraceFilter } from '../../ts/telemetry/index.ts';
import { jobSpan, startWatched } from '../../ts/tracing/index.ts';
import { attributes, named, notNested, Otlp, parentage, type ReceivedSpan, tally } from './otlp.ts';

const otlp = new Otlp();
beforeAll(() => otlp.start());
afterAll(() => otlp.stop());
afterEach(() => setTraceFilter(undefined));

/** A template for which about one hash in `odds` is a hit. Each salt gives another template. */
function template(odds: bigint, salt = 0): Template {
  const preimage = new Uint8Array(80).fill(7);
  new DataView(preimage.buffer).setUint32(0, salt);
  return {
    algorithm: 'sha256d',
    preimage,
    nonce: { offset: 72, encoding: 'u64le' },
    target: 2n ** 256n / odds - 1n,
  };
}

const unsolvable = { ...template(2n), target: 1n };

/** Calls `work` inside a span of the host. */
function inHost<T>(work: (span: Span) => Promise<T>, name = 'host'): Promise<T> {
  return trace.getTracer('host').startActiveSpan(name, async (span) => {
    try {
      return await work(span);
    } finally {
      span.end();
    }
  });
}

const solved = (options?: SolveOptions) => inHost(() => solvePow(template(20_000n), options));

describe('A job inside a span of the host', () => {
  test('is part of one trace: host, solvePow, mine_cpu', async () => {
    await solved();
    const spans = await otlp.take();
    expect(tally(parentage(spans))).toMatchObject({
      host: 1,
      'solvePow <- host': 1,
      'mine_cpu <- solvePow': named(spans, 'mine_cpu').length,
    });
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(named(spans, 'mine_cpu').length).toBeGreaterThan(0);
  });

  test('has spans that lie within their parents to the nanosecond', async () => {
    for (let round = 0; round < 200; round++) await solved();
    const spans = await otlp.take();
    expect(named(spans, 'mine_cpu').length).toBeGreaterThanOrEqual(200);
    expect(notNested(spans)).toEqual([]);
  });

  test('lies within that span even if the host sets precise times', async () => {
    const now = () => performance.timeOrigin + performance.now();
    const host = trace.getTracer('host').startSpan('host', { startTime: now() });
    for (let round = 0; round < 50; round++) {
      await context.with(trace.setSpan(context.active(), host), () => solvePow(template(1000n)));
    }
    host.end(now());
    expect(notNested(await otlp.take())).toEqual([]);
  });

  test('has attributes for the template, the options and the outcome', async () => {
    const { hashes } = await solved({ threads: 2, kernel: 'portable', startNonce: 5 });
    const [span] = named(await otlp.take(), 'solvePow');
    expect(attributes(span!)).toMatchObject({
      algorithm: 'sha256d',
      difficulty: expect.closeTo(20_000 / 2 ** 32, 9),
      threads: 2,
      kernel: 'portable',
      kernel_by: 'option',
      use_gpu: false,
      start_nonce: 5,
      job_id: expect.any(Number),
      outcome: 'found',
      hashes,
    });
  });

  test('has spans of threads whose hashes add up to those of the job', async () => {
    const { hashes } = await solved({ threads: 2 });
    const threads = named(await otlp.take(), 'mine_cpu').map(attributes);
    expect(threads.reduce((sum, thread) => sum + Number(thread['hashes']), 0)).toBe(hashes);
    for (const thread of threads) {
      expect(thread).toMatchObject({ outcome: 'found', busy_ms: expect.any(Number) });
    }
  });

  test('that ends without a hit has its outcome as an attribute and is not a failed span', async () => {
    const controller = new AbortController();
    const ends: [SolveOptions, string][] = [
      [{ maxHashes: 1000 }, 'budget-spent'],
      [{ timeoutMs: 5 }, 'timed-out'],
      [{ signal: controller.signal, onProgress: () => controller.abort() }, 'cancelled'],
    ];
    for (const [options, outcome] of ends) {
      await inHost(() => solvePow(unsolvable, options).catch(() => {}));
      const spans = await otlp.take();
      expect(named(spans, 'solvePow')).toHaveLength(1);
      for (const span of [...named(spans, 'solvePow'), ...named(spans, 'mine_cpu')]) {
        expect(attributes(span)['outcome']).toBe(outcome);
        expect(span).not.toHaveProperty('status.code', 2);
      }
    }
  });

  test('with an invalid option has no span', async () => {
    await expect(inHost(() => solvePow(unsolvable, { threads: 0 }))).rejects.toThrow('threads');
    expect((await otlp.take()).map(({ name }) => name)).toEqual(['host']);
  });

  test('that the solver refuses has a failed span with the error code as its outcome', async () => {
    const refuse = () => {
      throw new QueueFullError(3);
    };
    await inHost(async () => {
      const watched = { span: jobSpan('solvePow', {}), context: new AsyncResource('Test') };
      expect(() => startWatched(watched, refuse)).toThrow(QueueFullError);
    });
    const [span] = named(await otlp.take(), 'solvePow');
    expect(span).toMatchObject({ status: { code: 2 }, events: [{ name: 'exception' }] });
    expect(attributes(span!)['outcome']).toBe('ERR_QANTO_QUEUE_FULL');
  });
});

describe('A hundred concurrent jobs', () => {
  test('are not mixed up if each has its own trace', async () => {
    const solve = (salt: number) => inHost(() => solvePow(template(5000n, salt)), `host ${salt}`);
    await Promise.all(Array.from({ length: 100 }, (_, salt) => solve(salt)));
    const spans = await otlp.take();
    expect(notNested(spans)).toEqual([]);
    const traces = new Set(spans.map(({ traceId }) => traceId));
    expect(traces.size).toBe(100);
    for (const id of traces) {
      const group = spans.filter(({ traceId }) => traceId === id);
      const [host] = group.filter(({ parentSpanId }) => !parentSpanId);
      expect(host?.name).toMatch(/^host \d+$/);
      expect(parentage(group)).toContain(`solvePow <- ${host?.name}`);
      const [job] = named(group, 'solvePow');
      expect(named(group, 'solvePow')).toHaveLength(1);
      const hashes = named(group, 'mine_cpu').map((span) => Number(attributes(span)['hashes']));
      expect(hashes.reduce((sum, count) => sum + count, 0)).toBe(attributes(job!)['hashes']);
    }
  });

  test('have the right parents if all are inside one span', async () => {
    await inHost(() =>
      Promise.all(Array.from({ length: 100 }, (_, salt) => solvePow(template(5000n, salt)))),
    );
    const spans = await otlp.take();
    expect(tally(parentage(spans))).toEqual({
      host: 1,
      'solvePow <- host': 100,
      'mine_cpu <- solvePow': spans.length - 101,
    });
    expect(notNested(spans)).toEqual([]);
  });
});

describe('A job that outlives the span of its caller', () => {
  /** Starts a job inside a span that ends while the job is running. */
  async function outliving(): Promise<ReceivedSpan[]> {
    const controller = new AbortController();
    let running: Promise<unknown> = Promise.resolve();
    const isRunning = new Promise<void>((resolve) => {
      void inHost(async () => {
        running = solvePow(unsolvable, {
          signal: controller.signal,
          onProgress: () => resolve(),
        }).catch(() => {});
      });
    });
    await isRunning;
    controller.abort();
    await running;
    return otlp.take();
  }

  test('has its own trace, with a link to that span', async () => {
    const spans = await outliving();
    expect(tally(parentage(spans))).toMatchObject({ host: 1, solvePow: 1 });
    const [host] = named(spans, 'host');
    const [job] = named(spans, 'solvePow');
    expect(job?.traceId).not.toBe(host?.traceId);
    expect(job?.links).toEqual([expect.objectContaining({ traceId: host?.traceId, spanId: host?.spanId })]);
  });

  test('is the parent of the spans of its threads', async () => {
    const spans = await outliving();
    const threads = named(spans, 'mine_cpu');
    expect(threads.length).toBeGreaterThan(0);
    for (const { parentSpanId } of threads) expect(parentSpanId).toBe(named(spans, 'solvePow')[0]?.spanId);
    expect(notNested(spans)).toEqual([]);
  });
});

describe('A job at trace level', () => {
  test('has a span for each batch inside that of its thread, and the batches contain all hashes', async () => {
    setTraceFilter('trace');
    const { hashes } = await solved({ threads: 2 });
    const spans = await otlp.take();
    const batches = named(spans, 'try_nonces');
    expect(tally(parentage(spans))).toEqual({
      host: 1,
      'solvePow <- host': 1,
      'mine_cpu <- solvePow': named(spans, 'mine_cpu').length,
      'try_nonces <- mine_cpu': batches.length,
    });
    expect(notNested(spans)).toEqual([]);
    const counted = batches.filter((span) => attributes(span)['outcome'] === 'no hit');
    const sum = counted.reduce((total, span) => total + Number(attributes(span)['count']), 0);
    expect(sum).toBeLessThan(hashes);
    expect(counted.length).toBeGreaterThanOrEqual(batches.length - 2);
  });
});

describe('The trace filter', () => {
  test('is info by default for a job inside a recording span', async () => {
    await solved();
    expect(tally((await otlp.take()).map(({ name }) => name))).not.toHaveProperty('try_nonces');
  });

  test('off leaves only the span of the call', async () => {
    setTraceFilter('off');
    await solved();
    expect(parentage(await otlp.take()).sort()).toEqual(['host', 'solvePow <- host']);
  });

  test('debug adds the event that the job has settled', async () => {
    setTraceFilter('debug');
    await solved();
    const [span] = named(await otlp.take(), 'solvePow');
    expect(span?.events?.map(({ name }) => name)).toEqual(['job settled']);
  });

  test('takes effect while a job is running', async () => {
    setTraceFilter('info');
    const controller = new AbortController();
    let reports = 0;
    let hashesUntilOff = Number.POSITIVE_INFINITY;
    /*
     * One thread makes all reports, each at the end of a batch. The report after the one that is being delivered may have
     * been made already. The second one after it has not, and all batches after that one begin later than this call.
     */
    const onProgress = ({ hashes }: SolveProgress) => {
      reports += 1;
      if (reports === 1) setTraceFilter('trace');
      // A batch has begun and ended since the third report.
      if (reports === 4) setTraceFilter('info');
      if (reports === 6) hashesUntilOff = hashes;
      if (hashes > 2 * hashesUntilOff) controller.abort();
    };
    await inHost(() =>
      solvePow(unsolvable, { threads: 1, signal: controller.signal, onProgress }).catch(() => {}),
    );
    const spans = await otlp.take();
    const batches = named(spans, 'try_nonces');
    expect(batches.length).toBeGreaterThan(0);
    expect(tally(parentage(spans))).toMatchObject({ 'try_nonces <- mine_cpu': batches.length });
    expect(notNested(spans)).toEqual([]);
    const traced = batches.reduce((sum, span) => sum + Number(attributes(span)['count']), 0);
    expect(traced).toBeLessThanOrEqual(hashesUntilOff);
  });
});
