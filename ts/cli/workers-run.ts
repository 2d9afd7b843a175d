import { QantoError, UnsupportedError } from 'qanto';
import type { StratumStatus, WorkerStatus } from 'qanto/stratum';
import { openNode, type Source, type StoreConfig } from '../node/control/source.ts';
import { interruptible, opened } from './interruptible.ts';
import { jsonLine, printLine } from './output.ts';
import { ellipsisOf } from './style.ts';
import { columnsOf } from './terminal.ts';
import { workersText } from './workers-text.ts';

/** The most workers of one answer. */
const PAGE = 1000;

/** Asks the node that uses the data directory for the workers of its Stratum server, and prints them. */
export async function printWorkers(config: StoreConfig, count: number, json: boolean): Promise<void> {
  await interruptible(async (signal) => {
    const node = await opened(openNode(config), signal);
    try {
      const status = await workersOf(node, count, signal);
      const text = json
        ? jsonLine(status)
        : workersText(status, columnsOf(process.stdout) ?? Infinity, ellipsisOf());
      printLine(process.stdout, text);
    } finally {
      await node.close();
    }
  });
}

/** The status of the server with up to `count` workers. Rejects with `ERR_QANTO_UNSUPPORTED` if the node has no Stratum server. */
export async function workersOf(
  node: Pick<Source, 'call'>,
  count: number,
  signal?: AbortSignal,
): Promise<StratumStatus> {
  const page = async (from: number) => {
    const params = { from, count: Math.min(count - from, PAGE) };
    return (await node.call('stratum.status', params, { signal })) as StratumStatus;
  };
  try {
    let status = await page(0);
    // A worker that logs in meanwhile moves to the front, and pushes another one into the next page.
    const workers = new Map<string, WorkerStatus>();
    for (let from = 0; ; status = await page(from)) {
      for (const worker of status.workers) workers.set(worker.name, worker);
      from += status.workers.length;
      if (status.workers.length === 0 || from >= Math.min(count, status.workerCount)) break;
    }
    return { ...status, workers: [...workers.values()] };
  } catch (error) {
    if (!(error instanceof QantoError) || error.code !== 'ERR_QANTO_CONTROL_UNKNOWN_METHOD') throw error;
    throw new UnsupportedError('qanto workers', 'the node has no Stratum server, so start it with --stratum');
  }
}
