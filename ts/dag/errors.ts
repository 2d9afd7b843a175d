/** The errors of the DAG. The errors of the engine are in `engine/errors.ts`, those of the store in `store/errors.ts`. */
import { describeValue, QantoError } from '../errors.ts';

/**
 * The codes of the rules, in the order in which the rules are checked. `ERR_QANTO_MALFORMED` is listed once, where the
 * encoding is first checked, although the context and the contents are decoded later. docs/protocol.md describes each rule.
 */
export const REJECTION_CODES = [
  'ERR_QANTO_BLOCK_TOO_LARGE',
  'ERR_QANTO_MALFORMED',
  'ERR_QANTO_BAD_VERSION',
  'ERR_QANTO_INVALID_BITS',
  'ERR_QANTO_POW_NOT_MET',
  'ERR_QANTO_CONTEXT_HASH_MISMATCH',
  'ERR_QANTO_NO_PARENTS',
  'ERR_QANTO_TOO_MANY_PARENTS',
  'ERR_QANTO_DUPLICATE_PARENT',
  'ERR_QANTO_PARENTS_NOT_SORTED',
  'ERR_QANTO_TIME_OUT_OF_RANGE',
  'ERR_QANTO_TIMESTAMP_TOO_FAR_AHEAD',
  'ERR_QANTO_BELOW_PRUNING_POINT',
  'ERR_QANTO_PARENT_REJECTED',
  'ERR_QANTO_ORPHAN_WORK_TOO_LOW',
  'ERR_QANTO_PARENTS_NOT_ANTICHAIN',
  'ERR_QANTO_PRUNING_POINT_NOT_IN_CHAIN',
  'ERR_QANTO_MERGE_SET_TOO_LARGE',
  'ERR_QANTO_MERGE_TOO_DEEP',
  'ERR_QANTO_TIMESTAMP_NOT_ABOVE_MEDIAN',
  'ERR_QANTO_WRONG_BITS',
  'ERR_QANTO_WRONG_DAA_SCORE',
  'ERR_QANTO_WRONG_BLUE_SCORE',
  'ERR_QANTO_WRONG_BLUE_WORK',
  'ERR_QANTO_WRONG_PRUNING_POINT',
  'ERR_QANTO_WRONG_CHAIN_ROOT',
  'ERR_QANTO_TOO_MANY_PAYLOADS',
  'ERR_QANTO_BAD_COINBASE',
  'ERR_QANTO_PAYLOAD_TOO_LARGE',
  'ERR_QANTO_DUPLICATE_PAYLOAD',
  'ERR_QANTO_CONTENT_ROOT_MISMATCH',
] as const;

/** The code of the rule that a block breaks. */
export type RejectionCode = (typeof REJECTION_CODES)[number];

/** The details of a {@link BlockRejectedError}, besides its code. */
export interface Rejection {
  /** Hash of the block; undefined if its header could not be read. */
  readonly hash?: string | undefined;
  /** The field that is wrong, such as `header.bits` or `payloads[3]`. */
  readonly field: string;
  /** The offending value. */
  readonly value: unknown;
  /** The requirement that the value does not meet, worded to follow "must be". */
  readonly expected: string;
  /** The error that caused the rejection, such as a {@link DagEngineError}. */
  readonly cause?: unknown;
}

/**
 * A block breaks a rule of docs/protocol.md. `code` is the first rule broken. The DAG has not changed. {@link
 * QantoDag.getStatus} describes whether the same block may be offered again. Most errors with which
 * a DAG refuses a block have no stack trace, since recording one costs more than checking a header.
 */
export class BlockRejectedError extends QantoError {
  /** The code of the rule that the block breaks. */
  declare readonly code: RejectionCode;
  /** Hash of the block, 64 hex digits in displayed order; undefined if its header could not be read. */
  readonly hash: string | undefined;
  /** The field that is wrong, such as `header.bits` or `payloads[3]`. */
  readonly field: string;
  /** The offending value. */
  readonly value: unknown;
  /** The requirement that the value does not meet, worded to follow "must be". */
  readonly expected: string;

