import assert from 'node:assert/strict';
import { blockHeader, verifyPow } from 'qanto';
import { devnet, encodeHeader, MemoryStore, QantoDag, seededEnvironment } from 'qanto/dag';
import { mineBlocks } from 'qanto/testing';

const BLOCKS = 10;
const SEED = 42;
/** A devnet with the difficulty it has on a machine of 4 million hashes per second. */
const network = { ...devnet, name: 'basic-mining', genesisBits: 0x1e03ffff };

/** Mines blocks in memory. Each block must be valid for the reference, and another DAG must accept it. */
export async function basicMining(): Promise<void> {
  const [dag, other] = [await open(), await open()];
  try {
    for (const hash of await mineBlocks(dag, BLOCKS)) {
      const block = (await dag.getBlock(hash))!;
      assert(
        verifyPow(blockHeader(encodeHeader(block.header)), block.header.nonce),
        `the proof of work of block ${hash} is not valid`,
      );
      assert.equal((await other.addBlock(block)).status, 'accepted');
    }
    assert.equal(other.sink(), dag.sink());
  } finally {
    await dag.close();
    await other.close();
  }
}

function open(): Promise<QantoDag> {
  return QantoDag.open({ network, store: new MemoryStore(), environment: seededEnvironment(SEED) });
}
