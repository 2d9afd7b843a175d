import { Writable } from 'node:stream';
import { runInNewContext } from 'node:vm';
import { describe, expect, jest, test } from '@jest/globals';
import { context, trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import winston from 'winston';
import { QueueFullError } from '../../ts/errors.ts';
import { checkLogger, type LogLevel, labelled } from '../../ts/logger.ts';
import { createLogger, type LogFormat, type LoggerOptions } from '../../ts/telemetry/index.ts';

function capture(level: LogLevel, format: LogFormat) {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { logger: createLogger({ level, format, stream }), lines };
}

describe('A text line', () => {
  test('has the time, level, module, message and fields', () => {
    const { logger, lines } = capture('info', 'text');
    logger.child('miner').warn('circuit open', { from: 'half-open', reason: 'two words' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warn {2}miner: circuit open from=half-open reason="two words"\n$/,
    );
  });

  test('has the code and the message of an error, but not its stack', () => {
    const { logger, lines } = capture('info', 'text');
    logger.error('no', { error: new QueueFullError(3) });
    expect(lines[0]).toContain('error="ERR_QANTO_QUEUE_FULL: the pool already holds 3 jobs');
    expect(lines[0]).not.toContain('logger.test');
  });

  test('has the code and the message of an error of another realm', () => {
    const { logger, lines } = capture('info', 'text');
    logger.error('no', { error: runInNewContext('Object.assign(new Error("boom"), { code: "E1" })') });
    expect(lines[0]).toContain('error="E1: boom"');
  });

  test('escapes a line break in a value', () => {
    const { logger, lines } = capture('info', 'text');
    logger.info('note', { text: 'a\nb' });
    expect(lines.join('').trimEnd().split('\n')).toHaveLength(1);
  });

  test('is dropped if its level is less severe than that of the logger', () => {
    const { logger, lines } = capture('warn', 'text');
    logger.info('chatter');
    logger.debug('more chatter');
    expect(lines).toEqual([]);
  });
});

describe('A JSON line', () => {
  test('is one object, in which a bigint is a string of decimal digits', () => {
    const { logger, lines } = capture('debug', 'json');
    logger.child('dag').debug('opened', { blocks: 3, blueWork: 2n ** 70n });
    expect(JSON.parse(lines[0]!)).toEqual({
      time: expect.stringMatching(/Z$/),
      level: 'debug',
      module: 'dag',
      message: 'opened',
      blocks: 3,
      blueWork: '1180591620717411303424',
    });
  });

  test('keeps its message and level if a field has the same name', () => {
    const { logger, lines } = capture('debug', 'json');
    logger.info('the message', { message: 'a field', level: 'fatal' });
    expect(JSON.parse(lines[0]!)).toMatchObject({ message: 'the message', level: 'info' });
  });

  test('has the error if an error is passed instead of an object of fields', () => {
    const { logger, lines } = capture('debug', 'json');
    logger.error('no', new QueueFullError(3) as never);
    logger.error('no', ['a', 'b'] as never);
    expect(JSON.parse(lines[0]!).error).toMatchObject({ code: 'ERR_QANTO_QUEUE_FULL' });
    expect(JSON.parse(lines[1]!).fields).toEqual(['a', 'b']);
  });

  test('has the code and the stack of an error', () => {
    const { logger, lines } = capture('debug', 'json');
    logger.error('no', { error: new QueueFullError(3) });
    expect(JSON.parse(lines[0]!).error).toMatchObject({
      code: 'ERR_QANTO_QUEUE_FULL',
      stack: expect.any(String),
    });
  });
});

describe.each(['text', 'json'] as const)('A line in the format %s', (format) => {
  const circular: { self?: unknown } = {};
  circular.self = circular;
  const fail = () => {
    throw new Error('boom');
  };
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();

  test.each<[string, unknown, string]>([
    ['a circular object', { req: circular }, '[Circular]'],
    [
      'a field whose getter throws',
      Object.defineProperty({}, 'a', { get: fail, enumerable: true }),
      '[Throws: boom]',
    ],
    [
      'a getter that throws in a field',
      { a: Object.defineProperty({}, 'b', { get: fail, enumerable: true }) },
      '[Throws: boom]',
    ],
    ['a toJSON that throws', { a: { toJSON: fail } }, '[Throws: boom]'],
    [
      'an error whose code is a symbol',
      { error: Object.assign(new Error('x'), { code: Symbol('c') }) },
      'Symbol(c)',
    ],
    [
      'an error whose message throws',
      { error: Object.defineProperty(new Error('x'), 'message', { get: fail }) },
      '[Throws: boom]',
    ],
    [
      'a module that throws',
      Object.defineProperty({ a: 1 }, 'module', { get: fail, enumerable: true }),
      'the message',
    ],
    ['a revoked proxy as a field', { a: revoked }, '[Throws: '],
    ['a revoked proxy as its fields', revoked, '[Throws: '],
    ['null as its fields', null, 'the message'],
    ['a string as its fields', 'text', 'text'],
    ['many fields', Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`f${n}`, n])), '[Truncated]'],
    ['a long string', { a: 'x'.repeat(1e6) }, '[Truncated]'],
  ])('is written with %s', (_, fields, expected) => {
    const { logger, lines } = capture('info', format);
    for (const log of [logger, logger.child('miner')]) {
      log.info('the message', fields as never);
    }
    const own = lines.filter((line) => line.includes('the message') && line.includes(expected));
    expect(own).toHaveLength(2);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(200_000);
  });

  test.each([[Symbol('m')], [undefined], [{ toString: fail }], [() => {}], ['x'.repeat(1e6)]])(
    'is written with any value as its message',
    (message) => {
      const { logger, lines } = capture('info', format);
      logger.info(message as never, { kept: 1 });
      expect(lines).toEqual([expect.stringMatching(/\bkept\b/)]);
    },
  );

  test('has no character that a terminal acts on, and is one line', () => {
    const { logger, lines } = capture('info', format);
    const hostile = '\u001b[31m\u009b2J\u202e\u2028\ud800\n2026-01-01T00:00:00.000Z error forged';
    logger.child(hostile).info(hostile, { [hostile]: hostile, error: new Error(hostile), list: [hostile] });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[\x20-\x7e]+\n$/);
    if (format === 'json') {
      expect(JSON.parse(lines[0]!)).toMatchObject({ message: hostile, module: hostile, [hostile]: hostile });
    }
  });
});

