/** A slow, literal implementation of the consensus data of a block, written only from docs/protocol.md. */
import { chainRootOf } from './chain-tree.ts';
import { bitsOf, type ReadHead, targetOf, workOf } from './reader.ts';

export interface DagNetwork {
  readonly ghostdagK: number;
  readonly maxParents: number;
  readonly mergeSetLimit: number;
  readonly targetTimePerBlockMs: number;
  readonly difficultyWindow: number;
  readonly difficultySampleRate: number;
  readonly minDifficultyWindow: number;
  readonly pastMedianTimeWindow: number;
  readonly pastMedianTimeSampleRate: number;
  readonly pruning?: {
    readonly finalityDepth: number;
    readonly mergeDepth: number;
    readonly pruningDepth: number;
  };
}

export interface Claim {
  readonly hash: string;
  readonly bits: number;
  readonly timestampMs: number;
}

/** Blocks are identified by the order in which they were added; 0 is genesis. */
export interface Consensus {
  readonly selectedParent: number;
  /** The selected parent is first. */
  readonly blues: readonly number[];
  readonly reds: readonly number[];
  readonly blueScore: number;
  readonly blueWork: bigint;
  readonly daaScore: number;
  readonly bits: number;
  readonly pastMedianTimeMs: number;
  /** The pruning point, as the number of the block; -1 for genesis. */
  readonly pruningPoint: number;
  readonly chainRoot: string;
  readonly past: ReadonlySet<number>;
  /** Blue(b) of docs/protocol.md. */
  readonly blueSet: ReadonlySet<number>;
  /** Ascending by key and without the selected parent. */
  readonly mergeSet: readonly number[];
}

export class DagReader {
  readonly #network: DagNetwork;
  readonly #claims: Claim[];
  readonly #blocks: Consensus[];

