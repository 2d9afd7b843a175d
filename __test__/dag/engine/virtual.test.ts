import { describe, expect, it } from '@jest/globals';
import { consensusOf, engineOf, hashOf, node } from './support.ts';

describe('the virtual state', () => {
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

  it('reports no change when no block came', () => {
    const engine = engineOf({ a: ['g'], b: ['g'] });
    expect(engine.updateVirtual()).not.toBeNull();
    expect(engine.updateVirtual()).toBeNull();
  });

  it('has as parents the sink and then the other tips by descending key', () => {
    const engine = engineOf({ a: ['g'], b: ['g'], c: ['g'], a2: ['a'] });
    engine.updateVirtual();
    expect(engine.virtualParents()).toEqual([hashOf('a2'), ...[hashOf('b'), hashOf('c')].sort().reverse()]);
    expect(engine.tips()).toEqual([...engine.virtualParents()].reverse());
  });

  it('previews the block to come on its parents', () => {
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

  it('passes over a tip that would merge too much, and merges the ones after it', () => {
    const engine = engineOf(
      { a: ['g'], a2: ['a'], a3: ['a2'], a4: ['a3'], b: ['g'], b2: ['b'], b3: ['b2'], c: ['g'] },
      { mergeSetLimit: 2 },
    );
    engine.updateVirtual();
    expect(engine.virtualParents()).toEqual([hashOf('a4'), hashOf('c')]);
    expect(engine.virtual.mergeSetBlues).toEqual([hashOf('a4'), hashOf('c')]);
  });

  it('merges what a tip passed over shares with the tips after it', () => {
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

describe('a change of the virtual state', () => {
  it('removes nothing when the chain grows', () => {
    const engine = engineOf({ a: ['g'] });
    engine.updateVirtual();
    engine.add(node('a2', ['a']));
    expect(engine.updateVirtual()).toEqual({ removed: [], added: [hashOf('a2')], sink: hashOf('a2') });
  });

  it('removes nothing when a block merges just what the virtual block merged', () => {
    const engine = engineOf({ a: ['g'], b: ['g'], c: ['g'] });
    engine.updateVirtual();
    engine.add(node('x', ['a', 'b', 'c']));
    expect(engine.updateVirtual()).toEqual({ removed: [], added: [hashOf('x')], sink: hashOf('x') });
  });

  it('of the chain removes the old branch from the fork on and adds the new one, old branch merged', () => {
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

  it('summed up over several blocks is the same as one by one', () => {
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
