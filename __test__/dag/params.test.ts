import { describe, expect, test } from '@jest/globals';
import { genesisBlock } from '../../ts/dag/genesis.ts';
import { devnet, type NetworkParams, networks, regtest, resolveNetwork } from '../../ts/dag/params.ts';
import { InvalidArgumentError } from '../../ts/errors.ts';
import { workFromCompact } from '../../ts/pow/index.ts';

describe('A network', () => {
  test.each([
    ['devnet', 'ad087b7e1ee599e5da2ff5b1537420376bf4708878a4946db30117a21db9bb40'],
    ['regtest', 'c6672412ee515ab7e198c2bd24ecde16456df2b4ecf5371c0b6c1f16bbb28341'],
  ] as const)('named %s has its fixed genesis hash, since another hash is another network', (name, hash) => {
    expect(genesisBlock(networks[name]).hash).toBe(hash);
  });

  test('can be given by its name or by its parameters', () => {
    expect(resolveNetwork('devnet')).toBe(devnet);
    const own = { ...regtest, name: 'my-own' };
    expect(resolveNetwork(own)).toBe(own);
  });

  test('has its parameters in its genesis block', () => {
    const [payload] = genesisBlock(devnet).block.payloads;
    expect(JSON.parse(Buffer.from(payload!).toString())).toEqual(devnet);
  });

  test('has the same genesis block for any order of its parameters', () => {
    const backwards = <T extends object>(value: T): T =>
      Object.fromEntries(Object.entries(value).reverse()) as unknown as T;
    const reversed = { ...backwards(devnet), pruning: backwards(devnet.pruning!) };
    expect(genesisBlock(reversed).hash).toBe(genesisBlock(devnet).hash);
  });

  test('begins at 2^16 hashes per block if it is devnet, and at two if it is regtest', () => {
    expect(Number(workFromCompact(devnet.genesisBits)) / 2 ** 16).toBeCloseTo(1, 4);
    expect(workFromCompact(regtest.genesisBits)).toBe(2n);
  });

  test('is refused, with the greatest valid maxTimeAheadMs, if timestamps may be too far ahead for its difficulty window', () => {
    // 19.5 s is 22 % of 150 s, minus half of 27 s.
    const network = { ...devnet, name: 'far', maxTimeAheadMs: 19_500 };
    expect(resolveNetwork(network)).toBe(network);
    const problem =
      'network.maxTimeAheadMs must be at most 19500, which is 22 % of the span of the difficulty window minus half the span of the past-median-time window';
    expect(refusalOf({ ...network, maxTimeAheadMs: 19_501 })).toMatchObject({
      argument: 'network.maxTimeAheadMs',
      value: 19_501,
      problem,
    });
  });

  test.each([
    ['difficultyWindow', { difficultyWindow: 300 }, 52_500],
    ['difficultySampleRate', { difficultySampleRate: 2 }, 52_500],
    ['pastMedianTimeWindow', { pastMedianTimeWindow: 54 }, 6000],
    ['pastMedianTimeSampleRate', { pastMedianTimeSampleRate: 2 }, 6000],
    ['targetTimePerBlockMs', { targetTimePerBlockMs: 100 }, 1950],
  ])('has a greatest maxTimeAheadMs that depends on %s', (_, changes, most) => {
    const network = { ...devnet, ...changes, name: 'changed', maxTimeAheadMs: most };
    expect(resolveNetwork(network)).toBe(network);
    expect(refusalOf({ ...network, maxTimeAheadMs: most + 1 }).problem).toContain(`at most ${most},`);
  });

  test('is refused, with the least valid difficulty window, if the past-median-time window alone is too long for it', () => {
    // Half of 27 s is more than 22 % of 60 s. Half of 27 s and 10 s together are less than 22 % of 107 s, and more than
    // 22 % of 106 s.
    const network = { ...devnet, name: 'short', difficultyWindow: 60 };
    const refusal = refusalOf(network);
    expect(refusal).toMatchObject({ argument: 'network.difficultyWindow', value: 60 });
    expect(refusal.problem).toContain('at least 107,');
    expect(refusalOf({ ...network, difficultyWindow: 106 }).argument).toBe('network.maxTimeAheadMs');
    expect(resolveNetwork({ ...network, difficultyWindow: 107 })).toMatchObject({ difficultyWindow: 107 });
  });

  test('may have any maxTimeAheadMs if its difficulty is constant', () => {
    const network = { ...regtest, name: 'constant', maxTimeAheadMs: 86_400_000 };
    expect(resolveNetwork(network)).toBe(network);
    const moving = { ...network, minDifficultyWindow: network.difficultyWindow };
    expect(refusalOf(moving).argument).toBe('network.maxTimeAheadMs');
  });
});

function refusalOf(network: NetworkParams): InvalidArgumentError {
  try {
    resolveNetwork(network);
  } catch (error) {
    if (error instanceof InvalidArgumentError) return error;
    throw error;
  }
  throw new Error('The parameters were not refused.');
}
