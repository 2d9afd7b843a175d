import { describe, expect, test } from '@jest/globals';
import { genesisBlock } from '../../ts/dag/genesis.ts';
import { devnet, networks, regtest, resolveNetwork } from '../../ts/dag/params.ts';
import { workFromCompact } from '../../ts/pow/index.ts';

describe('A network', () => {
  test.each([
    ['devnet', 'ce454ddbe90be2adf3b3d09ef8e038136c08844e84c72afed645e1be71a097f2'],
    ['regtest', '358c93d10ede048826571f14874d2e7c0370f7db451c93f6be954cfd48805f64'],
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
});
