import { describe, expect, it } from '@jest/globals';
import { DagEngine } from '../../../ts/dag/engine/engine.ts';
import { rebuild } from '../../../ts/dag/engine/rebuild.ts';
import type { PruningParams } from '../../../ts/dag/engine/types.ts';
import { pruned } from './pruning-properties.ts';
import { engineOf, hashOf, node, testParams } from './support.ts';

const FINALITY = 5;
const MERGE = 3;
/** φ + 2M + 4KL + 2K + 2 with k = 1 and L = 4. */
const PRUNING = FINALITY + 2 * MERGE + 16 + 2 + 2;
const params = {
  ghostdagK: 1,
  mergeSetLimit: 4,
  difficultyWindow: 2,
  difficultySampleRate: 1,
  minDifficultyWindow: 2,
  pastMedianTimeWindow: 2,
  pastMedianTimeSampleRate: 1,
  pruning: { finalityDepth: FINALITY, mergeDepth: MERGE, pruningDepth: PRUNING },
};

/** Adds a chain of blocks (`name` followed by 1, 2, …) on a block, and updates the virtual state after each. */
function extend(engine: DagEngine, name: string, from: string, length: number): string {
  let tip = from;
  for (let i = 1; i <= length; i++) {
    engine.add(node(`${name}${i}`, [tip], 0));
    tip = `${name}${i}`;
    engine.updateVirtual();
  }
  return tip;
}

