// Runs a node that mines three blocks, serves its metrics and stops. Throws if the node does not do so.
module.exports = async function exerciseNode({ QantoNode }) {
  const node = await QantoNode.open({
    network: 'regtest',
    miner: { address: 'ab'.repeat(32) },
    node: { blocks: 3 },
    server: { port: 0 },
  });
  const response = await fetch(`${node.serverUrl}/metrics`);
  const metrics = await response.text();
  if (!metrics.includes('qanto_')) throw new Error(`/metrics answered ${response.status}: ${metrics}`);
  node.start();
  await node.stopped;
  const { blocks } = node.status();
  if (!(blocks >= 4)) throw new Error(`the node stopped with ${blocks} blocks instead of at least 4`);
};
