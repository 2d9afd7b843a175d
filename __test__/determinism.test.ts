import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { QantoDag } from '../ts/dag/index.ts';
import { seededEnvironment } from '../ts/environment.ts';
import { mineBlocks, openTestDag } from '../ts/testing.ts';

const SEED = 42;
/**
 * The sink after 50 blocks on devnet under seed 42, on any machine. It changes only with the consensus rules, the
 * network's parameters, and the order in which the miner searches.
 */
const SINK_AFTER_50 = '0000b5fc63f7cad55a06450a37179f2459716b3967dfa0883ff83c8575a05017';

/** Three million hashes take about a second, and much longer on a busy machine. */
const ENOUGH_MS = 120_000;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('Fifty blocks under seed 42', () => {
  test.each([1, 2, 4])(
    'end in the pinned sink on %d threads',
    async (threads) => {
      const dag = await openTestDag({ seed: SEED });
      cleanups.push(() => dag.close());
      await mineBlocks(dag, 50, { threads });
      expect(dag.sink()).toBe(SINK_AFTER_50);
    },
    ENOUGH_MS,
  );

  test(
    'end in the pinned sink when the DAG is closed after 25 blocks and opened again',
    async () => {
      const dataDir = mkdtempSync(path.join(tmpdir(), 'qanto-determinism-'));
      cleanups.push(() => rmSync(dataDir, { recursive: true }));
      for (let half = 1; half <= 2; half += 1) {
        const dag = await QantoDag.open({ network: 'devnet', dataDir, environment: seededEnvironment(SEED) });
        await mineBlocks(dag, 25);
        expect(dag.info().blockCount).toBe(1 + 25 * half);
        if (half === 2) expect(dag.sink()).toBe(SINK_AFTER_50);
        await dag.close();
      }
    },
    ENOUGH_MS,
  );

  test('differ from the blocks under another seed', async () => {
    const sinks = [];
    for (const seed of [SEED, SEED + 1]) {
      const dag = await openTestDag({ seed });
      cleanups.push(() => dag.close());
      await mineBlocks(dag, 1);
      sinks.push(dag.sink());
    }
    expect(sinks[0]).not.toBe(sinks[1]);
  });
});
