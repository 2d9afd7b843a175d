import { describe, expect, test } from '@jest/globals';
import { DagEngine } from '../../../ts/dag/engine/engine.ts';
import { checkQueriesAgainstPlainDag, codeOf } from './query-properties.ts';
import { engineOf, hashOf, node, seededRandom, testParams } from './support.ts';

describe('The queries of an engine', () => {
  test('have the answers that follow literally from a random DAG', () => {
    const counts = checkQueriesAgainstPlainDag(60);
    for (const answer of ['blue', 'too-many-blues', 'anticone-too-large', 'blue-anticone-full'])
      expect(counts.get(answer)).toBeGreaterThan(0);
  });

  test('refuse hashes that are malformed or not held', () => {
    const { queries } = engineOf({ a: ['g'] });
    const { children, position, orderBetween, selectedChain, explainColour } = {
      children: (hash: string) => queries.children(hash),
      position: (hash: string) => queries.position(hash),
      orderBetween: (hash: string) => queries.orderBetween(hash, hash),
      selectedChain: (hash: string) => queries.selectedChain(hash, 1),
      explainColour: (hash: string) => queries.explainColour(hash),
    };
    for (const query of [children, position, orderBetween, selectedChain, explainColour]) {
      expect(codeOf(() => query(hashOf('absent')))).toBe('ERR_QANTO_UNKNOWN_BLOCK');
      expect(codeOf(() => query('AB'))).toBe('ERR_QANTO_INVALID_ARGUMENT');
    }
  });

  test.each([-1, 0.5, Number.NaN, 2 ** 53, '1' as unknown as number, 1n as unknown as number])(
    'refuse %p as a count or a position',
    (value) => {
      const { queries } = engineOf({ a: ['g'] });
      const refused = [
        () => queries.orderSlice(value, 1),
        () => queries.orderSlice(0, value),
        () => queries.selectedChain(0, value),
      ];
      for (const call of refused) expect(codeOf(call)).toBe('ERR_QANTO_INVALID_ARGUMENT');
    },
  );

  test('end where the order and the chain end', () => {
    const engine = engineOf({ a: ['g'], b: ['a'] });
    engine.updateVirtual();
    const names = ['g', 'a', 'b'].map(hashOf);
    expect(engine.queries.orderSlice(1, Number.MAX_SAFE_INTEGER)).toEqual(names.slice(1));
    expect(engine.queries.orderSlice(4, 1)).toEqual([]);
    expect(engine.queries.selectedChain(0, 10)).toEqual(names);
    expect(engine.queries.selectedChain(hashOf('b'), 10)).toEqual(names.slice(2));
    expect(() => engine.queries.orderBetween(hashOf('b'), hashOf('a'))).toThrow(/^upper must be/);
  });
});

describe('The children of a block', () => {
  test('are complete when they come long after the first child, and in any number', () => {
    const engine = new DagEngine(testParams({ ghostdagK: 0 }), node('g', []));
    const named: string[] = [];
    let tip = 'g';
    for (let i = 0; i < 400; i++) {
      // Every seventh block names genesis, as do those at the edges of the bits of the first child, which has index 1.
      const namesGenesis = tip === 'g' || i % 7 === 3 || [32, 33, 63, 64, 65, 66].includes(i);
      engine.add(node(`n${i}`, [namesGenesis ? 'g' : tip]));
      if (namesGenesis) named.push(hashOf(`n${i}`));
      if (!namesGenesis || tip === 'g') tip = `n${i}`;
    }
    expect(engine.queries.children(hashOf('g')).sort()).toEqual(named.sort());
    expect(engine.queries.children(hashOf(tip))).toEqual([]);
  });

  test('are complete when the index becomes longer while blocks get children', () => {
    const engine = new DagEngine(testParams(), node('b0', []));
    const random = seededRandom(6);
    const children: string[][] = [[]];
    let old = 0;
    for (let i = 1; i < 30_000; i++) {
      // An old block gets a few children at a time.
      if (i % 4 === 0) old = Math.floor(random() * i);
      const parent = i % 2 === 0 ? i - 1 : old;
      engine.add(node(`b${i}`, [`b${parent}`]));
      children[parent]!.push(hashOf(`b${i}`));
      children.push([]);
    }
    const wrong = children.filter(
      (expected, i) =>
        engine.queries
          .children(hashOf(`b${i}`))
          .sort()
          .join() !== expected.sort().join(),
    );
    expect(wrong).toEqual([]);
  });
});
