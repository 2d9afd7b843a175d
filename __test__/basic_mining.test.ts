import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Block, encodeHeader, type QantoDag } from '../ts/dag/index.ts';
import { blockHeader, solvePow, verifyPow } from '../ts/pow/index.ts';
import { mineBlocks, openTestDag, TEST_ADDRESS } from '../ts/testing.ts';

let dag: QantoDag;

beforeEach(async () => {
  dag = await openTestDag();
});

afterEach(() => dag.close());

function withNonce(block: Block, nonce: number): Block {
  return { ...block, header: { ...block.header, nonce } };
}

function verifies(block: Block): boolean {
  return verifyPow(blockHeader(encodeHeader(block.header)), block.header.nonce);
}

describe('A mined block', () => {
  test('verifies, and is the sink of the DAG on which it was mined', async () => {
    const [hash] = await mineBlocks(dag, 1);
    expect(dag.sink()).toBe(hash);
    expect(verifies((await dag.getBlock(hash!))!)).toBe(true);
  });

  test('is accepted by a DAG that did not mine it', async () => {
    const [hash] = await mineBlocks(dag, 1);
    const other = await openTestDag();
    expect(await other.addBlock((await dag.getBlock(hash!))!)).toMatchObject({ hash, status: 'accepted' });
    expect(other.sink()).toBe(hash);
    await other.close();
  });

  test('neither verifies nor is accepted with another nonce', async () => {
    const template = dag.buildTemplate({ address: TEST_ADDRESS });
    const { nonce } = await solvePow(blockHeader(template.header));
    const forged = withNonce(template.withNonce(Number(nonce)), (Number(nonce) + 1) % 2 ** 32);
    expect(verifies(forged)).toBe(false);
    await expect(dag.addBlock(forged)).rejects.toMatchObject({ code: 'ERR_QANTO_POW_NOT_MET' });
    expect(dag.info().blockCount).toBe(1);
  });

  test('is not accepted with easier bits, whatever its proof of work', async () => {
    const template = dag.buildTemplate({ address: TEST_ADDRESS });
    const header = Uint8Array.from(template.header);
    new DataView(header.buffer).setUint32(72, 0x207fffff, true);
    const { nonce } = await solvePow(blockHeader(header));
    const block = template.withNonce(Number(nonce));
    const easier = { ...block, header: { ...block.header, bits: 0x207fffff } };
    expect(verifies(easier)).toBe(true);
    await expect(dag.addBlock(easier)).rejects.toMatchObject({ code: 'ERR_QANTO_WRONG_BITS' });
    expect(dag.info().blockCount).toBe(1);
  });
});
