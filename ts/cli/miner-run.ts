import type { MinerStatus } from 'qanto/miner';
import { openNode, type StoreConfig } from '../node/control/source.ts';
import { interruptible, opened } from './interruptible.ts';
import { printAnswer } from './output.ts';

/** Calls a method of the miner of the node that uses the data directory, and prints the status that it returns. */
export async function callMiner(
  config: StoreConfig,
  method: `miner.${string}`,
  params: object,
  json: boolean,
): Promise<void> {
  await interruptible(async (signal) => {
    const node = await opened(openNode(config), signal);
    try {
      const { state, threads, ...rest } = (await node.call(method, params, { signal })) as MinerStatus;
      printAnswer({ state, threads: threads ?? 'default', ...rest }, json);
    } finally {
      await node.close();
    }
  });
}
