import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DagEngine } from '../../../ts/dag/engine/engine.ts';
import { randomDag } from './dags.ts';
import { consensusOf, engineOf, hashOf, node } from './support.ts';

describe('The virtual state', () => {
  it('is that of genesis until it is updated', () => {
    const engine = engineOf({ a: ['g'] });
    expect([engine.sink(), [...engine.order()], [...engine.selectedChain()]]).toEqual([
      hashOf('g'),
      [hashOf('g')],
      [hashOf('g')],
    ]);
    engine.updateVirtual();
    expect(engine.sink()).toBe(hashOf('a'));
  });

  it('has no change if no block was added', () => {
    const engine = engineOf({ a: ['g'], b: ['g'] });
    expect(engine.updateVirtual()).not.toBeNull();
    expect(engine.updateVirtual()).toBeNull();
  });

  it('does not change while it is being prepared, and an update then gives the same as without', () => {
    const stateOf = (engine: DagEngine) => ({
      parents: engine.virtualParents(),
      order: [...engine.order()],
      chain: [...engine.selectedChain()],
      data: consensusOf(engine.virtual),
      points: [engine.finalityPoint(), engine.pruningPoint()],
    });
    const pauses = fc.array(fc.constantFrom('none', 'prepare', 'update'), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(randomDag(60), pauses, ({ params, tuning, nodes }, steps) => {
        const [genesis, ...rest] = nodes;
        const prepared = new DagEngine(params, genesis!, tuning);
        const plain = new DagEngine(params, genesis!, tuning);
        for (const [i, node] of rest.entries()) {
          for (const engine of [prepared, plain]) engine.add(node);
          if (steps[i] === 'prepare') {
            prepared.prepareVirtual();
            expect(stateOf(prepared)).toEqual(stateOf(plain));
          } else if (steps[i] === 'update') {
            expect(prepared.updateVirtual()).toEqual(plain.updateVirtual());
            expect(stateOf(prepared)).toEqual(stateOf(plain));
          }
        }
        prepared.prepareVirtual();
        prepared.prepareVirtual();
        expect(prepared.updateVirtual()).toEqual(plain.updateVirtual());
        expect(stateOf(prepared)).toEqual(stateOf(plain));
      }),
    );
  });

  it('has the sink as its first parent, then the other tips by descending key', () => {
    const engine = engineOf({ a: ['g'], b: ['g'], c: ['g'], a2: ['a'] });
    engine.updateVirtual();
    expect(engine.virtualParents()).toEqual([hashOf('a2'), ...[hashOf('b'), hashOf('c')].sort().reverse()]);
    expect(engine.tips()).toEqual([...engine.virtualParents()].reverse());
  });

  it('has the consensus data of the next block on its parents', () => {
    const engine = engineOf({ a: ['g'], b: ['g'], a2: ['a'] });
    engine.updateVirtual();
    const next = engine.add({ ...node('next', []), parents: engine.virtualParents() });
    expect(consensusOf(engine.virtual)).toEqual(consensusOf(next));
  });

  it('has at most maxParents parents', () => {
    const engine = engineOf({ a: ['g'], b: ['g'], c: ['g'], d: ['g'] }, { maxParents: 3 });
    engine.updateVirtual();
    const descending = ['a', 'b', 'c', 'd'].map(hashOf).sort().reverse();
    expect(engine.virtualParents()).toEqual(descending.slice(0, 3));
    expect([...engine.order()]).not.toContain(descending[3]);
  });

  it('skips a tip that would merge too many blocks, and merges the following tips', () => {
    const engine = engineOf(
      { a: ['g'], a2: ['a'], a3: ['a2'], a4: ['a3'], b: ['g'], b2: ['b'], b3: ['b2'], c: ['g'] },
      { mergeSetLimit: 2 },
    );
    engine.updateVirtual();
    expect(engine.virtualParents()).toEqual([hashOf('a4'), hashOf('c')]);
    expect(engine.virtual.mergeSetBlues).toEqual([hashOf('a4'), hashOf('c')]);
  });

  it('merges the blocks that a skipped tip shares with the following tips', () => {
    const engine = engineOf(
      { a: ['g'], a2: ['a'], a3: ['a2'], a4: ['a3'], b: ['g'], b2: ['b'], b3: ['b2'], c: ['b'] },
      { mergeSetLimit: 2 },
    );
    engine.updateVirtual();
    expect(engine.virtualParents()).toEqual([hashOf('a4'), hashOf('c')]);
    expect(engine.virtual.mergeSetBlues).toEqual([hashOf('a4'), hashOf('b'), hashOf('c')]);
  });

  it('has a selected chain that follows selected parents from genesis to the sink', () => {
    const engine = engineOf({ a: ['g'], b: ['g'], a2: ['a', 'b'], a3: ['a2'] });
    engine.updateVirtual();
    const selected = [hashOf('a'), hashOf('b')].sort()[1];
    expect([...engine.selectedChain()]).toEqual([hashOf('g'), selected, hashOf('a2'), hashOf('a3')]);
  });

  it('orders a merged block before the chain block that merges it', () => {
    const engine = engineOf({ a: ['g'], b: ['g'], a2: ['a', 'b'], a3: ['a2'] });
    engine.updateVirtual();
    const [second, first] = [hashOf('a'), hashOf('b')].sort();
    expect([...engine.order()]).toEqual([hashOf('g'), first, second, hashOf('a2'), hashOf('a3')]);
    expect(engine.orderLength).toBe(5);
  });
});

describe('A change of the virtual state', () => {
  it('removes nothing if the chain grows', () => {
    const engine = engineOf({ a: ['g'] });
    engine.updateVirtual();
    engine.add(node('a2', ['a']));
    expect(engine.updateVirtual()).toEqual({ removed: [], added: [hashOf('a2')], sink: hashOf('a2') });
  });

  it('removes nothing if a block merges exactly what the virtual block merged', () => {
    const engine = engineOf({ a: ['g'], b: ['g'], c: ['g'] });
    engine.updateVirtual();
    engine.add(node('x', ['a', 'b', 'c']));
    expect(engine.updateVirtual()).toEqual({ removed: [], added: [hashOf('x')], sink: hashOf('x') });
  });

  it('to another branch removes the old branch and adds the new one, which merges the old branch', () => {
    const engine = engineOf({ a: ['g'], a2: ['a'] });
    engine.updateVirtual();
    for (const [name, parent] of [
      ['b', 'g'],
      ['b2', 'b'],
      ['b3', 'b2'],
    ] as const) {
      engine.add(node(name, [parent]));
    }
    const change = engine.updateVirtual()!;
    const merged = [hashOf('a'), hashOf('a2')];
    expect(change).toEqual({
      removed: merged,
      added: [hashOf('b'), hashOf('b2'), hashOf('b3'), ...merged],
      sink: hashOf('b3'),
    });
  });

  it('for several blocks together results in the same order as one change per block', () => {
    const dag = { a: ['g'], b: ['g'], b2: ['b'], a2: ['a'], a3: ['a2'] };
    const once = engineOf(dag);
    once.updateVirtual();
    const stepwise = engineOf({});
    for (const [name, parents] of Object.entries(dag)) {
      stepwise.add(node(name, parents));
      stepwise.updateVirtual();
    }
    expect([...stepwise.order()]).toEqual([...once.order()]);
  });
});
