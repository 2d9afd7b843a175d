/**
 * A literal implementation of the consensus rules: whole pasts as bit sets, whole blue sets, windows found by walking
 * down from the block. It is slow, simple enough to be verified by reading, and shares no code with the engine.
 */
import type { ConsensusData, DagNode, DagParams } from '../../../ts/dag/engine/types.ts';
import { chainRootOf, type KnownNodes } from '../protocol/chain-tree.ts';

/** A set of small integers as a bit set. */
export class BitSet {
  readonly words: Uint32Array;

  constructor(capacity: number) {
    this.words = new Uint32Array(Math.ceil(capacity / 32));
  }

  add(i: number): void {
    this.words[i >>> 5]! |= 1 << (i & 31);
  }

  has(i: number): boolean {
    return ((this.words[i >>> 5]! >>> (i & 31)) & 1) === 1;
  }

  addAll(other: BitSet): void {
    for (let w = 0; w < this.words.length; w++) this.words[w]! |= other.words[w]!;
  }

  members(): number[] {
    const members: number[] = [];
    for (let w = 0; w < this.words.length; w++) {
      for (let rest = this.words[w]!; rest !== 0; rest &= rest - 1) {
        members.push(w * 32 + 31 - Math.clz32(rest & -rest));
      }
    }
    return members;
  }

  intersection(other: BitSet): BitSet {
    const result = new BitSet(this.words.length * 32);
    for (let w = 0; w < this.words.length; w++) result.words[w] = this.words[w]! & other.words[w]!;
    return result;
  }
}

/** The set of all proper ancestors of each node. Nodes are in topological order. */
export function pastsOf(nodes: readonly DagNode[]): BitSet[] {
  const indexOf = new Map(nodes.map((n, i) => [n.hash, i]));
  const pasts: BitSet[] = [];
  for (const n of nodes) {
    const past = new BitSet(nodes.length);
    for (const parent of n.parents) {
      past.add(indexOf.get(parent)!);
      past.addAll(pasts[indexOf.get(parent)!]!);
    }
    pasts.push(past);
  }
  return pasts;
}

function anticonesOf(pasts: readonly BitSet[]): BitSet[] {
  const related = pasts.map((past, i) => {
    const set = new BitSet(pasts.length);
    set.addAll(past);
    set.add(i);
    return set;
  });
  pasts.forEach((past, i) => {
    for (const ancestor of past.members()) related[ancestor]!.add(i);
  });
  return related.map((set) => {
    const anticone = new BitSet(pasts.length);
    for (let i = 0; i < pasts.length; i++) if (!set.has(i)) anticone.add(i);
    return anticone;
  });
}

export function oracleTarget(bits: number): bigint {
  const exponent = BigInt(bits >>> 24);
  const mantissa = BigInt(bits & 0xffffff);
  return exponent <= 3n ? mantissa >> (8n * (3n - exponent)) : mantissa << (8n * (exponent - 3n));
}

export function oracleCompact(target: bigint): number {
  let bytes = target.toString(16);
  if (bytes.length % 2 === 1) bytes = `0${bytes}`;
  if (Number.parseInt(bytes.slice(0, 2), 16) >= 0x80) bytes = `00${bytes}`;
  return (bytes.length / 2) * 2 ** 24 + Number.parseInt(bytes.padEnd(6, '0').slice(0, 6), 16);
}

function oracleWork(bits: number): bigint {
  return 2n ** 256n / (oracleTarget(bits) + 1n);
}

interface Coloured {
  readonly selectedParent: number;
  readonly blues: number[];
  readonly reds: number[];
  readonly mergeSet: number[];
  readonly blueScore: number;
  readonly blueWork: bigint;
  readonly daaScore: number;
}

