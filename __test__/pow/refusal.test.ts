import { expect, test } from '@jest/globals';
import { QueueFullError, ThreadsUnavailableError } from '../../ts/errors.ts';
import { translated } from '../../ts/pow/refusal.ts';

const refuse = (message: string) => () =>
  translated(() => {
    throw new Error(message);
  });

test('a system that grants no threads is an error of its own, with what it said', () => {
  const refused = refuse(
    'ERR_QANTO_THREADS_UNAVAILABLE: the system refused to create 3 threads: Resource unavailable',
  );
  expect(refused).toThrow(ThreadsUnavailableError);
  expect(refused).toThrow(/refused to create 3 threads: Resource unavailable; .*ulimit -u/);
});

test('a full queue names its limit', () => {
  expect(refuse('ERR_QANTO_QUEUE_FULL: 10000')).toThrow(expect.objectContaining({ limit: 10_000 }));
  expect(refuse('ERR_QANTO_QUEUE_FULL: 10000')).toThrow(QueueFullError);
});

test('what is no refusal stays what it is', () => {
  const error = new TypeError('not a function');
  expect(() =>
    translated(() => {
      throw error;
    }),
  ).toThrow(error);
});
