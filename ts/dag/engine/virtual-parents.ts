/**
 * Chooses the parents of the virtual block. The sink is the heaviest block whose selected chain contains the finality
 * point, so that a heavier branch that appears too late never takes over. Then come other such tips, heaviest first,
 * within the limits of a block, so that a block mined on them is always valid.
 */
import type { Blocks } from './blocks.ts';
import { sameElements } from './columns.ts';
import type { Draft } from './draft.ts';
import type { MergeSetFinder } from './merge-set.ts';
import type { Reachability } from './reachability.ts';
import type { Rules } from './rules.ts';
import type { Tips } from './tips.ts';
import type { DagParams } from './types.ts';

/** The number of candidates examined per parent, since some are skipped because they would merge too many blocks. */
const CANDIDATES_PER_PARENT = 3;

/** What the virtual state is computed from. */
export interface VirtualSources {
  readonly params: DagParams;
  readonly blocks: Blocks;
  readonly reachability: Reachability;
  readonly mergeSets: MergeSetFinder;
  readonly rules: Rules;
  readonly tips: Tips;
}

export interface Choice {
  /** The sink first, then descending by key. */
  readonly parents: readonly number[];
  readonly draft: Draft;
}

export class VirtualParents {
  readonly #sources: VirtualSources;
  /** The parents found last, including those that were then removed because they merge too deep. */
  #found: readonly number[] = [];

  constructor(sources: VirtualSources) {
    this.#sources = sources;
  }

  /** The next parents and their draft; null if the same parents are found as the last time. */
  next(finalityPoint: number): Choice | null {
    const { reachability, rules, mergeSets } = this.#sources;
    let parents: readonly number[] = this.#find(finalityPoint);
    if (sameElements(parents, this.#found)) return null;
    this.#found = parents;
    for (let merged = mergeSets.sorted(); ; merged = this.#merged(parents)) {
      const draft = this.#draft(parents, merged);
      const deep = rules.mergeDepth.tooDeep(draft);
      if (deep.length === 0) return { parents, draft };
      // The removed parents may have brought in a kosherizing blue that another block needs, so check again.
      parents = parents.filter((parent) => !deep.some((block) => reachability.isAncestor(block, parent)));
    }
  }

  /** The sink and as many other candidates as the limits allow. `mergeSets` then holds their merge set. */
  #find(finalityPoint: number): number[] {
    const { params, mergeSets } = this.#sources;
    const parents: number[] = [];
    let candidatesLeft = 1 + CANDIDATES_PER_PARENT * params.maxParents;
    for (const candidate of this.#candidates(finalityPoint)) {
      candidatesLeft -= 1;
      if (parents.length === 0) mergeSets.begin(candidate);
      if (parents.length === 0 || mergeSets.include(candidate, params.mergeSetLimit)) parents.push(candidate);
      if (parents.length === params.maxParents || candidatesLeft === 0) break;
    }
    return parents;
  }

  /**
   * The heaviest blocks whose selected chain contains the finality point, descending by key, none in the past of
   * another.
   */
  *#candidates(finalityPoint: number): Generator<number> {
    const { tips, reachability, blocks } = this.#sources;
    const queue = [...tips.ascending];
    const chosen: number[] = [];
    const covered = new Set<number>();
    for (let block = queue.pop(); block !== undefined; block = queue.pop()) {
      if (reachability.isChainAncestor(finalityPoint, block)) {
        // A block is heavier than its past, so any block that has this one in its past was examined before it.
        const isCovered =
          covered.has(block) && chosen.some((other) => reachability.isAncestor(block!, other));
        if (isCovered) continue;
        chosen.push(block);
        yield block;
      } else if (reachability.isAncestor(finalityPoint, block)) {
        // A tip whose selected chain does not contain the finality point may have a candidate in its past.
        for (const parent of blocks.parents.of(block)) {
          if (covered.has(parent)) continue;
          covered.add(parent);
          queue.push(parent);
        }
        queue.sort((a, b) => blocks.compareKeys(a, b));
      }
    }
  }

  #merged([sink, ...others]: readonly number[]): number[] {
    const { params, mergeSets } = this.#sources;
    mergeSets.begin(sink!);
    for (const parent of others) mergeSets.include(parent, params.mergeSetLimit);
    return mergeSets.sorted();
  }

  #draft(parents: readonly number[], merged: readonly number[]): Draft {
    const ascending = [...parents].sort((a, b) => a - b);
    return this.#sources.rules.draft(ascending, parents[0]!, merged);
  }
}
