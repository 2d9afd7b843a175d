import { beforeEach, describe, expect, test } from '@jest/globals';
import { processEnvironment, SEED_VARIABLE } from '../ts/environment.ts';
import { mineBlocks, openTestDag, setupDeterministicTestEnv } from '../ts/testing.ts';

describe('The function setupDeterministicTestEnv', () => {
  beforeEach(() => {
    delete process.env[SEED_VARIABLE];
  });

  test('sets the seed 42 in the environment, and removes it again', () => {
    const restore = setupDeterministicTestEnv();
    expect(processEnvironment().seed).toBe(42);
    restore();
    expect(processEnvironment().seed).toBeUndefined();
  });

  test('restores a seed that was set before', () => {
    process.env[SEED_VARIABLE] = '5';
    setupDeterministicTestEnv({ seed: 6 })();
    expect(processEnvironment().seed).toBe(5);
  });

  test.each([-1, 1.5, Number.NaN])('refuses the seed %d and changes nothing', (seed) => {
    expect(() => setupDeterministicTestEnv({ seed })).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT' }),
    );
    expect(process.env[SEED_VARIABLE]).toBeUndefined();
  });
});

test.each([-1, 1.5, Number.NaN])('A test DAG with the seed %d is refused', async (seed) => {
  await expect(openTestDag({ seed })).rejects.toMatchObject({
    code: 'ERR_QANTO_INVALID_ARGUMENT',
    argument: 'seed',
  });
});

describe('The function mineBlocks', () => {
  test('mines the number of blocks and resolves to their hashes', async () => {
    const dag = await openTestDag({ network: 'regtest' });
    const hashes = await mineBlocks(dag, 4);
    expect([...dag.order()].slice(1)).toEqual(hashes);
    await dag.close();
  });

  test('rejects with the error that stopped the miner', async () => {
    const dag = await openTestDag({ network: 'regtest' });
    const wrong = new Error('broken');
    await expect(mineBlocks(dag, 1, { solve: () => Promise.reject(wrong) })).rejects.toBe(wrong);
    await dag.close();
  });

  test.each([-1, 0.5])('refuses to mine %d blocks', async (count) => {
    const dag = await openTestDag({ network: 'regtest' });
    await expect(mineBlocks(dag, count)).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      argument: 'count',
    });
    await dag.close();
  });
});
