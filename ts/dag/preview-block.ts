/** Computes the consensus data of an offered block, and turns the errors of the engine into rejections of the block. */
import type { HeadedBlock } from './block.ts';
import type { DagEngine } from './engine/engine.ts';
import { DagEngineError, type EngineErrorCode, type EngineErrorDetails } from './engine/errors.ts';
import type { NodePreview } from './engine/views.ts';
import { BlockRejectedError, type Rejection, type RejectionCode } from './errors.ts';

type EngineRefusal = Pick<Rejection, 'value' | 'expected'>;

/** The value and the requirement of each rejection, made from the details of the engine's error. */
const REFUSALS: {
  readonly [Code in EngineErrorCode & RejectionCode]?: (details: EngineErrorDetails[Code]) => EngineRefusal;
} = {
  ERR_QANTO_PARENTS_NOT_ANTICHAIN: ({ ancestor, descendant }) => ({
    value: ancestor,
    expected: `no ancestor of another parent; it is an ancestor of ${descendant}`,
  }),
  ERR_QANTO_PRUNING_POINT_NOT_IN_CHAIN: ({ selectedParent, pruningPoint }) => ({
    value: selectedParent,
    expected: `parents whose selected chain contains the pruning point ${pruningPoint}`,
  }),
  ERR_QANTO_MERGE_TOO_DEEP: ({ merged, root }) => ({
    value: merged,
    expected: `parents that merge only blocks in the future of ${root}`,
  }),
  ERR_QANTO_MERGE_SET_TOO_LARGE: ({ limit }) => ({
    value: undefined,
    expected: `parents that merge at most ${limit} blocks`,
  }),
};

/**
 * What the block must carry. Its parents are known, sorted and not too many. Throws the BlockRejectedError of the first
 * rule for parents that the engine finds broken.
 */
export function previewBlock(engine: DagEngine, { hash, block }: HeadedBlock): NodePreview {
  try {
    return engine.preview(block.context.parents);
  } catch (cause) {
    throw cause instanceof DagEngineError ? rejectionOf(cause, hash, block.context.parents) : cause;
  }
}

function rejectionOf(cause: DagEngineError, hash: string, parents: readonly string[]): Error {
  const refusal = REFUSALS[cause.code as keyof typeof REFUSALS] as
    | ((details: unknown) => EngineRefusal)
    | undefined;
  if (refusal === undefined) return cause;
  const { value = parents, expected } = refusal(cause.details);
  return new BlockRejectedError(cause.code as RejectionCode, {
    ...{ hash, field: 'context.parents', value, expected, cause },
  });
}
