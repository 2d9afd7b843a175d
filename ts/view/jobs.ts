/** What the hashing threads are doing now, and who mines for the node. */
import { element } from './dom.ts';
import { progressOf, stateOf, threadHolders } from './live-jobs.ts';
import type { LiveWorker, WorkEvent } from './messages.ts';
import { table } from './table.ts';
import { counted, duration, visible, withPrefix } from './text.ts';

type Pool = WorkEvent['pool'];

/** One entry for each hashing thread, with the job that it is working on. */
export function threadList({ threads, jobs }: Pool): HTMLElement {
  const holders = threadHolders(threads, jobs);
  return element(
    'ul',
    { class: 'threads', 'aria-label': 'Hashing threads' },
    ...holders.map((job, thread) =>
      element(
        'li',
        { class: job === undefined ? 'idle' : 'busy' },
        `Thread ${thread}: ${job === undefined ? 'idle' : `job ${job}`}`,
      ),
    ),
  );
}

export function liveJobTable({ running, queued, jobs, waits }: Pool): HTMLElement {
  const more = running + queued - jobs.length;
  const hidden = more > 0 ? `, of which ${counted(more)} are not shown` : '';
  const worst =
    waits === undefined
      ? ''
      : `. Of the last ${counted(waits.count)} jobs, the median wait for a thread was ${duration(waits.p50Ms)}, the longest ${duration(waits.worstMs)}`;
  return table({
    name: 'Jobs',
    caption: `${counted(running)} running and ${counted(queued)} waiting jobs${hidden}${worst}`,
    headings: ['Job', 'State', 'Hash function', 'Kernel', 'Priority'],
    numbers: ['Age', 'Waited', 'Hashes', 'Progress', 'Times out in'],
    rows: jobs.map((job) => [
      String(job.id),
      stateOf(job),
      job.algorithm ?? 'verification',
      job.kernel,
      job.priority,
      duration(job.ageMs),
      duration(job.waitedMs ?? job.ageMs),
      counted(job.hashes),
      progressOf(job),
      job.leftMs === undefined ? 'never' : duration(job.leftMs),
    ]),
  });
}

export function workerTable(workers: readonly LiveWorker[]): HTMLElement {
  return table({
    name: 'Workers',
    caption:
      workers.length === 0
        ? 'No worker has sent a share to the Stratum server yet'
        : 'Workers of the Stratum server, those with the highest hash rate in the last five minutes first',
    headings: ['Worker'],
    numbers: ['Hash rate', 'Accepted', 'Refused', 'Last share'],
    rows: workers.map(({ name, accepted, refused, hashesPerSecond, lastShareAgeMs }) => [
      element('span', { class: 'mono', title: visible(name) }, shortWorker(name)),
      withPrefix(hashesPerSecond, 'H/s'),
      counted(accepted),
      counted(refused),
      lastShareAgeMs === undefined ? 'none yet' : `${duration(lastShareAgeMs)} ago`,
    ]),
  });
}

/** The name begins with an address of 64 hex digits, of which the ends tell workers apart. */
function shortWorker(name: string): string {
  const [address, ...rest] = name.split('.');
  const end = rest.length === 0 ? '' : `.${rest.join('.')}`;
  return visible(`${address!.slice(0, 6)}…${address!.slice(-4)}${end}`);
}
