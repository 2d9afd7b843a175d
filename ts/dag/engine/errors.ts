/** The errors of the engine. The engine does not change when it throws one. */
import { describeValue, QantoError } from '../../errors.ts';

/** The details of a {@link DagEngineError}, by code. Hashes are 64 hex digits in displayed order. */
export interface EngineErrorDetails {
  /** The block is already in the DAG. */
  ERR_QANTO_DUPLICATE_BLOCK: {
    /** Hash of the block that was offered. */
    readonly hash: string;
  };
  /** Some parents are not in the DAG. The block may be offered again once they are. */
  ERR_QANTO_UNKNOWN_PARENTS: {
    /** Hashes of the missing parents, in the order in which they were given; at least one. */
    readonly missing: readonly string[];
  };
  /** The requested block is not in the DAG, or was pruned. */
  ERR_QANTO_UNKNOWN_BLOCK: {
    /** Hash of the requested block. */
    readonly hash: string;
  };
  /** The block is in the DAG, but not in the past of the next block, so it has no place in the total order yet. */
  ERR_QANTO_NOT_IN_ORDER: {
    /** Hash of the requested block. */
    readonly hash: string;
  };
  /** The block is in the DAG, but not on the selected chain. */
  ERR_QANTO_NOT_IN_CHAIN: {
    /** Hash of the requested block. */
    readonly hash: string;
    /** Hash of the last block of the selected chain. */
    readonly sink: string;
  };
  /** A block is not in the past of the block to which a proof shall lead. */
  ERR_QANTO_NOT_AN_ANCESTOR: {
    /** Hash of the requested block. */
    readonly hash: string;
    /** Hash of the block to which the proof shall lead. */
    readonly descendant: string;
  };
  /** The answer would need blocks that were pruned. */
  ERR_QANTO_PAST_PRUNED: {
    /** The argument, such as `from`. */
    readonly argument: string;
    /** The argument as it was passed: a hash, a position or a height. */
    readonly value: string | number;
    /** The requirement that the argument does not meet, worded to follow "must be". */
    readonly expected: string;
  };
  /** A block other than genesis names no parent. */
  ERR_QANTO_NO_PARENTS: Record<never, never>;
  /** The block names more parents than `maxParents`. */
  ERR_QANTO_TOO_MANY_PARENTS: {
    /** The number of parents that it names. */
    readonly count: number;
    /** The network's `maxParents`. */
    readonly limit: number;
  };
  /** One parent is named twice. */
  ERR_QANTO_DUPLICATE_PARENT: {
    /** Hash of the parent that is named twice. */
    readonly parent: string;
  };
  /** One parent is an ancestor of another, so that it need not be named. */
  ERR_QANTO_PARENTS_NOT_ANTICHAIN: {
    /** Hash of the parent to leave out. */
    readonly ancestor: string;
    /** Hash of a parent that has `ancestor` in its past. */
    readonly descendant: string;
  };
  /** The selected chain of the block does not contain the pruning point, so the block can never be merged. */
  ERR_QANTO_PRUNING_POINT_NOT_IN_CHAIN: {
    /** Hash of the pruning point, which must be on the block's selected chain. */
    readonly pruningPoint: string;
    /** Hash of the selected parent that the block would have. */
    readonly selectedParent: string;
  };
  /** The block would merge a block that split off too far below it and that no blue of its merge set merged in time. */
  ERR_QANTO_MERGE_TOO_DEEP: {
    /** Hash of a merged block that is too deep. */
    readonly merged: string;
    /**
     * Hash of the merge depth root: the chain block at the merge depth below the block. `merged` is not in its future.
     */
    readonly root: string;
  };
  /** The block would merge more blocks than `mergeSetLimit`, not counting its selected parent. */
  ERR_QANTO_MERGE_SET_TOO_LARGE: {
    /** The network's `mergeSetLimit`. */
    readonly limit: number;
  };
  /**
   * The engine needs a block that was pruned. This is a bug in the engine; it throws instead of returning a wrong
   * result.
   */
  ERR_QANTO_RETENTION: {
    /** Hash of the block whose past was pruned. */
    readonly hash: string;
  };
  /** The pruned engine differs from the original. This is a bug in the engine; nothing was pruned. */
  ERR_QANTO_PRUNING_MISMATCH: {
    /** A description of what differs. */
    readonly what: string;
  };
}

