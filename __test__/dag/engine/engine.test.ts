import { describe, expect, it } from '@jest/globals';
import { DagEngine } from '../../../ts/dag/engine/engine.ts';
import type { DagNode } from '../../../ts/dag/engine/types.ts';
import { consensusOf, EASY_BITS, engineOf, hashOf, node, testParams } from './support.ts';

/** The code of the error a call throws; fails when it throws none. */
function codeOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  throw new Error('nothing was thrown');
}

/** Everything an engine shows, to see whether a refused block changed any of it. */
function stateOf(engine: DagEngine): unknown {
  return [engine.size, engine.tips(), engine.sink(), [...engine.order()], consensusOf(engine.virtual)];
}

describe('a new engine', () => {
  it('holds genesis alone', () => {
    const engine = engineOf({});
    expect([engine.size, engine.tips(), engine.sink()]).toEqual([1, [hashOf('g')], hashOf('g')]);
    expect(consensusOf(engine.genesis)).toEqual({
      selectedParent: undefined,
      mergeSetBlues: [],
      mergeSetReds: [],
      blueScore: 0,
      blueWork: 0n,
      daaScore: 0,
      expectedBits: EASY_BITS,
      pastMedianTimeMs: 0,
    });
  });

  it('refuses a genesis that has parents', () => {
    expect(codeOf(() => new DagEngine(testParams(), node('g', ['p'])))).toBe('ERR_QANTO_INVALID_ARGUMENT');
  });

  for (const [name, value] of Object.entries({
    ghostdagK: -1,
    maxParents: 0,
    mergeSetLimit: 1.5,
    targetTimePerBlockMs: 0,
    difficultyWindow: 0,
    difficultySampleRate: 0,
    minDifficultyWindow: 1,
    pastMedianTimeWindow: Number.NaN,
    pastMedianTimeSampleRate: 0,
  })) {
    it(`refuses ${name} = ${value} and names it`, () => {
      expect(() => new DagEngine(testParams({ [name]: value }), node('g', []))).toThrow(`params.${name}`);
    });
  }
});

describe('tuning', () => {
  for (const tuning of [{ rememberedWindows: 3 }, { reindexDepth: 0 }, { reindexSlack: 0.5 }]) {
    it(`is refused when it is ${JSON.stringify(tuning)}`, () => {
      const call = (): DagEngine => new DagEngine(testParams(), node('g', []), tuning);
      expect(call).toThrow(`tuning.${Object.keys(tuning)[0]}`);
    });
  }
});

