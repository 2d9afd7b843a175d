/** Compares engines that were restored from a record with the engines that were recorded. */
import fc from 'fast-check';
import { DagEngine } from '../../../ts/dag/engine/engine.ts';
import type { Counts } from '../../../ts/dag/engine/recorded-columns.ts';
import type { DagNode } from '../../../ts/dag/engine/types.ts';
import { expectSame } from './expect-same.ts';
import { answer, pruned, prunedDags, virtualOf } from './pruning-properties.ts';
import { consensusOf, hashOf, seededRandom } from './support.ts';

const BITS = [0x207fffff, 0x2000ffff, 0x1f7fffff, 0x03000001];
const BLOCKS = 160;

/** Copies an engine through its record, a piece at a time. The blocks of each piece end at one of `ends`. */
export function restoredFrom(engine: DagEngine, ends: readonly number[] = []): DagEngine {
  const { hash, parents, bits, timestampMs } = engine.genesis;
  const restored = new DagEngine(engine.params, { hash, parents, bits, timestampMs }, engine.tuning);
  const source = engine.record();
  const target = restored.record();
  const last = source.counts;
  let from = target.counts;
  for (const _ of target.reserve(last));
  const pieces = ends
    .filter((end) => end > 1 && end < last.blocks)
    .map((end): Counts => {
      return { ...from, blocks: end, ...source.listEnds(end) };
    });
  for (const to of [...pieces.sort((a, b) => a.blocks - b.blocks), last]) {
    for (const [index, { table, bytes }] of source.columns.entries()) {
      target.columns[index]!.restore(from[table], bytes(from[table], to[table]).slice());
    }
    const extras = source.extras(from, to);
    if (extras !== undefined) target.restoreExtras(extras);
    from = to;
  }
  for (const _ of target.complete(last));
  const state = {
    finalityPoint: engine.finalityPoint(),
    pruningPoint: engine.pruningPoint(),
    orderStart: engine.orderStart,
  };
  for (const _ of restored.loadVirtual(state));
  return restored;
}

/**
 * Grows an engine, restores it now and then, sometimes after pruning it, and checks that the restored engine and the original
 * agree on everything from then on. Returns the number of restored engines, and how many of them had been pruned.
 */
export function checkRestoredAgainstOriginal(numRuns: number): { restored: number; prunedBefore: number } {
  const tally = { restored: 0, prunedBefore: 0 };
  fc.assert(
    fc.property(prunedDags, ({ params, tuning, seed, calm }) => {
      const random = seededRandom(seed);
      const below = (limit: number) => Math.floor(random() * limit);
      const genesis: DagNode = {
        hash: hashOf(`${seed}`),
        parents: [],
        bits: BITS[0]!,
        timestampMs: 1_000_000,
      };
      let original = new DagEngine(params, genesis, tuning);
      let copy = new DagEngine(params, genesis, tuning);
      let held = [genesis.hash];
      for (let i = 1; i <= BLOCKS; i++) {
        const parents = chooseParents(original, held, below, calm);
        const expected = answer(original, parents);
        expectSame(answer(copy, parents), expected);
        if (typeof expected === 'string') continue;
        const node = {
          hash: hashOf(`${seed}:${i}`),
          parents,
          bits: BITS[below(BITS.length)]!,
          timestampMs: 1_000_000 + i * 500 + below(2000),
        };
        original.add(node);
        copy.add(node);
        held.push(node.hash);
        if (below(3) === 0) continue;
        expectSame(copy.updateVirtual(), original.updateVirtual());
        expectSame(virtualOf(copy), virtualOf(original));
        if (below(8) !== 0) continue;
        if (below(2) === 0) {
          const before = original;
          original = pruned(original);
          copy = pruned(copy);
          if (original !== before) tally.prunedBefore += 1;
          held = held.filter((hash) => original.has(hash));
        }
        copy = restoredFrom(below(2) === 0 ? copy : original, [below(held.length), below(held.length)]);
        tally.restored += 1;
        expectSame(virtualOf(copy), virtualOf(original));
        expectSame([...copy.order()], [...original.order()]);
      }
      expectSame(copy.tips(), original.tips());
      expectSame([...copy.selectedChain()], [...original.selectedChain()]);
      for (const a of held) {
        expectSame(copy.get(a)!.parents, original.get(a)!.parents);
        expectSame(consensusOf(copy.get(a)!), consensusOf(original.get(a)!));
        expectSame(
          held.filter((b) => copy.isAncestor(a, b)),
          held.filter((b) => original.isAncestor(a, b)),
        );
        expectSame(
          held.map((b) => Math.sign(copy.compare(a, b))),
          held.map((b) => Math.sign(original.compare(a, b))),
        );
      }
    }),
    { numRuns },
  );
  return tally;
}

/** Mostly the virtual parents, sometimes other blocks. */
function chooseParents(
  engine: DagEngine,
  held: readonly string[],
  below: (limit: number) => number,
  calm: number,
): string[] {
  if (below(calm) > 1) return engine.virtualParents().slice(0, 1 + below(4));
  const range = below(20) === 0 ? held.length : Math.min(held.length, 1 + below(12));
  const picked = new Set(Array.from({ length: 1 + below(3) }, () => held[held.length - 1 - below(range)]!));
  return [...picked].filter((a) => ![...picked].some((b) => a !== b && engine.isAncestor(a, b)));
}
