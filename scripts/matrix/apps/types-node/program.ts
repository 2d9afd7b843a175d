import { QantoError } from 'qanto';
import { type NodeConfig, type NodeOptions, type NodeStatus, QantoNode, type Readiness } from 'qanto-node';

const config: NodeConfig = { network: 'regtest', miner: { address: 'ab'.repeat(32) }, node: { blocks: 2 } };
const options: NodeOptions = {};

export async function mine(): Promise<NodeStatus> {
  const node = await QantoNode.open(config, options);
  node.start();
  await node.stopped;
  const readiness: Readiness = node.readiness();
  // @ts-expect-error: blocks is a number. Without types it would be any, and this would be no error.
  const blocks: string = node.status().blocks;
  void [readiness, blocks, QantoError];
  return node.status();
}

void mine().then(({ blocks }) => console.log(blocks >= 3 ? 'ok' : 'failed'));
