// Opens a node in each of two workers of a cluster, with the server configuration in the first argument, and prints the port or
// the error code of each as a line of JSON.
import cluster from 'node:cluster';

if (cluster.isPrimary) {
  const opened = [];
  for (let index = 0; index < 2; index++) {
    const worker = cluster.fork();
    // The second node is opened while the first one listens.
    opened.push(await new Promise((resolve) => worker.once('message', resolve)));
  }
  process.stdout.write(`${JSON.stringify(opened)}\n`);
  for (const worker of Object.values(cluster.workers)) worker.kill();
} else {
  const { QantoNode } = await import('qanto-node');
  const server = JSON.parse(process.argv[2]);
  const opened = await QantoNode.open({
    network: 'regtest',
    miner: { address: 'ab'.repeat(32) },
    server,
  }).then(
    ({ serverUrl }) => ({ port: Number(new URL(serverUrl).port) }),
    ({ code, port, message }) => ({ code, port, message }),
  );
  process.send(opened);
}
