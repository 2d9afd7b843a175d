import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Reachability, type ReachabilityOptions } from '../../../ts/dag/engine/reachability.ts';
import { BitSet } from './oracle.ts';
import { seededRandom } from './support.ts';

/**
 * Builds a Reachability and brute-force ancestor sets of a DAG that is given by parents (lower indices). The first
 * parent of a block is its selected parent. `followed` returns whether a block becomes the heaviest tip.
 */
function build(
  parents: readonly (readonly number[])[],
  followed: (block: number) => boolean,
  options: ReachabilityOptions,
) {
  const reachability = new Reachability(options);
  const capacity = parents.length + 1;
  const pasts = [new BitSet(capacity)];
  parents.forEach((of, i) => {
    const block = i + 1;
    const past = new BitSet(capacity);
    for (const parent of of) {
      past.add(parent);
      past.addAll(pasts[parent]!);
    }
    const selectedParent = of[0]!;
    const merged = past.members().filter((m) => m !== selectedParent && !pasts[selectedParent]!.has(m));
    reachability.add(selectedParent, merged);
    if (followed(block)) reachability.follow(block);
    pasts.push(past);
  });
  return { reachability, pasts };
}

/** Those of the pairs (a, b) whose ancestry is wrong. */
function wrongPairs(
  { reachability, pasts }: ReturnType<typeof build>,
  pairs: Iterable<readonly [number, number]>,
): (readonly [number, number])[] {
  return [...pairs].filter(([a, b]) => reachability.isAncestor(a, b) !== (a === b || pasts[b]!.has(a)));
}

function* allPairs(size: number): Generator<readonly [number, number]> {
  for (let a = 0; a < size; a++) for (let b = 0; b < size; b++) yield [a, b];
}

/** So small that a few hundred blocks exercise every path of re-indexing. */
const TIGHT: ReachabilityOptions = { depth: 5, slack: 8 };
/** The defaults of the engine. */
const USUAL: ReachabilityOptions = { depth: 100, slack: 2 ** 14 };

const randomParents = (maxBlocks: number, reach: number) =>
  fc
    .array(fc.array(fc.nat({ max: 10_000 }), { minLength: 1, maxLength: 3 }), {
      maxLength: maxBlocks,
      size: 'max',
    })
    .map((lists) =>
      lists.map((list, i) => [
        ...new Set(list.map((n) => (n % 7 === 0 ? n % (i + 1) : Math.max(i - (n % (reach + 1)), 0)))),
      ]),
    );

describe('Reachability', () => {
  it('agrees with brute force on every pair of random DAGs, with little slack and a close reindex root', () => {
    fc.assert(
      fc.property(randomParents(150, 8), fc.integer({ min: 0, max: 3 }), (parents, every) => {
        const dag = build(parents, (block) => every > 0 && block % every === 0, TIGHT);
        expect(wrongPairs(dag, allPairs(parents.length + 1))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('follows only selected parents for chain ancestry', () => {
    // Block 3 merges block 2, which is not on its selected chain.
    const { reachability } = build([[0], [0], [1, 2]], () => true, USUAL);
    expect([0, 1, 2, 3].map((a) => reachability.isChainAncestor(a, 3))).toEqual([true, true, false, true]);
    expect([0, 1, 2, 3].map((a) => reachability.isAncestor(a, 3))).toEqual([true, true, true, true]);
  });

  it('is correct on a chain of 50,000 blocks', () => {
    const reachability = new Reachability(USUAL);
    for (let block = 0; block < 50_000; block++) {
      reachability.add(block, []);
      reachability.follow(block + 1);
    }
    const wrong = [...randomPairs(50_001, 20_000, seededRandom(1))].filter(
      ([a, b]) => reachability.isAncestor(a, b) !== a <= b,
    );
    expect(wrong).toEqual([]);
  });

  it('is correct if one block has 20,000 children', () => {
    const reachability = new Reachability(USUAL);
    for (let i = 0; i < 20_000; i++) reachability.add(0, []);
    const wrong = [...randomPairs(20_001, 20_000, seededRandom(2)), [0, 20_000], [7, 7]].filter(
      ([a, b]) => reachability.isAncestor(a!, b!) !== (a === 0 || a === b),
    );
    expect(wrong).toEqual([]);
  });

  it('is correct if an old chain block gets 5,000 late children', () => {
    const reachability = new Reachability(TIGHT);
    for (let block = 0; block < 50; block++) {
      reachability.add(block, []);
      reachability.follow(block + 1);
    }
    for (let i = 0; i < 5000; i++) reachability.add(10, []);
    const onChain = (block: number): boolean => block <= 50;
    const wrong = [...randomPairs(5051, 50_000, seededRandom(5))].filter(([a, b]) => {
      const expected = a === b || (onChain(a) && (onChain(b) ? a < b : a <= 10));
      return reachability.isAncestor(a, b) !== expected;
    });
    expect(wrong).toEqual([]);
  });

  it('is correct if many late branches split off from old chain blocks, on either side of the chain', () => {
    const chainLength = 400;
    const random = seededRandom(3);
    const parents: number[][] = [];
    const mainChain = [0];
    // Every chain block has an early sibling, so that late branches are before the chain as well as after it.
    for (let height = 1; height <= chainLength; height++) {
      const tip = mainChain.at(-1)!;
      parents.push([tip], [tip]);
      mainChain.push(parents.length - (height % 2));
    }
    for (let late = 0; late < 1500; late++) parents.push([Math.floor(random() ** 2 * parents.length)]);
    const onChain = new Set(mainChain);
    const dag = build(parents, (block) => onChain.has(block), TIGHT);
    expect(wrongPairs(dag, randomPairs(parents.length + 1, 100_000, random))).toEqual([]);
  });

  it('is correct if two branches overtake each other repeatedly', () => {
    const parents: number[][] = [];
    let left = 0;
    let right = 0;
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < 60 * (round + 1); i++) {
        if (round % 2 === 0) {
          parents.push([left]);
          left = parents.length;
        } else {
          parents.push([right]);
          right = parents.length;
        }
      }
    }
    const dag = build(parents, () => true, TIGHT);
    expect(wrongPairs(dag, randomPairs(parents.length + 1, 50_000, seededRandom(4)))).toEqual([]);
  });

  it('throws if the interval space is exhausted', () => {
    expect(() =>
      build(
        Array.from({ length: 40 }, (_, i) => [i]),
        () => false,
        { ...USUAL, space: 30 },
      ),
    ).toThrow('interval space is exhausted');
  });
});

function* randomPairs(
  size: number,
  count: number,
  random: () => number,
): Generator<readonly [number, number]> {
  for (let i = 0; i < count; i++) yield [Math.floor(random() * size), Math.floor(random() * size)];
}