const codeOf = (call: () => unknown): string | undefined => {
  try {
    call();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('Pruning parameters', () => {
  const make = (pruning: Partial<PruningParams>) =>
    new DagEngine(testParams({ ...params, pruning: { ...params.pruning, ...pruning } }), node('g', []));

  it('are accepted at the lower bound of the pruning depth and refused below it', () => {
    expect(codeOf(() => make({}))).toBeUndefined();
    expect(() => make({ pruningDepth: PRUNING - 1 })).toThrow(`params.pruning.pruningDepth`);
    expect(() => make({ pruningDepth: PRUNING - 1 })).toThrow(`= ${PRUNING}`);
  });

  for (const bad of [
    { finalityDepth: 0 },
    { mergeDepth: 0.5 },
    { mergeDepth: FINALITY + 1 },
    { pruningDepth: -1 },
  ]) {
    it(`are refused by name if they are out of range: ${JSON.stringify(bad)}`, () => {
      expect(() => make(bad)).toThrow(`params.pruning.${Object.keys(bad)[0]}`);
    });
  }
});

describe('The merge depth rule', () => {
  /** A chain a1 … a10, and a block on genesis beside it. */
  const withLateBlock = () => {
    const engine = engineOf({}, params);
    extend(engine, 'a', 'g', 10);
    engine.add(node('late', ['g']));
    engine.updateVirtual();
    return engine;
  };
  const fork = (engine: DagEngine, name: string, parent: string) => engine.add(node(name, [parent]));

  it('forbids merging a block that does not have the merge depth root in its past', () => {
    const engine = withLateBlock();
    expect(() => engine.preview([hashOf('a10'), hashOf('late')])).toThrow(
      expect.objectContaining({
        code: 'ERR_QANTO_MERGE_TOO_DEEP',
        details: { merged: hashOf('late'), root: hashOf('a8') },
      }),
    );
  });

  it('counts the depth in blue score: a block on the root may be merged, a block below it may not', () => {
    const engine = withLateBlock();
    // The new block on a10 has blue score 11, so its root is a8.
    fork(engine, 'onRoot', 'a8');
    fork(engine, 'belowRoot', 'a7');
    expect(codeOf(() => engine.preview([hashOf('a10'), hashOf('onRoot')]))).toBeUndefined();
    expect(codeOf(() => engine.preview([hashOf('a10'), hashOf('belowRoot')]))).toBe(
      'ERR_QANTO_MERGE_TOO_DEEP',
    );
  });

  it('allows merging a deep block that a kosherizing blue merged in time', () => {
    const engine = engineOf({}, params);
    extend(engine, 'a', 'g', 9);
    fork(engine, 'deep', 'a6');
    // This block has the same blue work as a9 and a lower hash.
    const kosher = ['k1', 'k2', 'k3', 'k4'].find((name) => hashOf(name) < hashOf('a9'))!;
    engine.add(node(kosher, ['a8', 'deep']));
    expect(codeOf(() => engine.preview([hashOf('a9'), hashOf('deep')]))).toBe('ERR_QANTO_MERGE_TOO_DEEP');
    const { mergeSetBlues, mergeSetReds } = engine.preview([hashOf('a9'), hashOf(kosher)]);
    expect([mergeSetBlues, mergeSetReds]).toEqual([['a9', kosher].map(hashOf), [hashOf('deep')]]);
  });

  it('does not accept a blue as kosherizing if the root is not on its own selected chain', () => {
    const wide = { ...params, ghostdagK: 4, pruning: { ...params.pruning, pruningDepth: PRUNING + 54 } };
    const engine = engineOf({}, wide);
    extend(engine, 'a', 'g', 10);
    fork(engine, 'belowRoot', 'a7');
    // The deep block is blue with k = 4, so that the new block has blue score 12 and the root a9.
    expect(() => engine.preview([hashOf('a10'), hashOf('belowRoot')])).toThrow(
      expect.objectContaining({
        code: 'ERR_QANTO_MERGE_TOO_DEEP',
        details: { merged: hashOf('belowRoot'), root: hashOf('a9') },
      }),
    );
    const { pruning: _, ...unbounded } = wide;
    const free = engineOf({}, unbounded);
    extend(free, 'a', 'g', 10);
    fork(free, 'belowRoot', 'a7');
    const { mergeSetBlues } = free.preview([hashOf('a10'), hashOf('belowRoot')]);
    expect(mergeSetBlues).toContain(hashOf('belowRoot'));
  });

  it('is respected by the virtual parents, so that a template is always valid', () => {
    const engine = withLateBlock();
    expect(engine.tips()).toContain(hashOf('late'));
    expect(engine.virtualParents()).toEqual([hashOf('a10')]);
  });

  it('does not apply without pruning parameters', () => {
    const { pruning: _, ...unbounded } = params;
    const engine = engineOf({}, unbounded);
    extend(engine, 'a', 'g', 10);
    engine.add(node('late', ['g']));
    expect(codeOf(() => engine.preview([hashOf('a10'), hashOf('late')]))).toBeUndefined();
  });
});

describe('The finality point', () => {
  it('is the latest chain block at the finality depth below the virtual block', () => {
    const engine = engineOf({}, params);
    extend(engine, 'a', 'g', FINALITY - 1);
    expect(engine.finalityPoint()).toBe(hashOf('g'));
    extend(engine, 'b', `a${FINALITY - 1}`, 4);
    // The virtual block has blue score 9, and φ below it is blue score 4.
    expect(engine.finalityPoint()).toBe(hashOf('a4'));
  });

  it('prevents the sink from moving to a heavier branch that leaves the chain below it', () => {
    const engine = engineOf({}, params);
    extend(engine, 'a', 'g', 10);
    const tip = extend(engine, 'b', 'a3', 12);
    expect(engine.compare(hashOf(tip), hashOf('a10'))).toBeGreaterThan(0);
    expect(engine.sink()).toBe(hashOf('a10'));
    expect(engine.virtualParents()).toEqual([hashOf('a10')]);
  });

  it('lets the sink move to a heavier branch that leaves the chain at it', () => {
    const engine = engineOf({}, params);
    extend(engine, 'a', 'g', 10);
    expect(engine.finalityPoint()).toBe(hashOf('a6'));
    const tip = extend(engine, 'b', 'a6', 6);
    expect(engine.sink()).toBe(hashOf(tip));
  });

  it('lets the sink be a block whose only tip is on a branch that violates finality', () => {
    const pruning = { ...params.pruning, pruningDepth: 100 };
    const engine = engineOf({}, { ...params, mergeSetLimit: 8, pruning });
    extend(engine, 'a', 'g', 7);
    const heavyBits = 0x2000ffff;
    engine.add(node('b', ['a1'], 0, heavyBits));
    engine.add(node('b2', ['b']));
    engine.add(node('t', ['b2', 'a7']));
    engine.updateVirtual();
    expect(engine.tips()).toEqual([hashOf('t')]);
    expect(engine.isChainAncestor(engine.finalityPoint(), hashOf('t'))).toBe(false);
    expect([engine.sink(), ...engine.virtualParents()]).toEqual([hashOf('a7'), hashOf('a7')]);
  });
});

describe('The pruning point', () => {
  /** The pruning point by its definition, from the selected chain alone. */
  function literally(engine: DagEngine): string {
    const chain = [...engine.selectedChain()];
    const score = (hash: string) => engine.get(hash)!.blueScore;
    const sample = (hash: string) => Math.floor(score(hash) / FINALITY);
    const deep = chain.filter((hash, i) => {
      const rises = i === 0 || sample(hash) > sample(chain[i - 1]!);
      return rises && score(hash) <= score(chain.at(-1)!) - PRUNING;
    });
    return deep.at(-1) ?? chain[0]!;
  }

  it('is the latest sample at the pruning depth below the sink, at every step', () => {
    const engine = engineOf({}, params);
    const points = new Set<string>();
    let tip = 'g';
    for (let i = 0; i < 40; i++) {
      // Every third block merges a sibling, so that blue scores increase unevenly.
      tip = extend(engine, `a${i}-`, tip, 1);
      if (i % 3 === 0) {
        engine.add(node(`s${i}`, [`a${i}-1`]));
        engine.add(node(`t${i}`, [`a${i}-1`]));
        engine.add(node(`m${i}`, [`s${i}`, `t${i}`]));
        tip = `m${i}`;
        engine.updateVirtual();
      }
      expect(engine.pruningPoint()).toBe(literally(engine));
      points.add(engine.pruningPoint());
    }
    expect(points.size).toBeGreaterThan(5);
  });

  it('must be on the selected chain of every new block', () => {
    const engine = engineOf({}, params);
    extend(engine, 'a', 'g', PRUNING + 10);
    const point = engine.get(engine.pruningPoint())!;
    expect(point.blueScore).toBe(10);
    expect(codeOf(() => engine.preview([hashOf('a10')]))).toBeUndefined();
    expect(() => engine.preview([hashOf('a9')])).toThrow(
      expect.objectContaining({
        code: 'ERR_QANTO_PRUNING_POINT_NOT_IN_CHAIN',
        details: { pruningPoint: hashOf('a10'), selectedParent: hashOf('a9') },
      }),
    );
  });
});

describe('A pruned engine', () => {
  const grown = (length: number) => {
    const engine = engineOf({}, params);
    extend(engine, 'a', 'g', length);
    return engine;
  };

  it('holds the same number of blocks however long the chain is', () => {
    const sizes = [3, 6, 20].map((periods) => pruned(grown(PRUNING + periods * FINALITY)).size);
    expect(sizes).toEqual([sizes[0], sizes[0], sizes[0]]);
    expect(sizes[0]).toBeLessThan(PRUNING + 3 * FINALITY);
  });

  it('holds the blocks that were added while it was built', () => {
    const whole = grown(100);
    const steps = rebuild(whole);
    for (let i = 0; ; i++) {
      const { done, value } = steps.next();
      if (done) {
        expect(i).toBeGreaterThan(20);
        expect([...value!.engine.order()]).toEqual([...whole.order()].slice(value!.orderStart));
        expect(value!.engine.sink()).toBe(whole.sink());
        return;
      }
      if (i % 3 === 0 && i < 60) extend(whole, `late${i}-`, i === 0 ? 'a100' : `late${i - 3}-1`, 1);
    }
  });

  it('holds the blocks that were kept and not those that were dropped', () => {
    const whole = grown(100);
    const engine = pruned(whole);
    const order = [...whole.order()];
    const kept = order.filter((hash) => engine.has(hash));
    expect(engine.orderStart).toBeGreaterThan(50);
    expect(kept).toEqual([hashOf('g'), ...order.slice(engine.orderStart)]);
    expect([...engine.order()]).toEqual(order.slice(engine.orderStart));
    expect(engine.orderLength).toBe(order.length);
    expect([...engine.selectedChain()]).toEqual([...engine.order()]);
  });

  it('names the pruned parents of its lowest block', () => {
    const whole = grown(100);
    const engine = pruned(whole);
    const [lowest] = engine.order();
    const { parents, selectedParent, mergeSetBlues } = engine.get(lowest!)!;
    expect(engine.has(parents[0]!)).toBe(false);
    expect([parents[0], selectedParent, mergeSetBlues[0]]).toEqual(
      Array(3).fill(whole.get(lowest!)!.parents[0]),
    );
  });

  it('refuses a block on dropped parents, and a block whose selected chain lacks the pruning point', () => {
    const engine = pruned(grown(100));
    const [lowest] = engine.order();
    expect(codeOf(() => engine.preview([hashOf('a3')]))).toBe('ERR_QANTO_UNKNOWN_PARENTS');
    expect(codeOf(() => engine.preview([lowest!]))).toBe('ERR_QANTO_PRUNING_POINT_NOT_IN_CHAIN');
  });

  it('is not rebuilt if there is nothing to drop', () => {
    const engine = pruned(grown(100));
    expect(pruned(engine)).toBe(engine);
    expect(pruned(grown(10)).size).toBe(11);
  });
});
