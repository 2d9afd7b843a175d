/** Why the engine refuses a block or a question. Nothing has changed in the engine when one of these is thrown. */
import { describeValue, QantoError } from '../../errors.ts';

/** `DUPLICATE_BLOCK`: the hash is already in the DAG. */
export class DuplicateBlockError extends QantoError {
  /** Of the block that was offered: 64 hex digits in displayed order. */
  readonly hash: string;

  /** `hash` of the block that was offered. */
  constructor(hash: string) {
    super('DUPLICATE_BLOCK', `block ${hash} is already in the DAG`);
    this.hash = hash;
  }
}

/** `UNKNOWN_PARENTS`: some parents are not in the DAG; the block may be offered again after them. */
export class UnknownParentsError extends QantoError {
  /** Hashes of the absent parents, in the order they were given; at least one. */
  readonly missing: readonly string[];

  /** `missing` are the hashes of the absent parents, at least one. */
  constructor(missing: readonly string[]) {
    super('UNKNOWN_PARENTS', `${missing.length} parents are not in the DAG, the first is ${missing[0]}`);
    this.missing = missing;
  }
}

/** `UNKNOWN_BLOCK`: asked about a block that is not in the DAG, or was dropped behind the pruning point. */
export class UnknownBlockError extends QantoError {
  /** Of the block that was asked about. */
  readonly hash: string;

  /** `hash` of the block that was asked about. */
  constructor(hash: string) {
    super('UNKNOWN_BLOCK', `block ${describeValue(hash)} is not in the DAG`);
    this.hash = hash;
  }
}

/** `NO_PARENTS`: a block other than genesis names no parent. */
export class NoParentsError extends QantoError {
  /** For a block whose list of parents is empty. */
  constructor() {
    super('NO_PARENTS', 'only genesis has no parents; name at least one');
  }
}

/** `TOO_MANY_PARENTS`: more parents than `maxParents`. */
export class TooManyParentsError extends QantoError {
  /** How many parents the block names. */
  readonly count: number;
  /** The network's `maxParents`. */
  readonly limit: number;

  /** `limit` is `maxParents`, and `count` above it. */
  constructor(count: number, limit: number) {
    super('TOO_MANY_PARENTS', `${count} parents; a block may have at most ${limit}`);
    this.count = count;
    this.limit = limit;
  }
}

/** `DUPLICATE_PARENT`: one parent is named twice. */
export class DuplicateParentError extends QantoError {
  /** Hash of the parent that is named twice. */
  readonly parent: string;

  /** `parent` is the hash that is named twice. */
  constructor(parent: string) {
    super('DUPLICATE_PARENT', `parent ${parent} is named twice`);
    this.parent = parent;
  }
}

/** `PARENTS_NOT_ANTICHAIN`: one parent is an ancestor of another, so that naming it says nothing. */
export class ParentsNotAntichainError extends QantoError {
  /** Hash of the parent to leave out. */
  readonly ancestor: string;
  /** Hash of a parent that has `ancestor` in its past. */
  readonly descendant: string;

  /** Hashes of two of the block's parents, the first in the past of the second. */
  constructor(ancestor: string, descendant: string) {
    super('PARENTS_NOT_ANTICHAIN', `parent ${ancestor} is an ancestor of parent ${descendant}; leave it out`);
    this.ancestor = ancestor;
    this.descendant = descendant;
  }
}

/**
 * `PRUNING_POINT_NOT_IN_CHAIN`: the block's selected chain passes the pruning point by. It builds on a past that is
 * settled otherwise.
 */
export class PruningPointNotInChainError extends QantoError {
  /** Hash of the pruning point that must be on the block's selected chain. */
  readonly pruningPoint: string;
  /** Hash of the selected parent that the block would have. */
  readonly selectedParent: string;

  /** Hashes of the pruning point, and of the selected parent the block would have. */
  constructor(pruningPoint: string, selectedParent: string) {
    super(
      'PRUNING_POINT_NOT_IN_CHAIN',
      `the selected chain of ${selectedParent} does not hold the pruning point ${pruningPoint}; build on the selected chain`,
    );
    this.pruningPoint = pruningPoint;
    this.selectedParent = selectedParent;
  }
}

/**
 * `MERGE_TOO_DEEP`: the block would merge one that split off too far below it, which no blue of its merge set merged in
 * time.
 */
export class MergeTooDeepError extends QantoError {
  /** Hash of a merged block that is too deep. */
  readonly merged: string;
  /** Hash of the chain block at the merge depth below the block: `merged` is not in its future. */
  readonly root: string;

  /** Hashes of the merged block and of the merge depth root. */
  constructor(merged: string, root: string) {
    super(
      'MERGE_TOO_DEEP',
      `block ${merged} is not in the future of ${root}, the merge depth root; leave it out`,
    );
    this.merged = merged;
    this.root = root;
  }
}

/**
 * `RETENTION`: a question reached below what was kept. A fault of the engine, thrown in place of a wrong answer; please
 * report it.
 */
export class RetentionError extends QantoError {
  /** `block` is the hash of the block whose past is gone. */
  constructor(block: string) {
    super('RETENTION', `the engine needs the past of block ${block}, which was pruned; please report this`);
  }
}

/**
 * `PRUNING_MISMATCH`: without the past that was to go, the engine says something else than with it. A fault of the
 * engine, and nothing was pruned; please report it.
 */
export class PruningMismatchError extends QantoError {
  /** `what` differs, in words. */
  constructor(what: string) {
    super('PRUNING_MISMATCH', `the pruned engine differs in ${what}; nothing was pruned; please report this`);
  }
}

/** `MERGE_SET_TOO_LARGE`: the block would merge more blocks than `mergeSetLimit`, its selected parent not counted. */
export class MergeSetTooLargeError extends QantoError {
  /** The network's `mergeSetLimit`. */
  readonly limit: number;

  /** `limit` is `mergeSetLimit`. */
  constructor(limit: number) {
    super('MERGE_SET_TOO_LARGE', `the merge set holds more than ${limit} blocks; merge fewer tips`);
    this.limit = limit;
  }
}