  /** Creates the error with the fields of the rejection. */
  constructor(code: RejectionCode, { hash, field, value, expected, cause }: Rejection) {
    super(
      code,
      `block ${hash ?? '(unreadable)'} refused, ${code}: ${field} must be ${expected}; got ${describeValue(value)}`,
      cause === undefined ? undefined : { cause },
    );
    this.hash = hash;
    this.field = field;
    this.value = value;
    this.expected = expected;
  }
}

/** `ERR_QANTO_BLOCK_PRUNED`: the block was accepted, but its contents were pruned. */
export class BlockPrunedError extends QantoError {
  /** Hash of the requested block: 64 hex digits in displayed order. */
  readonly hash: string;

  /** Creates the error for the block with this hash. */
  constructor(hash: string) {
    super(
      'ERR_QANTO_BLOCK_PRUNED',
      `the contents of block ${hash} were pruned; open the DAG with \`archive\` to keep contents`,
    );
    this.hash = hash;
  }
}

/**
 * `ERR_QANTO_CLOCK_BEHIND`: the clock is so far behind the recent blocks that the DAG would refuse the next block. No
 * template can be built until the clock has been set, or has caught up.
 */
export class ClockBehindError extends QantoError {
  /** The time of the clock: milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** The earliest timestamp that the next block may have, 1 ms after the past median time. */
  readonly earliestMs: number;
  /** The maximum time by which a block may be ahead of the clock on this network, in ms. */
  readonly maxTimeAheadMs: number;

  /** The arguments are in ms. */
  constructor(nowMs: number, earliestMs: number, maxTimeAheadMs: number) {
    super(
      'ERR_QANTO_CLOCK_BEHIND',
      `the clock is behind the recent blocks: it shows ${showTime(nowMs)}, but the timestamp of the next block must be at least ` +
        `${showTime(earliestMs)} and at most ${maxTimeAheadMs} ms ahead of the clock; set the clock of the machine`,
    );
    this.nowMs = nowMs;
    this.earliestMs = earliestMs;
    this.maxTimeAheadMs = maxTimeAheadMs;
  }

  /** The time in ms after which the clock has caught up by itself, if nobody sets it. */
  get waitMs(): number {
    return this.earliestMs - this.maxTimeAheadMs - this.nowMs;
  }
}

/**
 * `ERR_QANTO_DAG_QUEUE_FULL`: the blocks that wait to be checked take as much memory as they may. Offer the block again when
 * some of the calls of `addBlock` have settled, and after it the blocks that build on it, which are refused with the same
 * error. Blocks with little work, and copies of other blocks, have less room.
 */
export class DagQueueFullError extends QantoError {
  /** Hash of the block: 64 hex digits in displayed order. */
  readonly hash: string;
  /** The maximum memory that the waiting blocks may take, in bytes: the option `maxQueuedBytes`. */
  readonly maxQueuedBytes: number;

  /** Creates the error for a block, with the limit in bytes. */
  constructor(hash: string, maxQueuedBytes: number) {
    super(
      'ERR_QANTO_DAG_QUEUE_FULL',
      `there is no room for block ${hash} among the blocks that wait to be checked, which may take ${maxQueuedBytes} bytes; ` +
        'offer it again when some calls of addBlock have settled',
    );
    this.hash = hash;
    this.maxQueuedBytes = maxQueuedBytes;
  }
}

/** `ERR_QANTO_CLOSED`: the DAG is closed or is closing. Open it again. */
export class DagClosedError extends QantoError {
  /** Creates the error for a call on a closed DAG. */
  constructor() {
    super('ERR_QANTO_CLOSED', 'the DAG is closed; open it again with QantoDag.open');
  }
}

/** A time as text. A Date cannot show every integer. */
function showTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}
