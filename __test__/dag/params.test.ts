import { describe, expect, test } from '@jest/globals';
import { genesisBlock } from '../../ts/dag/genesis.ts';
import { devnet, networks, regtest, resolveNetwork } from '../../ts/dag/index.ts';
import { workFromCompact } from '../../ts/pow/index.ts';

describe('a network', () => {
  test.each([
    ['devnet', 'db5250677a886d8476f9ccd8254317ff242bc25aec1cb0ae268412bc671ce567'],
    ['regtest', '059f263bd45d7689cff0bcb10111330bbd12908c60a851c64827127df7e57482'],
  ] as const)('%s has the genesis it always had; another is another network', (name, hash) => {
    expect(genesisBlock(networks[name]).hash).toBe(hash);
  });

  test('is found by its name or given by its parameters', () => {
    expect(resolveNetwork('devnet')).toBe(devnet);
    const own = { ...regtest, name: 'my-own' };
    expect(resolveNetwork(own)).toBe(own);
  });

  test('carries its parameters in its genesis block', () => {
    const [payload] = genesisBlock(devnet).block.payloads;
    expect(JSON.parse(Buffer.from(payload!).toString())).toEqual(devnet);
  });

  test('has the same genesis whatever the order its parameters are written in', () => {
    const reversed = Object.fromEntries(Object.entries(devnet).reverse()) as unknown as typeof devnet;
    expect(genesisBlock(reversed).hash).toBe(genesisBlock(devnet).hash);
  });

  test('devnet begins at 2^16 hashes a block, regtest at two', () => {
    expect(Number(workFromCompact(devnet.genesisBits)) / 2 ** 16).toBeCloseTo(1, 4);
    expect(workFromCompact(regtest.genesisBits)).toBe(2n);
  });
});
