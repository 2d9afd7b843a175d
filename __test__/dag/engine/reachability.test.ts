import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { BlockOrderOptions } from '../../../ts/dag/engine/block-order.ts';
import { Reachability } from '../../../ts/dag/engine/reachability.ts';
import { BitSet } from './oracle.ts';
import { seededRandom } from './support.ts';

/**
 * Builds a Reachability and brute-force ancestor sets of a DAG that is given by parents (lower indices). The first
 * parent of a block is its selected parent.
 */
function build(parents: readonly (readonly number[])[], options: BlockOrderOptions) {
  const reachability = new Reachability(options);
  const capacity = parents.length + 1;
  const pasts = [new BitSet(capacity)];
  parents.forEach((of) => {
    const past = new BitSet(capacity);
    for (const parent of of) {
      past.add(parent);
      past.addAll(pasts[parent]!);
    }
    const selectedParent = of[0]!;
    const merged = past.members().filter((m) => m !== selectedParent && !pasts[selectedParent]!.has(m));
    reachability.add(selectedParent, merged);
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

/** Groups of two blocks, and hardly more labels than groups, so that room for a new block must be made all the time. */
function tight(blocks: number): BlockOrderOptions {
  return { groupCapacity: 2, labelBits: Math.ceil(Math.log2(blocks + 1)) };
}

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

/**
 * A chain, then forks on random blocks: each grows as a chain, or its blocks are all children of its first parent. Some
 * blocks also name the last block of the fork before as a parent.
 */
const forks = fc
  .array(
    fc.record({
      from: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      length: fc.integer({ min: 1, max: 40 }),
      isChain: fc.boolean(),
      mergesEvery: fc.integer({ min: 1, max: 60 }),
    }),
    { minLength: 1, maxLength: 8, size: 'max' },
  )
  .map((choices) => {
    const parents: number[][] = Array.from({ length: 40 }, (_, i) => [i]);
    for (const { from, length, isChain, mergesEvery } of choices) {
      const other = parents.length;
      const base = Math.floor(from * (parents.length + 1));
      for (let i = 1, tip = base; i <= length; i++) {
        parents.push(i % mergesEvery === 0 && other !== tip ? [tip, other] : [tip]);
        if (isChain) tip = parents.length;
      }
    }
    return parents;
  });

/** Those of the pairs (a, b) for which it is wrong whether a is on the selected chain of b. */
function wrongChainPairs(reachability: Reachability, parents: readonly (readonly number[])[]): number[][] {
  const wrong: number[][] = [];
  for (let b = 0; b <= parents.length; b++) {
    const chain = new Set([b]);
    for (let block = b; block !== 0; ) {
      block = parents[block - 1]![0]!;
      chain.add(block);
    }
    for (let a = 0; a <= parents.length; a++) {
      if (reachability.isChainAncestor(a, b) !== chain.has(a)) wrong.push([a, b]);
    }
  }
  return wrong;
}

describe('Reachability', () => {
  for (const [name, optionsFor] of [
    ['small groups and few labels', tight],
    ['the groups and labels that the engine has', (): BlockOrderOptions => ({})],
  ] as const) {
    it(`agrees with brute force on every pair of random DAGs, with ${name}`, () => {
      fc.assert(
        fc.property(randomParents(150, 8), (parents) => {
          const dag = build(parents, optionsFor(parents.length + 1));
          expect(wrongPairs(dag, allPairs(parents.length + 1))).toEqual([]);
        }),
        { numRuns: 40 },
      );
    });

    it(`agrees with brute force on every pair if forks grow on random blocks, with ${name}`, () => {
      fc.assert(
        fc.property(forks, (parents) => {
          const dag = build(parents, optionsFor(parents.length + 1));
          expect(wrongPairs(dag, allPairs(parents.length + 1))).toEqual([]);
          expect(wrongChainPairs(dag.reachability, parents)).toEqual([]);
        }),
        { numRuns: 40 },
      );
    });
  }

  it('follows only selected parents for chain ancestry', () => {
    // Block 3 merges block 2, which is not on its selected chain.
    const { reachability } = build([[0], [0], [1, 2]], {});
    expect([0, 1, 2, 3].map((a) => reachability.isChainAncestor(a, 3))).toEqual([true, true, false, true]);
    expect([0, 1, 2, 3].map((a) => reachability.isAncestor(a, 3))).toEqual([true, true, true, true]);
  });

  it('is correct on a chain of 50,000 blocks', () => {
    const reachability = new Reachability();
    for (let block = 0; block < 50_000; block++) reachability.add(block, []);
    const wrong = [...randomPairs(50_001, 20_000, seededRandom(1))].filter(
      ([a, b]) => reachability.isAncestor(a, b) !== a <= b,
    );
    expect(wrong).toEqual([]);
  });

  it('is correct if one block has 20,000 children', () => {
    const reachability = new Reachability();
    for (let i = 0; i < 20_000; i++) reachability.add(0, []);
    const wrong = [...randomPairs(20_001, 20_000, seededRandom(2)), [0, 20_000], [7, 7]].filter(
      ([a, b]) => reachability.isAncestor(a!, b!) !== (a === 0 || a === b),
    );
    expect(wrong).toEqual([]);
  });

  it('is correct if an old chain block gets 5,000 late children', () => {
    const reachability = new Reachability(tight(5051));
    for (let block = 0; block < 50; block++) reachability.add(block, []);
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
    const dag = build(parents, tight(parents.length + 1));
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
    const dag = build(parents, tight(parents.length + 1));
    expect(wrongPairs(dag, randomPairs(parents.length + 1, 50_000, seededRandom(4)))).toEqual([]);
  });

  it('finds the next chain block in few steps, however far the descendant is', () => {
    const length = 300_000;
    const reachability = new Reachability();
    for (let block = 0; block < length; block++) reachability.add(block, []);
    // Walking down block by block would take 45 billion steps, which is longer than a test may run.
    let wrong = 0;
    for (let ancestor = 0; ancestor < length; ancestor++) {
      if (reachability.chainStep(ancestor, length) !== ancestor + 1) wrong += 1;
    }
    expect(wrong).toBe(0);
  });

  it('finds the next chain block towards any descendant, at any distance', () => {
    fc.assert(
      fc.property(forks, (parents) => {
        const { reachability } = build(parents, {});
        for (let descendant = 1; descendant <= parents.length; descendant++) {
          for (let step = descendant; step !== 0; step = parents[step - 1]![0]!) {
            expect(reachability.chainStep(parents[step - 1]![0]!, descendant)).toBe(step);
          }
        }
      }),
      { numRuns: 10 },
    );
  });
});

function* randomPairs(
  size: number,
  count: number,
  random: () => number,
): Generator<readonly [number, number]> {
  for (let i = 0; i < count; i++) yield [Math.floor(random() * size), Math.floor(random() * size)];
}
