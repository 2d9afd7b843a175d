import { once } from 'node:events';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createLogger } from '../../ts/telemetry/index.ts';

/** A stream each of whose writes fails, as on a full disk. */
class FullDisk extends Writable {
  writes = 0;

  constructor() {
    // As a terminal or a file that is reopened does, it stays usable after an error.
    super({ autoDestroy: false });
  }

  override _write(_chunk: unknown, _encoding: string, done: (error: Error) => void) {
    this.writes += 1;
    done(new Error('ENOSPC: no space left on device'));
  }
}

/** Resolves when a stream has emitted the error of a write: it does so before the next turn of the event loop. */
const errorsEmitted = () => new Promise(setImmediate);

let warnings: jest.SpiedFunction<typeof process.emitWarning>;

beforeEach(() => {
  warnings = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
});

afterEach(() => {
  warnings.mockRestore();
});

describe('A stream whose writes fail', () => {
  test('does not end the process, and causes one warning', async () => {
    const stream = new FullDisk();
    const logger = createLogger({ stream });
    const surfaced = jest.fn();
    process.on('uncaughtException', surfaced);
    logger.info('first');
    await errorsEmitted();
    logger.info('second');
    await errorsEmitted();
    process.off('uncaughtException', surfaced);
    expect(surfaced).not.toHaveBeenCalled();
    expect(warnings.mock.calls).toEqual([[expect.stringContaining('ENOSPC'), { code: 'QANTO_LOG_STREAM' }]]);
  });

  test('reports the errors of the writes of others to their listeners', async () => {
    const stream = new FullDisk();
    createLogger({ stream }).info('line');
    await errorsEmitted();
    expect(stream.listenerCount('error')).toBe(0);
    const error = once(stream, 'error');
    stream.emit('error', new Error('of the host'));
    expect(await error).toEqual([new Error('of the host')]);
  });

  test('does not hide its errors from a listener of the host', async () => {
    const stream = new FullDisk();
    const error = once(stream, 'error');
    createLogger({ stream }).info('line');
    expect(await error).toEqual([expect.objectContaining({ message: expect.stringContaining('ENOSPC') })]);
  });
});

test('A stream that throws does not throw into the code that logs', () => {
  const write = () => {
    throw new Error('broken');
  };
  const logger = createLogger({ stream: Object.assign(new Writable(), { write }) });
  logger.info('first');
  logger.info('second');
  expect(warnings.mock.calls).toEqual([[expect.stringContaining('broken'), { code: 'QANTO_LOG_STREAM' }]]);
});

test('A stream that was destroyed does not end the process', async () => {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
  stream.destroy();
  await once(stream, 'close');
  createLogger({ stream }).info('line');
  await errorsEmitted();
  expect(warnings).toHaveBeenCalledTimes(1);
});

test('Lines are written in order and at once', () => {
  const lines: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (line: string, _encoding, done) => {
      lines.push(JSON.parse(line).message);
      done();
    },
  });
  const logger = createLogger({ stream });
  for (const message of ['one', 'two', 'three']) logger.info(message);
  expect(lines).toEqual(['one', 'two', 'three']);
});
