import { expect, test } from '@jest/globals';
import { SeriesSet } from '../../ts/stratum/series.ts';
import { Workers } from '../../ts/stratum/worker.ts';

const HOUR_MS = 3_600_000;
const labels = (workers: Workers, nowMs: number) => workers.series(nowMs).map(({ worker }) => worker);

test('A worker has a series from its first accepted share on, and what was refused before counts for other', () => {
  const workers = new Workers(10, 2, 0);
  const worker = workers.get('a', 0)!;
  worker.refuse('duplicate');
  expect(labels(workers, 0)).toEqual(['other']);
  worker.accept(1, 2, 0);
  worker.refuse('stale-job');
  const [own, other] = workers.series(0);
  expect(own).toMatchObject({
    worker: 'a',
    accepted: 1,
    bestShare: 2,
    refused: { 'stale-job': 1, duplicate: 0 },
  });
  expect(other).toMatchObject({ worker: 'other', accepted: 0, refused: { duplicate: 1 } });
});

test('Any number of workers has at most as many series as there is room for, and one for the rest', () => {
  const workers = new Workers(100_000, 3, 0);
  for (let n = 0; n < 1000; n += 1) workers.get(`w${n}`, 0)!.accept(1, 1, 0);
  expect(labels(workers, 0)).toEqual(['w0', 'w1', 'w2', 'other']);
  expect(workers.series(0).at(-1)!.accepted).toBe(997);
});

test('A worker that was silent for an hour gives up its series to another one, and gets one again when there is room', () => {
  const workers = new Workers(10, 1, 0);
  const [first, second] = [workers.get('a', 0)!, workers.get('b', 0)!];
  first.accept(1, 1, 0);
  second.accept(1, 1, HOUR_MS - 1);
  expect(labels(workers, HOUR_MS)).toEqual(['a', 'other']);
  const third = workers.get('c', HOUR_MS)!;
  third.accept(1, 1, HOUR_MS);
  expect(labels(workers, HOUR_MS)).toEqual(['c', 'other']);
  first.accept(1, 1, HOUR_MS);
  expect(workers.series(HOUR_MS).at(-1)!.accepted).toBe(2);
  first.accept(1, 1, HOUR_MS * 3);
  expect(workers.series(HOUR_MS * 3).at(-1)!.accepted).toBe(3);
});

test('A worker that the server forgot goes on with its series when it returns', () => {
  const workers = new Workers(1, 5, 0);
  workers.get('a', 0)!.accept(1, 1, 0);
  workers.get('b', 0);
  workers.get('a', 0)!.accept(1, 1, 0);
  expect(workers.series(0)[0]).toMatchObject({ worker: 'a', accepted: 2 });
});

test('A series that was given up is not held any more', () => {
  const set = new SeriesSet(1, 0);
  const series = set.of('a', 0);
  series.accept(1, 1, 0);
  expect(set.holds('a', series)).toBe(true);
  set.of('b', HOUR_MS);
  expect(set.holds('a', series)).toBe(false);
});
