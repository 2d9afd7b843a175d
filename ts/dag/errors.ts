/** What the chain throws. The engine's own errors are in `engine/errors.ts`, the store's in `store/errors.ts`. */
import { describeValue, QantoError } from '../errors.ts';

/** One code a rule, in the order the rules are checked; docs/protocol.md states each rule. */
export const REJECTION_CODES = [
  'ERR_QANTO_BLOCK_TOO_LARGE',
  'ERR_QANTO_MALFORMED',
  'ERR_QANTO_BAD_COINBASE',
  'ERR_QANTO_BAD_VERSION',
  'ERR_QANTO_NO_PARENTS',
  'ERR_QANTO_TOO_MANY_PARENTS',
  'ERR_QANTO_DUPLICATE_PARENT',
  'ERR_QANTO_PARENTS_NOT_SORTED',
  'ERR_QANTO_TIME_OUT_OF_RANGE',
  'ERR_QANTO_CONTEXT_HASH_MISMATCH',
  'ERR_QANTO_PAYLOAD_TOO_LARGE',
  'ERR_QANTO_DUPLICATE_PAYLOAD',
  'ERR_QANTO_CONTENT_ROOT_MISMATCH',
  'ERR_QANTO_INVALID_BITS',
  'ERR_QANTO_POW_NOT_MET',
  'ERR_QANTO_TIMESTAMP_TOO_FAR_AHEAD',
  'ERR_QANTO_BELOW_PRUNING_POINT',
  'ERR_QANTO_PARENT_REJECTED',
  'ERR_QANTO_PARENTS_NOT_ANTICHAIN',
  'ERR_QANTO_PRUNING_POINT_NOT_IN_CHAIN',
  'ERR_QANTO_MERGE_SET_TOO_LARGE',
  'ERR_QANTO_MERGE_TOO_DEEP',
  'ERR_QANTO_TIMESTAMP_NOT_ABOVE_MEDIAN',
  'ERR_QANTO_WRONG_BITS',
  'ERR_QANTO_WRONG_DAA_SCORE',
  'ERR_QANTO_WRONG_BLUE_SCORE',
  'ERR_QANTO_WRONG_BLUE_WORK',
] as const;

/** The rule a block broke. */
export type RejectionCode = (typeof REJECTION_CODES)[number];

/** What a {@link BlockRejectedError} is made of, besides its code. */
export interface Rejection {
  /** The block's hash, when its header could be read. */
  readonly hash?: string | undefined;
  /** What is wrong, such as `header.bits` or `payloads[3]`. */
  readonly field: string;
  /** The offending value. */
  readonly value: unknown;
  /** What would be right, as it reads after "must be". */
  readonly expected: string;
  /** The engine's own error, or that of the bits, where it comes from one. */
  readonly cause?: unknown;
}

/**
 * A block broke a rule of docs/protocol.md, the first in their order. Nothing has changed; `code` says which rule.
 * Whether the same block may be offered again: {@link QantoDag.getStatus}.
 */
export class BlockRejectedError extends QantoError {
  /** The rule that was broken. */
  declare readonly code: RejectionCode;
  /** Of the block, 64 hex digits in displayed order; undefined when its header could not be read. */
  readonly hash: string | undefined;
  /** What is wrong, such as `header.bits` or `payloads[3]`. */
  readonly field: string;
  /** The offending value. */
  readonly value: unknown;
  /** What would be right, as it reads after "must be". */
  readonly expected: string;

  /** The rejection's fields become the error's. */
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

/** `ERR_QANTO_BLOCK_PRUNED`: the block was accepted and is settled; its contents were dropped behind the pruning point. */
export class BlockPrunedError extends QantoError {
  /** Of the block that was asked for: 64 hex digits in displayed order. */
  readonly hash: string;

  /** `hash` of the block that was asked for. */
  constructor(hash: string) {
    super(
      'ERR_QANTO_BLOCK_PRUNED',
      `the contents of block ${hash} were pruned; open the DAG with \`archive\` to keep contents`,
    );
    this.hash = hash;
  }
}

/** `ERR_QANTO_CLOSED`: the DAG was closed, or is closing; open it again. */
export class DagClosedError extends QantoError {
  /** For every call but `close()` on a DAG that was closed. */
  constructor() {
    super('ERR_QANTO_CLOSED', 'the DAG is closed; open it again with QantoDag.open');
  }
}
