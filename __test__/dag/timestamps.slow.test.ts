import { beforeAll, describe, expect, test } from '@jest/globals';
import { devnet } from '../../ts/dag/index.ts';
import { simulate } from './simulations.ts';

/** The mean block rate under an attack, relative to the block rate with the same seeds and without the attack. */
interface Attack {
  readonly shape: 'chain' | 'width-3';
  readonly strategy: 'ahead' | 'behind' | 'alternating';
  readonly share: number;
  readonly ratio: number;
}

interface Honest {
  /** The mean number of parents of a block. */
  readonly parents: number;
}

const isAttack = (row: object): row is Attack => 'strategy' in row;
const isHonest = (row: object): row is Honest => 'parents' in row;
const nameOf = ({ shape, strategy, share }: Attack) => `${shape} ${strategy} ${share}`;

describe('The block rate of devnet', () => {
  const shapes = ['chain', 'width-3'];
  const strategies = ['ahead', 'behind', 'alternating'];
  const shares = [0.3, 0.45];
  let rows: readonly object[];

  beforeAll(() => {
    rows = simulate(devnet, '--seeds', '20', '--blocks', '4000', '--shares', '30,45');
  });

  test('changes by a factor of less than 1.25 if 30 % or 45 % of the hash rate uses the earliest or latest timestamps, or both in turn', () => {
    const attacks = rows.filter(isAttack);
    const all = shapes.flatMap((shape) =>
      strategies.flatMap((strategy) => shares.map((share) => `${shape} ${strategy} ${share}`)),
    );
    expect(attacks.map(nameOf)).toEqual(all);
    const outside = attacks.filter(({ ratio }) => !(ratio < 1.25 && ratio > 1 / 1.25));
    expect(outside).toEqual([]);
  });

  test('is simulated on chains, and on DAGs in which a block has about three parents', () => {
    const [chain, dag] = rows.filter(isHonest);
    expect(chain?.parents).toBe(1);
    expect(dag?.parents).toBeCloseTo(3, 0);
  });

  test('would change by more if the window had 60 blocks and timestamps could be 132 s ahead', () => {
    const short = { difficultyWindow: 60, maxTimeAheadMs: 132_000 };
    const attacks = simulate<object>(short, '--seeds', '5', '--shares', '45').filter(isAttack);
    expect(attacks).toHaveLength(6);
    for (const { ratio } of attacks) expect(ratio).toBeGreaterThan(1.25);
  });

  test('would rise until a block took fewer than ten hashes, if in a window of 60 one block in ten were 132 s ahead', () => {
    interface Collapse {
      readonly hashesAtFirst: number;
      readonly leastHashes: number;
    }
    const [collapse] = simulate<Collapse>(devnet, '--seeds', '1', '--blocks', '10');
    expect(collapse!.hashesAtFirst).toBeGreaterThan(2e7);
    expect(collapse!.leastHashes).toBeLessThan(10);
  });
});
