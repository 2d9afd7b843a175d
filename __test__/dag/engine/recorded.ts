/** Reads the recorded headers of the fixtures. */
import type { DagNode, DagParams, PruningParams } from '../../../ts/dag/engine/types.ts';
import { fixtureJsonLines } from '../../fixtures.ts';

export interface RecordedHeader {
  readonly hash: string;
  readonly parentsByLevel: readonly (readonly string[])[];
  readonly timestamp: number;
  readonly bits: number;
  readonly daaScore: number;
  readonly blueScore: number;
  readonly blueWork: string;
  readonly pruningPoint: string;
}

interface NetworkLine {
  readonly difficulty_window_size: number;
  readonly min_difficulty_window_size: number;
  readonly past_median_time_window_size: number;
  readonly blockrate: {
    readonly target_time_per_block: number;
    readonly ghostdag_k: number;
    readonly past_median_time_sample_rate: number;
    readonly difficulty_sample_rate: number;
    readonly max_block_parents: number;
    readonly mergeset_size_limit: number;
    readonly merge_depth: number;
    readonly finality_depth: number;
    readonly pruning_depth: number;
  };
}

/** The recorded depths are not part of `params`, since the recorded pruning depth is less than the engine accepts. */
export function readRecorded(name: string): {
  params: DagParams;
  pruning: PruningParams;
  headers: RecordedHeader[];
} {
  const [first, ...rest] = fixtureJsonLines<unknown>(`kaspa-headers/${name}.json.gz`);
  const network = first as NetworkLine;
  const { blockrate } = network;
  const params: DagParams = {
    ghostdagK: blockrate.ghostdag_k,
    maxParents: blockrate.max_block_parents,
    mergeSetLimit: blockrate.mergeset_size_limit,
    targetTimePerBlockMs: blockrate.target_time_per_block,
    difficultyWindow: network.difficulty_window_size,
    difficultySampleRate: blockrate.difficulty_sample_rate,
    minDifficultyWindow: network.min_difficulty_window_size,
    pastMedianTimeWindow: network.past_median_time_window_size,
    pastMedianTimeSampleRate: blockrate.past_median_time_sample_rate,
  };
  const pruning = {
    finalityDepth: blockrate.finality_depth,
    mergeDepth: blockrate.merge_depth,
    pruningDepth: blockrate.pruning_depth,
  };
  return { params, pruning, headers: (rest as { header: RecordedHeader }[]).map(({ header }) => header) };
}

export function nodesOf(headers: readonly RecordedHeader[]): DagNode[] {
  return headers.map(({ hash, parentsByLevel, bits, timestamp }) => {
    return { hash, parents: parentsByLevel[0] ?? [], bits, timestampMs: timestamp };
  });
}