/** The code of a {@link DagEngineError}. */
export type EngineErrorCode = keyof EngineErrorDetails;

const MESSAGES: { readonly [Code in EngineErrorCode]: (details: EngineErrorDetails[Code]) => string } = {
  ERR_QANTO_DUPLICATE_BLOCK: ({ hash }) => `block ${hash} is already in the DAG`,
  ERR_QANTO_UNKNOWN_PARENTS: ({ missing }) =>
    `${missing.length} parents are not in the DAG; the first is ${missing[0]}`,
  ERR_QANTO_UNKNOWN_BLOCK: ({ hash }) => `block ${describeValue(hash)} is not in the DAG`,
  ERR_QANTO_NOT_IN_ORDER: ({ hash }) =>
    `block ${hash} is not in the past of the next block, so it has no place in the total order`,
  ERR_QANTO_NOT_IN_CHAIN: ({ hash, sink }) =>
    `block ${hash} is not on the selected chain, which ends with ${sink}`,
  ERR_QANTO_NOT_AN_ANCESTOR: ({ hash, descendant }) =>
    `block ${hash} is not in the past of block ${descendant}`,
  ERR_QANTO_PAST_PRUNED: ({ argument, value, expected }) =>
    `${argument} must be ${expected}, because earlier blocks were pruned; got ${value}`,
  ERR_QANTO_NO_PARENTS: () => 'the block names no parent; only genesis has none',
  ERR_QANTO_TOO_MANY_PARENTS: ({ count, limit }) =>
    `the block names ${count} parents; at most ${limit} are allowed`,
  ERR_QANTO_DUPLICATE_PARENT: ({ parent }) => `parent ${parent} is named twice`,
  ERR_QANTO_PARENTS_NOT_ANTICHAIN: ({ ancestor, descendant }) =>
    `parent ${ancestor} is an ancestor of parent ${descendant}; leave it out`,
  ERR_QANTO_PRUNING_POINT_NOT_IN_CHAIN: ({ pruningPoint, selectedParent }) =>
    `the selected chain of ${selectedParent} does not contain the pruning point ${pruningPoint}; build on the selected chain`,
  ERR_QANTO_MERGE_TOO_DEEP: ({ merged, root }) =>
    `block ${merged} is not in the future of the merge depth root ${root}; leave it out`,
  ERR_QANTO_MERGE_SET_TOO_LARGE: ({ limit }) =>
    `the merge set has more than ${limit} blocks; merge fewer tips`,
  ERR_QANTO_RETENTION: ({ hash }) =>
    `the engine needs the past of block ${hash}, which was pruned; please report this`,
  ERR_QANTO_PRUNING_MISMATCH: ({ what }) =>
    `the pruned engine differs in ${what}; nothing was pruned; please report this`,
};

/**
 * The consensus engine refused a block or a query: `code` is the reason; `details` depend on it ({@link
 * EngineErrorDetails}).
 */
export class DagEngineError<Code extends EngineErrorCode = EngineErrorCode> extends QantoError {
  /** The reason for the refusal. */
  declare readonly code: Code;
  /** The details of the refusal, by code. */
  readonly details: EngineErrorDetails[Code];

  /** Creates the error; the message is made from the code and the details. */
  constructor(code: Code, details: EngineErrorDetails[Code]) {
    super(code, MESSAGES[code](details));
    this.details = details;
  }
}

/** Whether an error is a {@link DagEngineError} with this code. */
export function isEngineError<Code extends EngineErrorCode>(
  error: unknown,
  code: Code,
): error is DagEngineError<Code> {
  return error instanceof DagEngineError && error.code === code;
}
