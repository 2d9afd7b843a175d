/** DAGs with parallel blocks, reds and reorganisations, on a network on which two hashes find a block. */
import { type Block, MemoryStore, type NetworkParams, QantoDag, regtest } from '../../ts/dag/index.ts';
import { seededEnvironment } from '../../ts/environment.ts';
import { blockHeader, solvePow } from '../../ts/index.ts';
import { TEST_ADDRESS } from '../../ts/testing.ts';

/** With a small k, a block that comes after a few others is red. */
export const NETWORK: NetworkParams = { ...regtest, name: 'busy', ghostdagK: 2 };

export function openBusyDag(seed = 1): Promise<QantoDag> {
  return QantoDag.open({ network: NETWORK, store: new MemoryStore(), environment: seededEnvironment(seed) });
}

let extraNonce = 0;

/** Mines a block on the current tips. It does not add it. */
export async function minedBlock(dag: QantoDag, payloads: readonly Uint8Array[] = []): Promise<Block> {
  const template = dag.buildTemplate({ address: TEST_ADDRESS, extraNonce: ++extraNonce, payloads });
  const { algorithm, target } = template;
  const { nonce } = await solvePow(blockHeader(template.header, { algorithm, target }), { threads: 1 });
  return template.withNonce(nonce);
}

/** Adds blocks one after the other. */
export async function addChain(dag: QantoDag, count: number): Promise<Block[]> {
  const blocks: Block[] = [];
  for (; blocks.length < count; ) {
    const block = await minedBlock(dag);
    await dag.addBlock(block);
    blocks.push(block);
  }
  return blocks;
}

/** Adds blocks of which many come late, so that some are red. `random` returns numbers in [0, 1). */
export async function addBusyBlocks(dag: QantoDag, count: number, random: () => number): Promise<void> {
  const held: Block[] = [];
  for (let added = 0; added < count; ) {
    if (held.length < 6 && random() < 0.5) held.push(await minedBlock(dag));
    else {
      const late = held.length > 0 && random() < 0.5;
      const block = late ? held.splice(Math.floor(random() * held.length), 1)[0]! : await minedBlock(dag);
      await dag.addBlock(block);
      added++;
    }
  }
  for (const block of held) await dag.addBlock(block);
}

/** Mines on an earlier copy of a DAG until its chain is heavier, and then adds these blocks to the DAG. */
export async function overtake(dag: QantoDag, rival: QantoDag): Promise<void> {
  const secret: Block[] = [];
  while (rival.getView(rival.sink())!.blueWork <= dag.getView(dag.sink())!.blueWork) {
    secret.push(...(await addChain(rival, 1)));
  }
  for (const block of secret) await dag.addBlock(block);
}

/** A copy of a DAG. */
export async function copyOf(dag: QantoDag): Promise<QantoDag> {
  const copy = await openBusyDag(2);
  for (const hash of dag.order()) if (hash !== dag.genesis) await copy.addBlock(await dag.encodedBlock(hash));
  return copy;
}
