import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { InvalidArgumentError, TraceFilterError } from '../../ts/errors.ts';
import type { LogFields, Logger } from '../../ts/logger.ts';
import { type JobInput, type NativeTraceReceiver, native, type TraceRecord } from '../../ts/native.ts';
import { solvePow } from '../../ts/pow/index.ts';
import { packTemplate } from '../../ts/pow/packed.ts';
import { checkTemplate } from '../../ts/pow/template.ts';
import { logTraces, setTraceFilter, traceFilter } from '../../ts/telemetry/index.ts';

afterEach(() => {
  logTraces(undefined);
  setTraceFilter(undefined);
});

const solvable = {
  algorithm: 'sha256d' as const,
  preimage: new Uint8Array(80).fill(3),
  nonce: { offset: 72, encoding: 'u64le' as const },
  target: 2n ** 256n / 20_000n,
};

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

function recorder(): { logger: Logger; lines: Line[] } {
  const lines: Line[] = [];
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ level, message, fields });
    };
  return { logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines };
}

describe('A trace filter', () => {
  test('that is invalid is rejected with the reason, and the current filter is kept', () => {
    setTraceFilter('qanto_pow=debug');
    const refused = () => setTraceFilter('qanto_pow=loud');
    expect(refused).toThrow(TraceFilterError);
    expect(refused).toThrow(
      expect.objectContaining({
        code: 'ERR_QANTO_INVALID_TRACE_FILTER',
        directives: 'qanto_pow=loud',
        message: expect.stringContaining('"qanto_pow=loud"'),
      }),
    );
    expect(traceFilter()).toBe('qanto_pow=debug');
  });

  test.each([
    '[solve_pow]=debug',
    'qanto_pow[solve_pow{nonce=3}]=debug',
    'qanto_pow=info=debug',
    'all of it',
    'info;debug',
  ])('that selects spans or fields, or is no list of directives, is rejected: %s', (directives) => {
    expect(() => setTraceFilter(`warn,${directives}`)).toThrow(TraceFilterError);
    expect(traceFilter()).toBeUndefined();
  });

  test('may have spaces and empty directives', async () => {
    const { logger, lines } = recorder();
    logTraces(logger);
    setTraceFilter(' off, ,qanto_pow=debug,');
    await solvePow(solvable, { threads: 1 });
    expect(lines.map(({ message }) => message)).toEqual(['mine_cpu', 'job settled', 'solve_pow']);
  });

  test('that names another target records nothing of qanto', async () => {
    const { logger, lines } = recorder();
    logTraces(logger);
    setTraceFilter('some_other_crate');
    await solvePow(solvable, { threads: 1 });
    expect(lines).toEqual([]);
  });

  test('that is not a string is rejected', () => {
    expect(() => setTraceFilter(3 as unknown as string)).toThrow(InvalidArgumentError);
  });

  test('can be reset', () => {
    setTraceFilter('trace');
    setTraceFilter(undefined);
    expect(traceFilter()).toBeUndefined();
  });
});

describe('A process without an SDK', () => {
  test('logs events and spans at their levels', async () => {
    const { logger, lines } = recorder();
    logTraces(logger);
    setTraceFilter('debug');
    const { hashes } = await solvePow(solvable, { threads: 1 });
    expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      'info mine_cpu',
      'debug job settled',
      'info solve_pow',
    ]);
    for (const { fields } of lines) expect(fields).toMatchObject({ module: 'pow', outcome: 'found', hashes });
  });

  test('logs nothing if a logger but no filter is set', async () => {
    const { logger, lines } = recorder();
    logTraces(logger);
    await solvePow(solvable);
    expect(traceFilter()).toBeUndefined();
    expect(lines).toEqual([]);
  });

  test('receives nothing of a job if a filter but no logger is set', async () => {
    setTraceFilter('trace');
    const drain = jest.spyOn(native().TraceReceiver.prototype, 'drain');
    await solvePow(solvable);
    const received = drain.mock.results.flatMap(({ value }) => value as TraceRecord[]);
    drain.mockRestore();
    expect(received).toEqual([]);
  });

  test('solves a job even if the logger throws', async () => {
    const logger = { ...recorder().logger };
    const thrown: unknown[] = [];
    const microtask = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => {
      try {
        task();
      } catch (error) {
        thrown.push(error);
      }
    });
    logger.info = () => {
      throw new Error('full');
    };
    logTraces(logger);
    setTraceFilter('info');
    await expect(solvePow(solvable)).resolves.toHaveProperty('nonce');
    microtask.mockRestore();
    expect(thrown).toContainEqual(new Error('full'));
  });

  test('rejects an object that is not a logger', () => {
    expect(() => logTraces({ info: () => {} } as unknown as Logger)).toThrow('debug');
  });
});

describe('The ring of records', () => {
  const input: JobInput = { threads: 1, maxHashes: 1_000_000n };
  const template = checkTemplate({
    algorithm: 'sha256d',
    preimage: new Uint8Array(80),
    nonce: { offset: 72, encoding: 'u64le' },
    target: 1n,
  });

  /** Runs one job whose records go to this receiver. */
  function run(receiver: NativeTraceReceiver): Promise<void> {
    return new Promise((resolve) => {
      const solver = new (native().Solver)(() => {
        if (solver.drain().some(({ kind }) => kind !== 'progress')) resolve();
      });
      const { preimage, rule } = template;
      const packed = packTemplate(template, 0n, 0);
      solver.submit(packed, preimage, rule.hi, undefined, input, receiver);
    });
  }

  /** Runs one job at trace level. Its receiver is drained only after it has settled. */
  async function fill(capacity: number) {
    let wakes = 0;
    const receiver = new (native().TraceReceiver)(() => {
      wakes += 1;
    }, capacity);
    receiver.setFilter('trace', false);
    await run(receiver);
    const dropped = receiver.dropped();
    const records = receiver.drain();
    return { receiver, records, dropped, wakes };
  }

  test('keeps the latest records when it is full, and counts the others', async () => {
    const { records, dropped } = await fill(4);
    expect(records).toHaveLength(4);
    expect(dropped).toBeGreaterThan(4);
    expect(records.slice(-3).map(({ name }) => name)).toEqual(['mine_cpu', 'job settled', 'solve_pow']);
  });

  test('drops nothing while it has space', async () => {
    const { records, dropped } = await fill(1_000_000);
    expect(dropped).toBe(0);
    const batches = records.filter(({ name }) => name === 'try_nonces');
    expect(batches.reduce((sum, { fields }) => sum + Number(fields['count']), 0)).toBe(1_000_000);
  });

  test('wakes the event loop at most once until it is drained', async () => {
    const { records, wakes } = await fill(1_000_000);
    expect(records.length).toBeGreaterThan(10);
    expect(wakes).toBeLessThanOrEqual(1);
  });

  test('keeps nothing after it is closed', async () => {
    const { receiver } = await fill(4);
    receiver.close();
    await run(receiver);
    expect(receiver.drain()).toEqual([]);
  });
});
