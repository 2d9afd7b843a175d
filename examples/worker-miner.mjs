// A miner in a worker thread. The main thread stays free and receives a message for every block. The worker owns the DAG, its
// store and the miner. Stopping the worker loses no acknowledged block.
//
//   node examples/worker-miner.mjs [blocks] [directory]
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const ADDRESS = 'ab'.repeat(32);

async function mine({ network, dataDir }) {
  const { QantoDag } = await import('qanto/dag');
  const { Miner } = await import('qanto/miner');
  const dag = await QantoDag.open({ network, dataDir });
  const miner = new Miner(dag, { address: ADDRESS });
  miner.on('mined', ({ hash }) => parentPort.postMessage({ hash, blueScore: dag.info().blueScore }));
  miner.on('failed', ({ error }) => {
    throw error;
  });
  // A message from the main thread stops the worker in the right order: first the miner, then the store.
  parentPort.once('message', async () => {
    await miner.stop();
    await dag.close();
    parentPort.close();
  });
  miner.start();
}

/** Mines this number of blocks in a worker, and resolves to its messages about them. */
export async function main({ blocks = 5, network = 'devnet', dataDir = './worker-miner-data' } = {}) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { network, dataDir } });
  const mined = [];
  const exited = once(worker, 'exit');
  worker.on('message', (block) => {
    mined.push(block);
    if (mined.length === blocks) worker.postMessage('stop');
  });
  const [code] = await exited;
  return { code, mined };
}

if (!isMainThread) {
  await mine(workerData);
} else if (import.meta.filename === process.argv[1]) {
  const [blocks, dataDir] = process.argv.slice(2);
  const result = await main({ ...(blocks && { blocks: Number(blocks) }), ...(dataDir && { dataDir }) });
  console.log(JSON.stringify(result, null, 2));
}
