import assert from 'node:assert/strict';
import { blockHeader, verifyPow } from 'qanto';
import { devnet, encodeHeader, MemoryStore, QantoDag, seededEnvironment } from 'qanto/dag';
import { mineBlocks } from 'qanto/testing';

const BLOCKS = 10;
const SEED = 42;
/** A devnet in its steady state on a machine of 4 million hashes a second, in the middle of what it is made for. */
const network = { ...devnet, name: 'basic-mining', genesisBits: 0x1e03ffff };

/** Mines blocks in memory; each must verify by the reference, and be accepted by a DAG that did not mine it. */
export async function basicMining(): Promise<void> {
  const [dag, other] = [await open(), await open()];
  try {
    for (const hash of await mineBlocks(dag, BLOCKS)) {
      const block = (await dag.getBlock(hash))!;
      assert(
        verifyPow(blockHeader(encodeHeader(block.header)), block.header.nonce),
        `${hash} does not verify`,
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