/** The consensus data of every node, by position. `nodes` are in topological order, genesis first. */
export function oracle(params: DagParams, nodes: readonly DagNode[]): ConsensusData[] {
  const indexOf = new Map(nodes.map((n, i) => [n.hash, i]));
  const pasts = pastsOf(nodes);
  const anticones = anticonesOf(pasts);
  const coloured: Coloured[] = [];
  /** The blue blocks in the past of each node. */
  const blueSets: BitSet[] = [];
  const span = params.difficultyWindow * params.difficultySampleRate;
  const threshold = (i: number) => Math.max(coloured[i]!.blueScore - span, 0);

  const byKey = (a: number, b: number): number => {
    const workA = coloured[a]!.blueWork;
    const workB = coloured[b]!.blueWork;
    if (workA !== workB) return workA < workB ? -1 : 1;
    return nodes[a]!.hash < nodes[b]!.hash ? -1 : Number(nodes[a]!.hash > nodes[b]!.hash);
  };

  const colour = (i: number): void => {
    const parents = nodes[i]!.parents.map((p) => indexOf.get(p)!);
    const selectedParent = parents.sort(byKey).at(-1)!;
    const mergeSet = pasts[i]!.members()
      .filter((m) => m !== selectedParent && !pasts[selectedParent]!.has(m))
      .sort(byKey);
    const blueSet = new BitSet(nodes.length);
    blueSet.addAll(blueSets[selectedParent]!);
    blueSet.add(selectedParent);
    const blues = [selectedParent];
    const reds: number[] = [];
    for (const candidate of mergeSet) {
      const peers = anticones[candidate]!.intersection(blueSet).members();
      const staysCluster =
        peers.length <= params.ghostdagK &&
        peers.every(
          (peer) => anticones[peer]!.intersection(blueSet).members().length + 1 <= params.ghostdagK,
        );
      if (staysCluster) {
        blueSet.add(candidate);
        blues.push(candidate);
      } else {
        reds.push(candidate);
      }
    }
    blueSets.push(blueSet);
    const sp = coloured[selectedParent]!;
    const blueScore = sp.blueScore + blues.length;
    const counted = [selectedParent, ...mergeSet].filter(
      (m) => m !== 0 && coloured[m]!.blueScore >= Math.max(blueScore - span, 0),
    );
    coloured.push({
      selectedParent,
      blues,
      reds,
      mergeSet,
      blueScore,
      blueWork: blues.reduce((sum, blue) => sum + oracleWork(nodes[blue]!.bits), sp.blueWork),
      daaScore: sp.daaScore + counted.length,
    });
  };

  /** The sampled window, ascending by key. */
  const windowOf = (i: number, size: number, rate: number): number[] => {
    let window: number[] = [];
    for (let cur = i; ; cur = coloured[cur]!.selectedParent) {
      const { selectedParent, mergeSet } = coloured[cur]!;
      if (selectedParent === 0) return window;
      if (window.length === size && byKey(window[0]!, selectedParent) > 0) return window;
      [selectedParent, ...[...mergeSet].reverse()]
        .filter((m) => coloured[m]!.blueScore >= threshold(cur))
        .filter((_, n) => (coloured[selectedParent]!.daaScore + n + 1) % rate === 0)
        .forEach((m) => {
          window = [...window, m].sort(byKey).slice(-size);
        });
    }
  };

  const expectedBits = (i: number): number => {
    const window = windowOf(i, params.difficultyWindow, params.difficultySampleRate);
    if (window.length < params.minDifficultyWindow) return nodes[coloured[i]!.selectedParent]!.bits;
    const times = window.map((m) => nodes[m]!.timestampMs);
    const measured = BigInt(Math.max(Math.max(...times) - Math.min(...times), 1));
    // The window is already sorted by key, and sorting is stable.
    const [, ...rest] = [...window].sort((a, b) => nodes[a]!.timestampMs - nodes[b]!.timestampMs);
    const count = BigInt(rest.length);
    const mean = rest.reduce((sum, m) => sum + oracleTarget(nodes[m]!.bits), 0n) / count;
    const ideal = BigInt(params.targetTimePerBlockMs) * BigInt(params.difficultySampleRate) * count;
    const target = (mean * measured) / ideal;
    const limit = 2n ** 255n - 1n;
    return oracleCompact(target > limit ? limit : target);
  };

  const pastMedianTime = (i: number): number => {
    const times = windowOf(i, params.pastMedianTimeWindow, params.pastMedianTimeSampleRate)
      .map((m) => nodes[m]!.timestampMs)
      .sort((a, b) => a - b);
    if (times.length === 0) return nodes[coloured[i]!.selectedParent]!.timestampMs;
    const frame = Math.min(times.length, 11);
    const end = Math.floor((times.length + frame + 1) / 2);
    const sum = times.slice(end - frame, end).reduce((a, b) => a + b, 0);
    return Math.floor((sum + Math.floor(frame / 2)) / frame);
  };

  /** The selected chain of a node from genesis up to its selected parent. */
  const chainOf = (i: number): number[] => {
    const chain: number[] = [];
    for (let c = coloured[i]!.selectedParent; c >= 0; c = coloured[c]!.selectedParent) chain.push(c);
    return chain.reverse();
  };

  const pruningPoint = (i: number): string => {
    if (i === 0) return '0'.repeat(64);
    const { finalityDepth, pruningDepth } = params.pruning ?? { finalityDepth: 1, pruningDepth: Infinity };
    const chain = chainOf(i);
    const score = (c: number) => coloured[c]!.blueScore;
    const samples = chain.filter(
      (c, n) =>
        n > 0 && Math.floor(score(c) / finalityDepth) > Math.floor(score(chain[n - 1]!) / finalityDepth),
    );
    return nodes[samples.filter((c) => score(c) <= score(i) - pruningDepth).at(-1) ?? 0]!.hash;
  };

  const knownNodes: KnownNodes = new Map();
  const chainRoot = (i: number): string => {
    const chain = chainOf(i);
    const workBefore = (n: number) => (n === 0 ? 0n : coloured[chain[n - 1]!]!.blueWork);
    return chainRootOf(
      chain.map((c, n) => {
        const { hash, timestampMs } = nodes[c]!;
        return { hash, timestampMs, work: coloured[c]!.blueWork - workBefore(n) };
      }),
      knownNodes,
    );
  };

  const genesis = nodes[0]!;
  coloured.push({
    selectedParent: -1,
    blues: [],
    reds: [],
    mergeSet: [],
    blueScore: 0,
    blueWork: 0n,
    daaScore: 0,
  });
  blueSets.push(new BitSet(nodes.length));
  for (let i = 1; i < nodes.length; i++) colour(i);
  const hash = (i: number): string => nodes[i]!.hash;
  return coloured.map((c, i) => ({
    selectedParent: i === 0 ? undefined : hash(c.selectedParent),
    mergeSetBlues: c.blues.map(hash),
    mergeSetReds: c.reds.map(hash),
    blueScore: c.blueScore,
    blueWork: c.blueWork,
    daaScore: c.daaScore,
    expectedBits: i === 0 ? genesis.bits : expectedBits(i),
    pastMedianTimeMs: i === 0 ? genesis.timestampMs : pastMedianTime(i),
    pruningPoint: pruningPoint(i),
    chainRoot: chainRoot(i),
  }));
}

/**
 * The total order of the past of the last node: for each block of its selected chain, the selected parent and then the
 * rest of the merge set ascending by key.
 */
export function oracleOrder(nodes: readonly DagNode[], data: readonly ConsensusData[]): string[] {
  const byHash = new Map(nodes.map((n, i) => [n.hash, data[i]!]));
  const chain: ConsensusData[] = [];
  for (let c = data.at(-1)!; c.selectedParent !== undefined; c = byHash.get(c.selectedParent)!) chain.push(c);
  const ascending = (a: string, b: string): number => {
    const workA = byHash.get(a)!.blueWork;
    const workB = byHash.get(b)!.blueWork;
    if (workA !== workB) return workA < workB ? -1 : 1;
    return a < b ? -1 : 1;
  };
  return chain
    .reverse()
    .flatMap((c) => [c.selectedParent!, ...[...c.mergeSetBlues.slice(1), ...c.mergeSetReds].sort(ascending)]);
}
