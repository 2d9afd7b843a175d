/**
 * Interoperability with programs that are not development dependencies, each of which is tested where it is installed: the command
 * hashcash (`apt-get install hashcash`), and packages that are too large (the solver of Cap, 42 MB) or have another licence than ours
 * (nanocurrency, GPL-3.0): `npm install --no-save @cap.js/wasm nanocurrency`.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { cap, hashcash, nano } from 'qanto/formats';

const load = createRequire(__filename);

/** The package, or undefined if it is not installed. */
function installed<Package>(name: string): Package | undefined {
  try {
    return load(name) as Package;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

const command = (...args: string[]) => spawnSync('hashcash', args, { encoding: 'utf8' });
const withCommand = command('-h').error ? describe.skip : describe;

withCommand('The command hashcash', () => {
  const check = (stamp: string, resource: string, bits: number) =>
    command('-c', '-y', '-b', String(bits), '-e', '28d', '-r', resource, stamp).status;

  it('accepts the stamps that we make', async () => {
    for (const resource of ['anna@example.org', 'a resource', 'x']) {
      const { stamp } = await hashcash.solve({ resource, bits: 18 });
      expect(check(stamp, resource, 18)).toBe(0);
      expect(check(stamp, 'other', 18)).not.toBe(0);
      const worse = `${stamp.slice(0, -1)}${stamp.endsWith('1') ? '2' : '1'}`;
      expect(check(worse, resource, 18)).not.toBe(0);
    }
  });

  it.each([
    { options: [] },
    { options: ['-z', '10'] },
    { options: ['-z', '12'] },
    { options: ['-x', 'name=value'] },
  ])('makes stamps that we accept, with $options', ({ options }) => {
    const { stdout } = command('-m', '-q', '-u', '-b', '18', ...options, 'anna@example.org');
    const verdict = hashcash.verify(stdout.trim(), { resource: 'anna@example.org', minBits: 18 });
    expect(verdict).toMatchObject({ valid: true, fields: { bits: 18, resource: 'anna@example.org' } });
  });
});

interface CapSolver {
  solve_pow(salt: string, target: string): bigint;
}
const capSolver = installed<CapSolver>('@cap.js/wasm');

(capSolver ? describe : describe.skip)('@cap.js/wasm', () => {
  it('finds the nonces that we find', async () => {
    const challenge = { token: 'a token of both', c: 6, s: 32, d: 4 };
    const { solutions } = await cap.solve(challenge);
    const theirs = cap.pairs(challenge).map(([salt, digits]) => Number(capSolver!.solve_pow(salt, digits)));
    expect(theirs).toEqual(solutions);
    expect(cap.verify(challenge, theirs)).toEqual({ valid: true });
  });
});

interface NanoCurrency {
  computeWork(blockHash: string, options: { workThreshold: string }): Promise<string | null>;
  validateWork(params: { blockHash: string; work: string; threshold: string }): boolean;
}
const nanocurrency = installed<NanoCurrency>('nanocurrency');

(nanocurrency ? describe : describe.skip)('nanocurrency', () => {
  const root = '718CC2121C3E641059BC1C2CFC45666C99E8AE922F7A807B7D07B62C995D79E2';
  const text = 'fffff80000000000';
  const threshold = BigInt(`0x${text}`);

  it('accepts the work that we find, and we what it finds', async () => {
    const { work } = await nano.solve({ root, threshold });
    expect(nanocurrency!.validateWork({ blockHash: root, work, threshold: text })).toBe(true);
    expect(nanocurrency!.validateWork({ blockHash: root, work, threshold: 'ffffffffffffffff' })).toBe(false);
    const theirs = await nanocurrency!.computeWork(root, { workThreshold: text });
    expect(nano.verify({ root, threshold }, theirs!)).toMatchObject({ valid: true });
  });
});
