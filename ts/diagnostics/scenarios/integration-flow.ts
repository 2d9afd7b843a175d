import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { QantoDag, seededEnvironment } from 'qanto/dag';
import { mineBlocks } from 'qanto/testing';

const BLOCKS = 20;
const SEED = 42;

/** Mines blocks into a store on disk and reopens it. The DAG must be the same, and mining must continue from its tips. */
export async function integrationFlow(): Promise<void> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'qanto-integration-flow-'));
  try {
    const first = await open(dataDir);
    await mineBlocks(first, BLOCKS);
    const before = stateOf(first);
    await first.close();

    const second = await open(dataDir);
    try {
      assert.deepEqual(stateOf(second), before);
      const [next] = await mineBlocks(second, 1);
      assert.deepEqual((await second.getBlock(next!))?.context.parents, before.tips);
    } finally {
      await second.close();
    }
  } finally {
    await rm(dataDir, { recursive: true });
  }
}

function open(dataDir: string): Promise<QantoDag> {
  return QantoDag.open({ network: 'devnet', dataDir, environment: seededEnvironment(SEED) });
}

function stateOf(dag: QantoDag) {
  return { tips: dag.tips(), order: [...dag.order()], sink: dag.sink() };
}
