import { expect, test } from '@jest/globals';
import { NativeUnavailableError, QueueFullError, ThreadsUnavailableError } from '../../ts/errors.ts';
import { translated } from '../../ts/pow/native-errors.ts';

const refuse = (code: string, message: string) => () =>
  translated(() => {
    throw Object.assign(new Error(message), { code });
  });

test("A system that refuses to create threads causes a ThreadsUnavailableError with the system's message", () => {
  const refused = refuse(
    'ERR_QANTO_THREADS_UNAVAILABLE',
    'the system refused to create 3 threads: Resource unavailable',
  );
  expect(refused).toThrow(ThreadsUnavailableError);
  expect(refused).toThrow(/refused to create 3 threads: Resource unavailable; .*ulimit -u/);
});

test('The error for a full queue has the limit of the pool', () => {
  const refused = refuse('ERR_QANTO_QUEUE_FULL', 'the queue is full');
  expect(refused).toThrow(expect.objectContaining({ limit: 10_000 }));
  expect(refused).toThrow(QueueFullError);
});

test('Another error of the addon keeps its code', () => {
  expect(refuse('ERR_QANTO_INVALID_ARGUMENT', 'a hash has 32 bytes')).toThrow(
    expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', message: 'a hash has 32 bytes' }),
  );
});

test('An error without a code of qanto is thrown unchanged', () => {
  const error = new TypeError('not a function');
  expect(() =>
    translated(() => {
      throw error;
    }),
  ).toThrow(error);
});

test('An error that has a class of qanto already is kept, with its cause', () => {
  const error = new NativeUnavailableError('no binary', { cause: new Error('the cause') });
  let thrown: unknown;
  try {
    translated(() => {
      throw error;
    });
  } catch (caught) {
    thrown = caught;
  }
  expect(thrown).toBe(error);
});
