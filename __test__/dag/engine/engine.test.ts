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

/** The observable state of an engine, to check that a refused block changes nothing. */
function stateOf(engine: DagEngine): unknown {
  return [engine.size, engine.tips(), engine.sink(), [...engine.order()], consensusOf(engine.virtual)];
}

describe('A new engine', () => {
  it('holds only genesis', () => {
    const engine = engineOf({});
    expect([engine.size, engine.tips(), engine.sink()]).toEqual([1, [hashOf('g')], hashOf('g')]);
    expect(consensusOf(engine.genesis)).toEqual({
      selectedParent: undefined,
      pruningPoint: '0'.repeat(64),
      chainRoot: '0'.repeat(64),
      mergeSetBlues: [],
      mergeSetReds: [],
      blueScore: 0,
      blueWork: 0n,
      daaScore: 0,
      expectedBits: EASY_BITS,
      pastMedianTimeMs: 0,
    });
  });

  it('refuses a genesis block that has parents', () => {
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
    it(`refuses ${name} = ${value} and names the parameter`, () => {
      expect(() => new DagEngine(testParams({ [name]: value }), node('g', []))).toThrow(`params.${name}`);
    });
  }
});

describe('A tuning value', () => {
  for (const tuning of [{ rememberedWindows: 3 }, { rememberedWindows: 0 }, { rememberedWindows: 0.5 }]) {
    it(`that is out of range is refused by name: ${JSON.stringify(tuning)}`, () => {
      const call = (): DagEngine => new DagEngine(testParams(), node('g', []), tuning);
      expect(call).toThrow(`tuning.${Object.keys(tuning)[0]}`);
    });
  }
});

describe('An invalid block', () => {
  const limits = { maxParents: 3, mergeSetLimit: 2 };
  const dag = { a: ['g'], b: ['g'], c: ['g'], d: ['g'], a2: ['a'] };
  const cases: Record<string, [string, DagNode]> = {
    'its hash is already in the DAG': ['ERR_QANTO_DUPLICATE_BLOCK', node('a', ['g'])],
    'it is the genesis block': ['ERR_QANTO_DUPLICATE_BLOCK', node('g', [])],
    'it has no parents': ['ERR_QANTO_NO_PARENTS', node('x', [])],
    'it has too many parents': ['ERR_QANTO_TOO_MANY_PARENTS', node('x', ['a', 'b', 'c', 'd'])],
    'it names a parent twice': ['ERR_QANTO_DUPLICATE_PARENT', node('x', ['a', 'b', 'a'])],
    'one of its parents is unknown': ['ERR_QANTO_UNKNOWN_PARENTS', node('x', ['a', 'nobody'])],
    'one of its parents is an ancestor of another': [
      'ERR_QANTO_PARENTS_NOT_ANTICHAIN',
      node('x', ['a2', 'g']),
    ],
    'a parent that it names first is an ancestor of another': [
      'ERR_QANTO_PARENTS_NOT_ANTICHAIN',
      node('x', ['a', 'a2']),
    ],
    'it merges more blocks than the limit': ['ERR_QANTO_MERGE_SET_TOO_LARGE', node('x', ['a2', 'b', 'm'])],
    'its hash is not 64 hex digits': ['ERR_QANTO_INVALID_ARGUMENT', { ...node('x', ['a']), hash: 'x' }],
    'its hash is uppercase': ['ERR_QANTO_INVALID_ARGUMENT', { ...node('x', ['a']), hash: 'A'.repeat(64) }],
    'the hash of a parent is malformed': [
      'ERR_QANTO_INVALID_ARGUMENT',
      { ...node('x', ['a']), parents: ['zz'] },
    ],
    'its timestamp is not an integer': [
      'ERR_QANTO_INVALID_ARGUMENT',
      { ...node('x', ['a']), timestampMs: 0.5 },
    ],
    'its bits encode a negative target': ['ERR_QANTO_INVALID_ARGUMENT', node('x', ['a'], 0, 0x1e800001)],
    'its bits encode target 0': ['ERR_QANTO_INVALID_ARGUMENT', node('x', ['a'], 0, 0)],
    'its bits encode a target of more than 256 bits': [
      'ERR_QANTO_INVALID_ARGUMENT',
      node('x', ['a'], 0, 0x23000001),
    ],
  };
  for (const [name, [code, block]] of Object.entries(cases)) {
    it(`is refused and changes nothing if ${name}`, () => {
      const engine = engineOf({ ...dag, m: ['c', 'd'] }, limits);
      engine.updateVirtual();
      const before = stateOf(engine);
      expect(codeOf(() => engine.add(block))).toBe(code);
      expect(engine.updateVirtual()).toBeNull();
      expect(stateOf(engine)).toEqual(before);
    });
  }

  it('with unknown parents is refused with their hashes, and accepted once they are in the DAG', () => {
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
});

describe('A block whose merge set is exactly as large as the limit', () => {
  it('is accepted', () => {
    const dag = { a: ['g'], b: ['g'], c: ['g'], a2: ['a'], x: ['a2', 'b', 'c'] };
    const engine = engineOf(dag, { maxParents: 3, mergeSetLimit: 2 });
    expect(engine.get(hashOf('x'))!.mergeSetBlues).toHaveLength(3);
  });
});

describe('A preview', () => {
  it('equals the consensus data of a block with these parents that is added after other blocks', () => {
    const engine = engineOf({ a: ['g'], b: ['g'], c: ['a', 'b'] });
    const early = engine.preview([hashOf('a'), hashOf('b')]);
    for (let i = 0; i < 100; i++) engine.add(node(`later ${i}`, [i === 0 ? 'c' : `later ${i - 1}`]));
    engine.add(node('x', ['b', 'a']));
    expect(consensusOf(early)).toEqual(consensusOf(engine.get(hashOf('x'))!));
  });

  it('does not add a block', () => {
    const engine = engineOf({ a: ['g'] });
    engine.preview([hashOf('a')]);
    expect([engine.size, engine.tips()]).toEqual([2, [hashOf('a')]]);
  });

  it('of one list of parents is not used for another list', () => {
    const engine = engineOf({ a: ['g'], b: ['g'] });
    const scores = [['a'], ['a', 'b'], ['b'], ['b', 'a']].map(
      (parents) => engine.preview(parents.map(hashOf)).blueScore,
    );
    expect(scores).toEqual([2, 3, 2, 3]);
  });

  it('is correct if the caller changes the list of parents between calls', () => {
    const engine = engineOf({ a: ['g'], b: ['g'], a2: ['a'] });
    const parents = [hashOf('a'), hashOf('b')];
    expect(engine.preview(parents).blueScore).toBe(3);
    parents[0] = hashOf('a2');
    expect(engine.preview(parents).blueScore).toBe(4);
  });

  it('is refused for parents that add() refuses', () => {
    const engine = engineOf({ a: ['g'] });
    expect(codeOf(() => engine.preview([hashOf('a'), hashOf('g')]))).toBe('ERR_QANTO_PARENTS_NOT_ANTICHAIN');
  });
});

describe('A block in the DAG', () => {
  it('is returned as it was given, with its parents in the order given', () => {
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

  it('is found by its hash, and an unknown hash is not found', () => {
    const engine = engineOf({ a: ['g'] });
    expect([engine.has(hashOf('a')), engine.has(hashOf('b'))]).toEqual([true, false]);
    expect(engine.get(hashOf('b'))).toBeUndefined();
  });

  it('is found among many blocks whose hashes differ only in their first or last digits', () => {
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

  it('is ordered by the exact blue work where doubles are equal', () => {
    // The work is 2^240 and about 2^55, and their sum as a double is 2^240.
    const hardest = 0x02010000;
    const engine = new DagEngine(testParams(), node('g', [], 0, hardest));
    engine.add(node('hard', ['g'], 0, hardest));
    engine.add(node('easy', ['g'], 0, 0x1a01ffff));
    const merging = engine.add(node('merging', ['hard', 'easy']));
    // By hash this block comes after the block with more work.
    const name = Array.from({ length: 100 }, (_, i) => `plain ${i}`).find((n) => hashOf(n) > merging.hash)!;
    const plain = engine.add(node(name, ['hard']));
    expect(merging.blueWork > plain.blueWork).toBe(true);
    expect(Number(merging.blueWork)).toBe(Number(plain.blueWork));
    expect(engine.compare(merging.hash, plain.hash)).toBeGreaterThan(0);
    expect(engine.compare(plain.hash, merging.hash)).toBeLessThan(0);
  });
});

describe('A query about an unknown block', () => {
  const engine = engineOf({});
  const asked: Record<string, () => unknown> = {
    isAncestor: () => engine.isAncestor(hashOf('g'), hashOf('x')),
    isChainAncestor: () => engine.isChainAncestor(hashOf('x'), hashOf('g')),
    compare: () => engine.compare(hashOf('x'), hashOf('g')),
  };
  for (const [name, ask] of Object.entries(asked)) {
    it(`is refused by ${name}`, () => {
      expect(codeOf(ask)).toBe('ERR_QANTO_UNKNOWN_BLOCK');
    });
  }
});

describe('The colouring', () => {
  it('makes every merged block red if k is 0', () => {
    const engine = engineOf({ a: ['g'], b: ['g'], x: ['a', 'b'] }, { ghostdagK: 0 });
    const view = engine.get(hashOf('x'))!;
    expect([view.mergeSetBlues, view.mergeSetReds].map((list) => list.length)).toEqual([1, 1]);
  });

  it('of a wide merge set makes k blocks blue besides the selected parent, and the others red', () => {
    const names = Array.from({ length: 8 }, (_, i) => `w${i}`);
    const engine = engineOf(Object.fromEntries(names.map((name) => [name, ['g']])), { ghostdagK: 3 });
    const ascending = names.map(hashOf).sort();
    const view = engine.add(node('x', names));
    expect(view.mergeSetBlues).toEqual([ascending[7], ...ascending.slice(0, 3)]);
    expect(view.mergeSetReds).toEqual(ascending.slice(3, 7));
    expect([view.blueScore, view.blueWork]).toEqual([5, 10n]);
  });
});
