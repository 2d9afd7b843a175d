/** Compares the queries of the engine with what follows literally from the DAG. The fast suite has few runs, the slow suite many. */
import { expect } from '@jest/globals';
import fc from 'fast-check';
import { DagEngine } from '../../../ts/dag/engine/engine.ts';
import type { ColourExplanation } from '../../../ts/dag/engine/queries.ts';
import type { ConsensusData, DagNode, DagParams } from '../../../ts/dag/engine/types.ts';
import { randomDag } from './dags.ts';
import { expectSame } from './expect-same.ts';
import { oracle, oracleOrder, pastsOf } from './oracle.ts';
import { hashOf } from './support.ts';

const VIRTUAL = hashOf('virtual');

/** How often each answer was compared, by colour, rule or error code. */
export type Counts = Map<string, number>;

function count(counts: Counts, answer: string): void {
  counts.set(answer, (counts.get(answer) ?? 0) + 1);
}

/** The code of the error that a call throws. */
export function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'no error';
}

/** A DAG as plain sets, with the virtual block as its last node. */
class PlainDag {
  readonly order: readonly string[];
  readonly chain: readonly string[];
  readonly #params: DagParams;
  readonly #nodes: readonly DagNode[];
  readonly #data: ReadonlyMap<string, ConsensusData>;
  readonly #pasts: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(params: DagParams, blocks: readonly DagNode[], virtualParents: readonly string[]) {
    const virtual = { hash: VIRTUAL, parents: virtualParents, bits: blocks[0]!.bits, timestampMs: 0 };
    const nodes = [...blocks, virtual];
    const data = oracle(params, nodes);
    const pasts = pastsOf(nodes).map((past) => new Set(past.members().map((i) => nodes[i]!.hash)));
    this.#params = params;
    this.#nodes = nodes;
    this.#data = new Map(nodes.map(({ hash }, i) => [hash, data[i]!]));
    this.#pasts = new Map(nodes.map(({ hash }, i) => [hash, pasts[i]!]));
    this.order = oracleOrder(nodes, data);
    this.chain = this.#chainBelow(VIRTUAL).reverse();
  }

  isAncestor(a: string, b: string): boolean {
    return a === b || this.#pasts.get(b)!.has(a);
  }

  children(hash: string): string[] {
    const named = this.#nodes.filter((node) => node.hash !== VIRTUAL && node.parents.includes(hash));
    return named.map((node) => node.hash).sort((a, b) => this.#compare(a, b));
  }

  /** The blocks of the order that are in the past of `upper` but not in that of `lower`. */
  between(lower: string, upper: string): string[] {
    const [inside, outside] = [this.#pasts.get(upper)!, this.#pasts.get(lower)!];
    return this.order.filter((hash) => inside.has(hash) && !outside.has(hash));
  }

  /** Undefined if the block is not in the past of the virtual block. */
  explainColour(hash: string): ColourExplanation | undefined {
    const mergers = [...this.chain.slice(1), VIRTUAL];
    const merger = mergers.find((chainBlock) => this.#pasts.get(chainBlock)!.has(hash));
    if (merger === undefined) return undefined;
    const mergedBy = merger === VIRTUAL ? undefined : merger;
    const { selectedParent, mergeSetBlues } = this.#data.get(merger)!;
    if (mergeSetBlues.includes(hash)) {
      return { hash, mergedBy, colour: 'blue', isSelectedParent: hash === selectedParent };
    }
    const k = this.#params.ghostdagK;
    const before = mergeSetBlues.filter((blue) => blue === selectedParent || this.#compare(blue, hash) < 0);
    if (before.length > k) return { hash, mergedBy, colour: 'red', rule: 'too-many-blues', blues: before };
    const cluster = new Set([...this.#bluePast(selectedParent!), ...before]);
    const anticone = this.#anticoneIn(cluster, hash);
    if (anticone.length > k)
      return { hash, mergedBy, colour: 'red', rule: 'anticone-too-large', blues: anticone };
    const blues = anticone.filter((blue) => this.#anticoneIn(cluster, blue).length >= k);
    return { hash, mergedBy, colour: 'red', rule: 'blue-anticone-full', blues };
  }

  /** The blocks that a block considers blue. */
  #bluePast(hash: string): string[] {
    return [hash, ...this.#chainBelow(hash)].flatMap((block) => this.#data.get(block)!.mergeSetBlues);
  }

  /** The selected chain of a block without the block itself, from the top down. */
  #chainBelow(hash: string): string[] {
    const chain: string[] = [];
    for (let next = this.#data.get(hash)!.selectedParent; next !== undefined; ) {
      chain.push(next);
      next = this.#data.get(next)!.selectedParent;
    }
    return chain;
  }

  #anticoneIn(cluster: ReadonlySet<string>, hash: string): string[] {
    return [...cluster].filter((blue) => !this.isAncestor(blue, hash) && !this.isAncestor(hash, blue));
  }

  #compare(a: string, b: string): number {
    const [workA, workB] = [this.#data.get(a)!.blueWork, this.#data.get(b)!.blueWork];
    if (workA !== workB) return workA < workB ? -1 : 1;
    return a < b ? -1 : Number(a > b);
  }
}

/** The queries have the answers of the plain DAG, at several sizes of it. */
export function checkQueriesAgainstPlainDag(numRuns: number): Counts {
  const counts: Counts = new Map();
  fc.assert(
    fc.property(randomDag(60), fc.array(fc.nat(), { minLength: 3, maxLength: 3 }), (dag, picks) => {
      const { params, nodes, tuning } = dag;
      const engine = new DagEngine(params, nodes[0]!, tuning);
      const stops = new Set([...picks.map((pick) => 1 + (pick % nodes.length)), nodes.length]);
      for (let size = 1; size <= nodes.length; size++) {
        if (size > 1) engine.add(nodes[size - 1]!);
        if (!stops.has(size)) continue;
        engine.updateVirtual();
        comparePlain(engine, params, nodes.slice(0, size), counts, picks);
      }
    }),
    { numRuns },
  );
  return counts;
}

function comparePlain(
  engine: DagEngine,
  params: DagParams,
  nodes: readonly DagNode[],
  counts: Counts,
  [from = 0, length = 0, lower = 0]: readonly number[],
): void {
  const { queries } = engine;
  const plain = new PlainDag(params, nodes, engine.virtualParents());
  const { order, chain } = plain;
  for (const { hash } of nodes) {
    expectSame(queries.children(hash), plain.children(hash));
    const position = order.indexOf(hash);
    if (position >= 0) expectSame(queries.position(hash), position);
    else
      expectSame(
        codeOf(() => queries.position(hash)),
        'ERR_QANTO_NOT_IN_ORDER',
      );
    const expected = plain.explainColour(hash);
    if (expected === undefined) {
      expectSame(
        codeOf(() => queries.explainColour(hash)),
        'ERR_QANTO_NOT_IN_ORDER',
      );
    } else {
      expectSameColour(queries.explainColour(hash), expected, params.ghostdagK);
      count(counts, expected.colour === 'red' ? expected.rule : expected.colour);
    }
    if (!chain.includes(hash)) {
      expectSame(
        codeOf(() => queries.orderBetween(hash, chain[0]!)),
        'ERR_QANTO_NOT_IN_CHAIN',
      );
      expectSame(
        codeOf(() => queries.selectedChain(hash, 1)),
        'ERR_QANTO_NOT_IN_CHAIN',
      );
    }
  }
  const [start, size] = [from % (order.length + 2), length % (order.length + 2)];
  expectSame(queries.orderSlice(start, size), order.slice(start, start + size));
  expectSame(queries.selectedChain(start, size), chain.slice(start, start + size));
  const low = lower % chain.length;
  expectSame(queries.selectedChain(chain[low]!, size), chain.slice(low, low + size));
  for (const upper of chain.slice(low)) {
    expectSame(queries.orderBetween(chain[low]!, upper), plain.between(chain[low]!, upper));
  }
}

/** For `anticone-too-large`, the engine gives only as many blues of the anticone as the rule needs. */
function expectSameColour(actual: ColourExplanation, expected: ColourExplanation, k: number): void {
  if (actual.colour !== 'red' || expected.colour !== 'red' || expected.rule !== 'anticone-too-large') {
    expectSame(sorted(actual), sorted(expected));
    return;
  }
  expectSame({ ...actual, blues: [] }, { ...expected, blues: [] });
  expect(new Set(actual.blues).size).toBe(k + 1);
  expectSame(
    actual.blues.filter((blue) => !expected.blues.includes(blue)),
    [],
  );
}

function sorted(explanation: ColourExplanation): ColourExplanation {
  return explanation.colour === 'red'
    ? { ...explanation, blues: [...explanation.blues].sort() }
    : explanation;
}

/** The queries of a pruned engine have the answers of one that keeps all blocks, or say that the past was pruned. */
export function comparePrunedQueries(
  small: DagEngine,
  whole: DagEngine,
  held: readonly string[],
  counts: Counts,
): void {
  const isPruned = small.orderStart > 0;
  const keptTrusted = (hash: string) =>
    hash !== small.pruningPoint() && whole.isAncestor(hash, small.pruningPoint());
  for (const hash of held) {
    const kept = whole.queries.children(hash).filter((child) => small.has(child));
    expectSame(small.queries.children(hash), kept);
    if (codeOf(() => whole.queries.position(hash)) === 'ERR_QANTO_NOT_IN_ORDER') {
      expectSame(
        codeOf(() => small.queries.position(hash)),
        'ERR_QANTO_NOT_IN_ORDER',
      );
      continue;
    }
    expectSame(small.queries.position(hash), whole.queries.position(hash));
    const expected = whole.queries.explainColour(hash);
    const code = codeOf(() => small.queries.explainColour(hash));
    count(counts, code === 'no error' && expected.colour === 'red' ? expected.rule : code);
    if (code === 'no error') expectSame(small.queries.explainColour(hash), expected);
    else {
      expectSame(code, 'ERR_QANTO_PAST_PRUNED');
      expectSame(isPruned && (hash === small.genesis.hash || keptTrusted(expected.mergedBy!)), true);
    }
  }
  const order = [...whole.order()];
  expectSame(small.queries.orderSlice(small.orderStart, order.length), order.slice(small.orderStart));
  const chain = [...whole.selectedChain()];
  const lowest = chain.findIndex((hash, height) => height >= Number(isPruned) && small.has(hash));
  expectSame(small.queries.selectedChain(lowest, chain.length), chain.slice(lowest));
  expectSame(small.queries.selectedChain(chain[lowest]!, 3), chain.slice(lowest, lowest + 3));
  expectSame(
    small.queries.orderBetween(chain[lowest]!, chain.at(-1)!),
    whole.queries.orderBetween(chain[lowest]!, chain.at(-1)!),
  );
  if (!isPruned) return;
  for (const call of [
    () => small.queries.orderSlice(small.orderStart - 1, 1),
    () => small.queries.selectedChain(lowest - 1, 1),
    () => small.queries.selectedChain(chain[0]!, 1),
    () => small.queries.orderBetween(chain[0]!, chain.at(-1)!),
  ])
    expectSame(codeOf(call), 'ERR_QANTO_PAST_PRUNED');
}
