import { Writable } from 'node:stream';
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

describe('text lines', () => {
  test('carry time, level, module, message and fields on one line', () => {
    const { logger, lines } = capture('info', 'text');
    logger.child('miner').warn('circuit open', { from: 'half-open', reason: 'two words' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warn {2}miner: circuit open from=half-open reason="two words"\n$/,
    );
  });

  test('show an error by its code and message, without its stack', () => {
    const { logger, lines } = capture('info', 'text');
    logger.error('no', { error: new QueueFullError(3) });
    expect(lines[0]).toContain('error="ERR_QANTO_QUEUE_FULL: the solver already holds 3 jobs');
    expect(lines[0]).not.toContain('logger.test');
  });

  test('keep a value with a line break on their one line', () => {
    const { logger, lines } = capture('info', 'text');
    logger.info('note', { text: 'a\nb' });
    expect(lines.join('').trimEnd().split('\n')).toHaveLength(1);
  });

  test('are dropped below the level', () => {
    const { logger, lines } = capture('warn', 'text');
    logger.info('chatter');
    logger.debug('more chatter');
    expect(lines).toEqual([]);
  });
});

describe('JSON lines', () => {
  test('are one object each, with bigints as decimal text', () => {
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

  test('keep their own names when a field has the same one', () => {
    const { logger, lines } = capture('debug', 'json');
    logger.info('the message', { message: 'a field', level: 'fatal' });
    expect(JSON.parse(lines[0]!)).toMatchObject({ message: 'the message', level: 'info' });
  });

  test('carry code and stack of an error', () => {
    const { logger, lines } = capture('debug', 'json');
    logger.error('no', { error: new QueueFullError(3) });
    expect(JSON.parse(lines[0]!).error).toMatchObject({
      code: 'ERR_QANTO_QUEUE_FULL',
      stack: expect.any(String),
    });
  });
});

describe('inside a span', () => {
  new NodeTracerProvider().register();

  test.each(['text', 'json'] as const)('every %s line carries its ids', (format) => {
    const { logger, lines } = capture('info', format);
    const span = trace.getTracer('test').startSpan('work');
    const { traceId, spanId } = span.spanContext();
    context.with(trace.setSpan(context.active(), span), () => logger.child('dag').info('inside'));
    logger.info('outside');
    expect(lines[0]).toContain(traceId);
    expect(lines[0]).toContain(spanId);
    expect(lines[1]).not.toContain('traceId');
  });

  test('lines for a logger of somebody else carry them too', () => {
    const info = jest.fn();
    const span = trace.getTracer('test').startSpan('work');
    const logger = labelled({ debug: info, info, warn: info, error: info }, 'miner');
    context.with(trace.setSpan(context.active(), span), () => logger.info('inside', { blocks: 1 }));
    const { traceId, spanId } = span.spanContext();
    expect(info).toHaveBeenCalledWith('inside', { blocks: 1, module: 'miner', traceId, spanId });
  });
});

describe('the format', () => {
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

  test('is JSON for anything else', () => {
    const { lines, stream: file } = stream(false);
    createLogger({ stream: file }).info('hello');
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'info', message: 'hello' });
  });
});

test.each([
  ['level', { level: 'bogus' }],
  ['format', { format: 'xml' }],
])('an unknown %s is refused, not silently taken', (argument, options) => {
  expect(() => createLogger(options as LoggerOptions)).toThrow(
    expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument }),
  );
});

describe('a logger of somebody else', () => {
  test('may be a winston logger: the module and the fields are its metadata', () => {
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

  test('may be anything with the four methods, which keep their object', () => {
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

  test('that throws does not throw into what only wanted to say something', () => {
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
