/** Why the engine refuses a block or a question. Nothing has changed in the engine when one of these is thrown. */
import { describeValue, QantoError } from '../../errors.ts';

/** The hash is already in the DAG. */
export class DuplicateBlockError extends QantoError {
  readonly hash: string;

  constructor(hash: string) {
    super('DUPLICATE_BLOCK', `block ${hash} is already in the DAG`);
    this.hash = hash;
  }
}

/** Some parents are not in the DAG; the block may be offered again after them. */
export class UnknownParentsError extends QantoError {
  /** The absent parents, in the order they were given. */
  readonly missing: readonly string[];

  constructor(missing: readonly string[]) {
    super('UNKNOWN_PARENTS', `${missing.length} parents are not in the DAG, the first is ${missing[0]}`);
    this.missing = missing;
  }
}

/** Asked about a block that is not in the DAG. */
export class UnknownBlockError extends QantoError {
  readonly hash: string;

  constructor(hash: string) {
    super('UNKNOWN_BLOCK', `block ${describeValue(hash)} is not in the DAG`);
    this.hash = hash;
  }
}

/** A block other than genesis names no parent. */
export class NoParentsError extends QantoError {
  constructor() {
    super('NO_PARENTS', 'only genesis has no parents; name at least one');
  }
}

/** More parents than `maxParents`. */
export class TooManyParentsError extends QantoError {
  readonly count: number;
  readonly limit: number;

  constructor(count: number, limit: number) {
    super('TOO_MANY_PARENTS', `${count} parents; a block may have at most ${limit}`);
    this.count = count;
    this.limit = limit;
  }
}

/** One parent is named twice. */
export class DuplicateParentError extends QantoError {
  readonly parent: string;

  constructor(parent: string) {
    super('DUPLICATE_PARENT', `parent ${parent} is named twice`);
    this.parent = parent;
  }
}

/** One parent is an ancestor of another, so that naming it says nothing. */
export class ParentsNotAntichainError extends QantoError {
  readonly ancestor: string;
  readonly descendant: string;

  constructor(ancestor: string, descendant: string) {
    super('PARENTS_NOT_ANTICHAIN', `parent ${ancestor} is an ancestor of parent ${descendant}; leave it out`);
    this.ancestor = ancestor;
    this.descendant = descendant;
  }
}

/** The block's selected chain passes the pruning point by: it builds on a past that is settled otherwise. */
export class PruningPointNotInChainError extends QantoError {
  readonly pruningPoint: string;
  readonly selectedParent: string;

  constructor(pruningPoint: string, selectedParent: string) {
    super(
      'PRUNING_POINT_NOT_IN_CHAIN',
      `the selected chain of ${selectedParent} does not hold the pruning point ${pruningPoint}; build on the selected chain`,
    );
    this.pruningPoint = pruningPoint;
    this.selectedParent = selectedParent;
  }
}

/** The block would merge one that split off too far below it, which no blue of its merge set merged in time. */
export class MergeTooDeepError extends QantoError {
  /** A merged block that is too deep. */
  readonly merged: string;
  /** The chain block at the merge depth below the block: `merged` is not in its future. */
  readonly root: string;

  constructor(merged: string, root: string) {
    super(
      'MERGE_TOO_DEEP',
      `block ${merged} is not in the future of ${root}, the merge depth root; leave it out`,
    );
    this.merged = merged;
    this.root = root;
  }
}

/** A question reached below what was kept: a fault of the engine, thrown in place of a wrong answer. */
export class RetentionError extends QantoError {
  constructor(block: string) {
    super('RETENTION', `the engine needs the past of block ${block}, which was pruned; please report this`);
  }
}

/** The block would merge more blocks than `mergeSetLimit`. */
export class MergeSetTooLargeError extends QantoError {
  readonly limit: number;

  constructor(limit: number) {
    super('MERGE_SET_TOO_LARGE', `the merge set holds more than ${limit} blocks; merge fewer tips`);
    this.limit = limit;
  }
}