describe('a block is refused and changes nothing when', () => {
  const limits = { maxParents: 3, mergeSetLimit: 2 };
  const dag = { a: ['g'], b: ['g'], c: ['g'], d: ['g'], a2: ['a'] };
  const cases: Record<string, [string, DagNode]> = {
    'its hash is in the DAG already': ['ERR_QANTO_DUPLICATE_BLOCK', node('a', ['g'])],
    'it is genesis again': ['ERR_QANTO_DUPLICATE_BLOCK', node('g', [])],
    'it has no parents': ['ERR_QANTO_NO_PARENTS', node('x', [])],
    'it has too many parents': ['ERR_QANTO_TOO_MANY_PARENTS', node('x', ['a', 'b', 'c', 'd'])],
    'it names a parent twice': ['ERR_QANTO_DUPLICATE_PARENT', node('x', ['a', 'b', 'a'])],
    'a parent is unknown': ['ERR_QANTO_UNKNOWN_PARENTS', node('x', ['a', 'nobody'])],
    'a parent is an ancestor of another': ['ERR_QANTO_PARENTS_NOT_ANTICHAIN', node('x', ['a2', 'g'])],
    'a parent is an ancestor of another, named first': [
      'ERR_QANTO_PARENTS_NOT_ANTICHAIN',
      node('x', ['a', 'a2']),
    ],
    'it merges more than the limit': ['ERR_QANTO_MERGE_SET_TOO_LARGE', node('x', ['a2', 'b', 'm'])],
    'its hash is not 64 hex digits': ['ERR_QANTO_INVALID_ARGUMENT', { ...node('x', ['a']), hash: 'x' }],
    'its hash is uppercase': ['ERR_QANTO_INVALID_ARGUMENT', { ...node('x', ['a']), hash: 'A'.repeat(64) }],
    "a parent's hash is malformed": ['ERR_QANTO_INVALID_ARGUMENT', { ...node('x', ['a']), parents: ['zz'] }],
    'its timestamp is no integer': ['ERR_QANTO_INVALID_ARGUMENT', { ...node('x', ['a']), timestampMs: 0.5 }],
    'its bits are negative': ['ERR_QANTO_INVALID_ARGUMENT', node('x', ['a'], 0, 0x1e800001)],
    'its bits are zero': ['ERR_QANTO_INVALID_ARGUMENT', node('x', ['a'], 0, 0)],
    'its bits overflow': ['ERR_QANTO_INVALID_ARGUMENT', node('x', ['a'], 0, 0x23000001)],
  };
  for (const [name, [code, block]] of Object.entries(cases)) {
    it(name, () => {
      const engine = engineOf({ ...dag, m: ['c', 'd'] }, limits);
      engine.updateVirtual();
      const before = stateOf(engine);
      expect(codeOf(() => engine.add(block))).toBe(code);
      expect(engine.updateVirtual()).toBeNull();
      expect(stateOf(engine)).toEqual(before);
    });
  }

  it('and the missing parents are named, so that the block can be offered again', () => {
    const engine = engineOf({ a: ['g'] });
    try {
      engine.add(node('x', ['q', 'a', 'r']));
    } catch (error) {
      expect(error).toMatchObject({ details: { missing: [hashOf('q'), hashOf('r')] } });
    }
    engine.add(node('q', ['g']));
    engine.add(node('r', ['g']));
    engine.add(node('x', ['q', 'a', 'r']));
    expect(engine.size).toBe(5);
  });

  it('not when its merge set is just as large as the limit', () => {
    const engine = engineOf({ ...dag, x: ['a2', 'b', 'c'] }, limits);
    expect(engine.get(hashOf('x'))!.mergeSetBlues).toHaveLength(3);
  });
});

describe('a preview', () => {
  it('is what the block with these parents then has, whatever came in between', () => {
    const engine = engineOf({ a: ['g'], b: ['g'], c: ['a', 'b'] });
    const early = engine.preview([hashOf('a'), hashOf('b')]);
    for (let i = 0; i < 100; i++) engine.add(node(`later ${i}`, [i === 0 ? 'c' : `later ${i - 1}`]));
    engine.add(node('x', ['b', 'a']));
    expect(consensusOf(early)).toEqual(consensusOf(engine.get(hashOf('x'))!));
  });

  it('adds no block', () => {
    const engine = engineOf({ a: ['g'] });
    engine.preview([hashOf('a')]);
    expect([engine.size, engine.tips()]).toEqual([2, [hashOf('a')]]);
  });

  it('of one parent list is not taken for that of another', () => {
    const engine = engineOf({ a: ['g'], b: ['g'] });
    const scores = [['a'], ['a', 'b'], ['b'], ['b', 'a']].map(
      (parents) => engine.preview(parents.map(hashOf)).blueScore,
    );
    expect(scores).toEqual([2, 3, 2, 3]);
  });

  it('is not confused by a list that changes between calls', () => {
    const engine = engineOf({ a: ['g'], b: ['g'], a2: ['a'] });
    const parents = [hashOf('a'), hashOf('b')];
    expect(engine.preview(parents).blueScore).toBe(3);
    parents[0] = hashOf('a2');
    expect(engine.preview(parents).blueScore).toBe(4);
  });

  it('refuses the parents that adding would refuse', () => {
    const engine = engineOf({ a: ['g'] });
    expect(codeOf(() => engine.preview([hashOf('a'), hashOf('g')]))).toBe('ERR_QANTO_PARENTS_NOT_ANTICHAIN');
  });
});