  constructor(network: DagNetwork, genesis: Claim) {
    const nothing = {
      blues: [],
      reds: [],
      past: new Set<number>(),
      blueSet: new Set<number>(),
      mergeSet: [],
    };
    this.#network = network;
    this.#claims = [genesis];
    this.#blocks = [
      {
        ...{ ...nothing, selectedParent: -1, blueScore: 0, blueWork: 0n, daaScore: 0 },
        ...{ bits: genesis.bits, pastMedianTimeMs: genesis.timestampMs },
        ...{ pruningPoint: -1, chainRoot: '0'.repeat(64) },
      },
    ];
  }

  add(claim: Claim, parents: readonly number[]): Consensus {
    const consensus = this.consensusOf(parents);
    this.#claims.push(claim);
    this.#blocks.push(consensus);
    return consensus;
  }

  /** The code with which a block on these parents is refused because of its past; undefined if it is not refused. */
  refusal(parents: readonly number[]): string | undefined {
    if (parents.length > this.#network.maxParents) return 'ERR_QANTO_TOO_MANY_PARENTS';
    if (parents.some((a) => parents.some((b) => this.#blocks[b]!.past.has(a))))
      return 'ERR_QANTO_PARENTS_NOT_ANTICHAIN';
    const consensus = this.consensusOf(parents);
    if (consensus.mergeSet.length > this.#network.mergeSetLimit) return 'ERR_QANTO_MERGE_SET_TOO_LARGE';
    const { mergeDepth } = this.#network.pruning ?? { mergeDepth: Number.POSITIVE_INFINITY };
    const root = this.#chain(consensus.selectedParent).find(
      (block) => this.#blocks[block]!.blueScore <= consensus.blueScore - mergeDepth || block === 0,
    )!;
    const kosherizing = consensus.blues.slice(1).filter((blue) => this.#chain(blue).includes(root));
    const mayBeMerged = (block: number) =>
      this.#isIn(root, block) || kosherizing.some((blue) => this.#isIn(block, blue));
    return consensus.mergeSet.every(mayBeMerged) ? undefined : 'ERR_QANTO_MERGE_TOO_DEEP';
  }

  /** The code of the first rule that a block breaks of those that depend on its past; undefined if it breaks none. */
  ruleBroken(head: ReadHead, parents: readonly number[]): string | undefined {
    const refusal = this.refusal(parents);
    if (refusal !== undefined) return refusal;
    const due = this.consensusOf(parents);
    if (head.timestampMs <= due.pastMedianTimeMs) return 'ERR_QANTO_TIMESTAMP_NOT_ABOVE_MEDIAN';
    if (head.bits !== due.bits) return 'ERR_QANTO_WRONG_BITS';
    if (head.daaScore !== due.daaScore) return 'ERR_QANTO_WRONG_DAA_SCORE';
    if (head.blueScore !== due.blueScore) return 'ERR_QANTO_WRONG_BLUE_SCORE';
    if (head.blueWork !== due.blueWork) return 'ERR_QANTO_WRONG_BLUE_WORK';
    const pruningPoint = this.#claims[due.pruningPoint]!.hash;
    if (head.pruningPoint !== pruningPoint) return 'ERR_QANTO_WRONG_PRUNING_POINT';
    return head.chainRoot === due.chainRoot ? undefined : 'ERR_QANTO_WRONG_CHAIN_ROOT';
  }

  /** The total order of the past of a block on these parents. */
  order(parents: readonly number[]): number[] {
    const consensus = this.consensusOf(parents);
    const upwards = this.#chain(consensus.selectedParent).reverse().slice(1);
    return [...upwards.map((block) => this.#blocks[block]!), consensus].flatMap(
      ({ selectedParent, mergeSet }) => [selectedParent, ...mergeSet],
    );
  }

  consensusOf(parents: readonly number[]): Consensus {
    const past = new Set(parents.flatMap((parent) => [parent, ...this.#blocks[parent]!.past]));
    const selectedParent = this.#ascending(parents).at(-1)!;
    const mergeSet = this.#ascending([...past].filter((block) => !this.#isIn(block, selectedParent)));
    const blueSet = new Set([...this.#blocks[selectedParent]!.blueSet, selectedParent]);
    const blues = [selectedParent];
    const reds: number[] = [];
    for (const candidate of mergeSet) {
      const isBlue = this.#fits(candidate, blueSet);
      (isBlue ? blues : reds).push(candidate);
      if (isBlue) blueSet.add(candidate);
    }
    const blueScore = blueSet.size;
    const blueWork = [...blueSet].reduce((sum, b) => sum + workOf(targetOf(this.#claims[b]!.bits)!), 0n);
    const own = { selectedParent, mergeSet, blueScore };
    const daaScore = this.#blocks[selectedParent]!.daaScore + this.#counting(own).length;
    const [bits, pastMedianTimeMs] = [this.#bits(own), this.#pastMedianTimeMs(own)];
    const commitments = { pruningPoint: this.#pruningPoint(own), chainRoot: this.#chainRoot(selectedParent) };
    return { ...own, blues, reds, blueWork, daaScore, bits, pastMedianTimeMs, ...commitments, past, blueSet };
  }

  #pruningPoint({ selectedParent, blueScore }: Pick<Consensus, 'selectedParent' | 'blueScore'>): number {
    if (this.#network.pruning === undefined) return 0;
    const { finalityDepth, pruningDepth } = this.#network.pruning;
    const step = (block: number) => Math.floor(this.#blocks[block]!.blueScore / finalityDepth);
    const isSample = (block: number) => step(block) > step(this.#blocks[block]!.selectedParent);
    const isDeep = (block: number) => this.#blocks[block]!.blueScore <= blueScore - pruningDepth;
    return this.#chain(selectedParent).find((block) => block === 0 || (isSample(block) && isDeep(block)))!;
  }

  #chainRoot(selectedParent: number): string {
    const leaves = this.#chain(selectedParent).map((block) => {
      const { hash, timestampMs } = this.#claims[block]!;
      const before = block === 0 ? 0n : this.#blocks[this.#blocks[block]!.selectedParent]!.blueWork;
      return { hash, timestampMs, work: this.#blocks[block]!.blueWork - before };
    });
    return chainRootOf(leaves.reverse());
  }

  #fits(candidate: number, blueSet: ReadonlySet<number>): boolean {
    const k = this.#network.ghostdagK;
    const inAnticone = (of: number) =>
      [...blueSet].filter((blue) => !this.#isIn(blue, of) && !this.#isIn(of, blue));
    const peers = inAnticone(candidate);
    return peers.length <= k && peers.every((peer) => inAnticone(peer).length <= k - 1);
  }

  /** The blocks of the selected parent and the merge set that count for the difficulty, in descending key order. */
  #counting({
    selectedParent,
    mergeSet,
    blueScore,
  }: Pick<Consensus, 'selectedParent' | 'mergeSet' | 'blueScore'>) {
    const span = this.#network.difficultyWindow * this.#network.difficultySampleRate;
    return [selectedParent, ...[...mergeSet].reverse()].filter(
      (block) => block !== 0 && this.#blocks[block]!.blueScore >= blueScore - span,
    );
  }

  #window(
    own: Pick<Consensus, 'selectedParent' | 'mergeSet' | 'blueScore'>,
    size: number,
    rate: number,
  ): number[] {
    const chain = this.#chain(own.selectedParent).filter((block) => block !== 0);
    const samples = [own, ...chain.map((block) => this.#blocks[block]!)].flatMap((block) => {
      const first = this.#blocks[block.selectedParent]!.daaScore + 1;
      return this.#counting(block).filter((_, i) => (first + i) % rate === 0);
    });
    return this.#ascending(samples).slice(-size);
  }

  #bits(own: Pick<Consensus, 'selectedParent' | 'mergeSet' | 'blueScore'>): number {
    const { difficultyWindow, difficultySampleRate, minDifficultyWindow, targetTimePerBlockMs } =
      this.#network;
    const window = this.#window(own, difficultyWindow, difficultySampleRate);
    if (window.length < minDifficultyWindow) return this.#claims[own.selectedParent]!.bits;
    // Sorting is stable, so that blocks with equal timestamps stay ordered by key.
    const [first, ...rest] = window
      .map((b) => this.#claims[b]!)
      .sort((a, b) => a.timestampMs - b.timestampMs);
    const n = BigInt(rest.length);
    const mean = rest.reduce((sum, { bits }) => sum + targetOf(bits)!, 0n) / n;
    const measured = BigInt(Math.max(rest.at(-1)!.timestampMs - first!.timestampMs, 1));
    const target = (mean * measured) / (BigInt(targetTimePerBlockMs * difficultySampleRate) * n);
    const most = 2n ** 255n - 1n;
    return bitsOf(target > most ? most : target < 1n ? 1n : target);
  }

  #pastMedianTimeMs(own: Pick<Consensus, 'selectedParent' | 'mergeSet' | 'blueScore'>): number {
    const { pastMedianTimeWindow, pastMedianTimeSampleRate } = this.#network;
    const times = this.#window(own, pastMedianTimeWindow, pastMedianTimeSampleRate)
      .map((block) => this.#claims[block]!.timestampMs)
      .sort((a, b) => a - b);
    if (times.length === 0) return this.#claims[own.selectedParent]!.timestampMs;
    const f = Math.min(times.length, 11);
    const e = Math.floor((times.length + f + 1) / 2);
    const sum = times.slice(e - f, e).reduce((a, b) => a + b);
    return Math.floor((sum + Math.floor(f / 2)) / f);
  }

  /** The block and its selected chain down to genesis. */
  #chain(block: number): number[] {
    return block === 0 ? [0] : [block, ...this.#chain(this.#blocks[block]!.selectedParent)];
  }

  /** Whether a is b or in its past. */
  #isIn(a: number, b: number): boolean {
    return a === b || this.#blocks[b]!.past.has(a);
  }

  #ascending(blocks: readonly number[]): number[] {
    return [...blocks].sort((a, b) => {
      const [workA, workB] = [this.#blocks[a]!.blueWork, this.#blocks[b]!.blueWork];
      if (workA !== workB) return workA < workB ? -1 : 1;
      return this.#claims[a]!.hash < this.#claims[b]!.hash ? -1 : 1;
    });
  }
}