test('A name of a field cannot look like another field in a text line', () => {
  const { logger, lines } = capture('info', 'text');
  logger.info('login', { 'user=root admin': true });
  expect(lines[0]).toMatch(/ info {2}login "user=root admin"=true\n$/);
});

describe('A line that is logged inside a span', () => {
  new NodeTracerProvider().register();

  test.each(['text', 'json'] as const)('has the ids of the span in the format %s', (format) => {
    const { logger, lines } = capture('info', format);
    const span = trace.getTracer('test').startSpan('work');
    const { traceId, spanId } = span.spanContext();
    context.with(trace.setSpan(context.active(), span), () => logger.child('dag').info('inside'));
    logger.info('outside');
    expect(lines[0]).toContain(traceId);
    expect(lines[0]).toContain(spanId);
    expect(lines[1]).not.toContain('traceId');
  });

  test('has the ids of the span if the logger is one of the host', () => {
    const info = jest.fn();
    const span = trace.getTracer('test').startSpan('work');
    const logger = labelled({ debug: info, info, warn: info, error: info }, 'miner');
    context.with(trace.setSpan(context.active(), span), () => logger.info('inside', { blocks: 1 }));
    const { traceId, spanId } = span.spanContext();
    expect(info).toHaveBeenCalledWith('inside', { blocks: 1, module: 'miner', traceId, spanId });
  });
});

describe('The default format', () => {
  const stream = (isTTY: boolean) => {
    const lines: string[] = [];
    const write = (chunk: Buffer, _encoding: string, done: () => void) => {
      lines.push(String(chunk));
      done();
    };
    return { lines, stream: Object.assign(new Writable({ write }), { isTTY }) };
  };

  test('is text for a terminal', () => {
    const { lines, stream: terminal } = stream(true);
    createLogger({ stream: terminal }).info('hello');
    expect(lines[0]).toMatch(/Z info {2}hello\n$/);
  });

  test('is JSON for any other stream', () => {
    const { lines, stream: file } = stream(false);
    createLogger({ stream: file }).info('hello');
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'info', message: 'hello' });
  });
});

test.each([
  ['level', { level: 'bogus' }],
  ['format', { format: 'xml' }],
])('An unknown %s is rejected', (argument, options) => {
  expect(() => createLogger(options as LoggerOptions)).toThrow(
    expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument }),
  );
});

describe('A logger of the host', () => {
  test('may be a winston logger, which receives the module and the fields as metadata', () => {
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const transports = [new winston.transports.Stream({ stream })];
    const logger = winston.createLogger({ level: 'debug', format: winston.format.json(), transports });
    labelled(logger, 'node').debug('stopped', { blocks: 3 });
    expect(JSON.parse(lines[0]!)).toEqual({ level: 'debug', message: 'stopped', module: 'node', blocks: 3 });
  });

  test('may be any object with the four methods, which are called on that object', () => {
    class Counting {
      calls = 0;
      debug = () => this.calls++;
      warn = () => this.calls++;
      error = () => this.calls++;
      info() {
        this.calls += 1;
      }
    }
    const counting = new Counting();
    const logger = labelled(counting, 'node');
    for (const level of ['error', 'warn', 'info', 'debug'] as const) logger[level]('line');
    expect(counting.calls).toBe(4);
  });

  test.each([null, undefined, {}, 'console', { debug() {}, info() {}, warn() {} }])(
    'may not be %p',
    (value) => {
      expect(() => checkLogger('options.logger', value)).toThrow(
        expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT' }),
      );
    },
  );

  test('that throws causes an uncaught exception, and no error in the code that logs', () => {
    const thrown = new Error('full');
    const fail = () => {
      throw thrown;
    };
    const surfaced = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {});
    labelled({ debug: fail, info: fail, warn: fail, error: fail }, 'node').info('line');
    expect(surfaced).toHaveBeenCalledTimes(1);
    expect(surfaced.mock.calls[0]![0]).toThrow(thrown);
    surfaced.mockRestore();
  });
});
