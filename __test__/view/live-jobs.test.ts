import { expect, test } from '@jest/globals';
import { progressOf, stateOf, threadHolders } from '../../ts/view/live-jobs.ts';
import type { LiveJob } from '../../ts/view/messages.ts';

const job: LiveJob = {
  id: 1,
  algorithm: 'sha256d',
  kernel: 'avx512',
  priority: 'normal',
  threads: [],
  limit: 2,
  ageMs: 10,
  hashes: 50,
  expectedHashes: 200,
};

test('Each thread is shown with the job that it works on', () => {
  const jobs = [
    { ...job, id: 7, threads: [0, 2] },
    { ...job, id: 9, threads: [1, 5] },
  ];
  expect(threadHolders(4, jobs)).toEqual([7, 9, 7, undefined]);
});

test('The state of a job says which threads it has, and whether it has had one', () => {
  expect(stateOf(job)).toBe('waiting');
  expect(stateOf({ ...job, waitedMs: 3 })).toBe('waiting again');
  expect(stateOf({ ...job, threads: [2], waitedMs: 3 })).toBe('on thread 2');
  expect(stateOf({ ...job, threads: [0, 2], waitedMs: 3 })).toBe('on threads 0, 2');
});

test('The progress of a job is the part of its average work, if that is known', () => {
  expect(progressOf(job)).toBe('25 %');
  expect(progressOf({ ...job, hashes: 500 })).toBe('250 %');
  const { expectedHashes: _, ...several } = job;
  expect(progressOf(several)).toBe('—');
});
