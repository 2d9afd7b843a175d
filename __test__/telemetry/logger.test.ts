import { Writable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { QueueFullError } from '../../ts/errors.ts';
import type { LogLevel } from '../../ts/logger.ts';
import { createLogger, type LogFormat } from '../../ts/telemetry/index.ts';

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
    expect(lines[0]).toContain('error="QUEUE_FULL: the solver already holds 3 jobs');
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
    expect(JSON.parse(lines[0]!).error).toMatchObject({ code: 'QUEUE_FULL', stack: expect.any(String) });
  });
});
