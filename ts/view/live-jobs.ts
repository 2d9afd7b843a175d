/** What is known about a job that is running or waiting, in words. Tests compile this module, too, so it needs no browser. */
import type { LiveJob } from './messages.ts';

/** The job that each thread is working on. */
export function threadHolders(threads: number, jobs: readonly LiveJob[]): (number | undefined)[] {
  const holders = new Array<number | undefined>(threads).fill(undefined);
  for (const { id, threads: held } of jobs) {
    // The pool may have grown between the two moments at which both were read.
    for (const thread of held) if (thread < threads) holders[thread] = id;
  }
  return holders;
}

export function stateOf({ threads, waitedMs }: LiveJob): string {
  if (threads.length === 1) return `on thread ${threads[0]}`;
  if (threads.length > 1) return `on threads ${threads.join(', ')}`;
  return waitedMs === undefined ? 'waiting' : 'waiting again';
}

/** The part of the average number of hashes that is done. A search may take more than that. */
export function progressOf({ hashes, expectedHashes }: LiveJob): string {
  if (expectedHashes === undefined || !(expectedHashes > 0)) return '—';
  return `${((100 * hashes) / expectedHashes).toFixed(0)} %`;
}
