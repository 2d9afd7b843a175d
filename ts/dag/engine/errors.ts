/** Why the engine refuses a block or a question. Nothing has changed in the engine when it throws. */
import { describeValue, QantoError } from '../../errors.ts';

/** What a {@link DagEngineError} tells besides its code, by code. Hashes are 64 hex digits in displayed order. */
export interface EngineErrorDetails {
  /** The hash is already in the DAG. */
  ERR_QANTO_DUPLICATE_BLOCK: {
    /** Of the block that was offered. */
    readonly hash: string;
  };
  /** Some parents are not in the DAG; the block may be offered again after them. */
  ERR_QANTO_UNKNOWN_PARENTS: {
    /** Hashes of the absent parents, in the order they were given; at least one. */
    readonly missing: readonly string[];
  };
  /** The block that was asked about is not in the DAG, or was dropped behind the pruning point. */
  ERR_QANTO_UNKNOWN_BLOCK: {
    /** Of the block that was asked about. */
    readonly hash: string;
  };
  /** A block other than genesis names no parent. */
  ERR_QANTO_NO_PARENTS: Record<never, never>;
  /** The block names more parents than `maxParents`. */
  ERR_QANTO_TOO_MANY_PARENTS: {
    /** How many parents it names. */
    readonly count: number;
    /** The network's `maxParents`. */
    readonly limit: number;
  };
  /** One parent is named twice. */
  ERR_QANTO_DUPLICATE_PARENT: {
    /** Hash of the parent that is named twice. */
    readonly parent: string;
  };
  /** One parent is an ancestor of another, so that naming it adds nothing. */
  ERR_QANTO_PARENTS_NOT_ANTICHAIN: {
    /** Hash of the parent to leave out. */
    readonly ancestor: string;
    /** Hash of a parent that has `ancestor` in its past. */
    readonly descendant: string;
  };
  /** The block's selected chain does not contain the pruning point: it builds on another past than the settled one. */
  ERR_QANTO_PRUNING_POINT_NOT_IN_CHAIN: {
    /** Hash of the pruning point, which must be on the block's selected chain. */
    readonly pruningPoint: string;
    /** Hash of the selected parent that the block would have. */
    readonly selectedParent: string;
  };
  /** The block would merge a block that is too far below it, and that no blue of its merge set merged in time. */
  ERR_QANTO_MERGE_TOO_DEEP: {
    /** Hash of a merged block that is too deep. */
    readonly merged: string;
    /** Hash of the chain block at the merge depth below the block: `merged` is not in its future. */
    readonly root: string;
  };
  /** The block would merge more blocks than `mergeSetLimit`, its selected parent not counted. */
  ERR_QANTO_MERGE_SET_TOO_LARGE: {
    /** The network's `mergeSetLimit`. */
    readonly limit: number;
  };
  /** A question reached below what was kept. This is a fault of the engine, thrown in place of a wrong answer. */
  ERR_QANTO_RETENTION: {
    /** Hash of the block whose past is gone. */
    readonly hash: string;
  };
  /** The pruned engine differs from the whole one. This is a fault of the engine; nothing was pruned. */
  ERR_QANTO_PRUNING_MISMATCH: {
    /** What differs, in words. */
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

/** A refusal of the consensus engine: `code` says why, and `details` what it concerns ({@link EngineErrorDetails}). */
export class DagEngineError<Code extends EngineErrorCode = EngineErrorCode> extends QantoError {
  /** Why the engine refuses. */
  declare readonly code: Code;
  /** What the refusal concerns, by code. */
  readonly details: EngineErrorDetails[Code];

  /** The message follows from the code and the details. */
  constructor(code: Code, details: EngineErrorDetails[Code]) {
    super(code, MESSAGES[code](details));
    this.details = details;
  }
}

/** Whether an error is the engine's, with this code. */
export function isEngineError<Code extends EngineErrorCode>(
  error: unknown,
  code: Code,
): error is DagEngineError<Code> {
  return error instanceof DagEngineError && error.code === code;
}