describe('a block in the DAG', () => {
  it('is shown as it was given, parents in the order given', () => {
    const engine = engineOf({ a: ['g'], b: ['g'] });
    const given = { ...node('x', ['b', 'a'], 5, 0x1f00ffff) };
    for (const view of [engine.add(given), engine.get(given.hash)!]) {
      expect([view.hash, view.parents, view.bits, view.timestampMs]).toEqual([
        given.hash,
        given.parents,
        given.bits,
        given.timestampMs,
      ]);
    }
  });

  it('is found by its hash, and no other is', () => {
    const engine = engineOf({ a: ['g'] });
    expect([engine.has(hashOf('a')), engine.has(hashOf('b'))]).toEqual([true, false]);
    expect(engine.get(hashOf('b'))).toBeUndefined();
  });

  it('is counted once however many hashes differ only in their first or last digits', () => {
    const engine = engineOf({});
    const zeros = '0'.repeat(56);
    for (let i = 1; i < 300; i++) {
      const digits = i.toString(16).padStart(8, '0');
      for (const hash of [digits + zeros, zeros + digits]) engine.add({ ...node('x', ['g']), hash });
    }
    expect(engine.size).toBe(599);
    expect(engine.get(`${zeros}0000012b`)!.hash).toBe(`${zeros}0000012b`);
    expect(engine.has('0000012c'.padEnd(64, '0'))).toBe(false);
  });

  it('is ordered by blue work first and hash second', () => {
    const engine = engineOf({ a: ['g'], b: ['g'], a2: ['a'] });
    const ascending = [hashOf('a'), hashOf('b')].sort();
    expect(engine.compare(ascending[0]!, ascending[1]!)).toBeLessThan(0);
    expect(engine.compare(hashOf('a2'), ascending[1]!)).toBeGreaterThan(0);
    expect(engine.compare(hashOf('a'), hashOf('a'))).toBe(0);
  });

  it('is ordered by the exact blue work where doubles cannot tell the difference', () => {
    // Work 2^240 and about 2^55: their sum as a double is 2^240.
    const hardest = 0x02010000;
    const engine = new DagEngine(testParams(), node('g', [], 0, hardest));
    engine.add(node('hard', ['g'], 0, hardest));
    engine.add(node('easy', ['g'], 0, 0x1a01ffff));
    const merging = engine.add(node('merging', ['hard', 'easy']));
    // By hash it comes after the block with more work.
    const name = Array.from({ length: 100 }, (_, i) => `plain ${i}`).find((n) => hashOf(n) > merging.hash)!;
    const plain = engine.add(node(name, ['hard']));
    expect(merging.blueWork > plain.blueWork).toBe(true);
    expect(Number(merging.blueWork)).toBe(Number(plain.blueWork));
    expect(engine.compare(merging.hash, plain.hash)).toBeGreaterThan(0);
    expect(engine.compare(plain.hash, merging.hash)).toBeLessThan(0);
  });
});

describe('questions about a block that is not there', () => {
  const engine = engineOf({});
  const asked: Record<string, () => unknown> = {
    isAncestor: () => engine.isAncestor(hashOf('g'), hashOf('x')),
    isChainAncestor: () => engine.isChainAncestor(hashOf('x'), hashOf('g')),
    compare: () => engine.compare(hashOf('x'), hashOf('g')),
  };
  for (const [name, ask] of Object.entries(asked)) {
    it(`are refused: ${name}`, () => {
      expect(codeOf(ask)).toBe('ERR_QANTO_UNKNOWN_BLOCK');
    });
  }
});

describe('colouring', () => {
  it('with k = 0 makes every merged block red', () => {
    const engine = engineOf({ a: ['g'], b: ['g'], x: ['a', 'b'] }, { ghostdagK: 0 });
    const view = engine.get(hashOf('x'))!;
    expect([view.mergeSetBlues, view.mergeSetReds].map((list) => list.length)).toEqual([1, 1]);
  });

  it('keeps k blocks of a wide merge set blue beside the selected parent, and the rest red', () => {
    const names = Array.from({ length: 8 }, (_, i) => `w${i}`);
    const engine = engineOf(Object.fromEntries(names.map((name) => [name, ['g']])), { ghostdagK: 3 });
    const ascending = names.map(hashOf).sort();
    const view = engine.add(node('x', names));
    expect(view.mergeSetBlues).toEqual([ascending[7], ...ascending.slice(0, 3)]);
    expect(view.mergeSetReds).toEqual(ascending.slice(3, 7));
    expect([view.blueScore, view.blueWork]).toEqual([5, 10n]);
  });
});
