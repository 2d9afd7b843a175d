/** What the chain throws. The engine's own errors are in `engine/errors.ts`, the store's in `store/errors.ts`. */
import { describeValue, QantoError } from '../errors.ts';

/** One code a rule, in the order the rules are checked; docs/protocol.md states each rule. */
export const REJECTION_CODES = [
  'BLOCK_TOO_LARGE',
  'MALFORMED',
  'BAD_COINBASE',
  'BAD_VERSION',
  'NO_PARENTS',
  'TOO_MANY_PARENTS',
  'DUPLICATE_PARENT',
  'PARENTS_NOT_SORTED',
  'TIME_OUT_OF_RANGE',
  'CONTEXT_HASH_MISMATCH',
  'PAYLOAD_TOO_LARGE',
  'DUPLICATE_PAYLOAD',
  'CONTENT_ROOT_MISMATCH',
  'INVALID_BITS',
  'POW_NOT_MET',
  'TIMESTAMP_TOO_FAR_AHEAD',
  'BELOW_PRUNING_POINT',
  'PARENT_REJECTED',
  'PARENTS_NOT_ANTICHAIN',
  'PRUNING_POINT_NOT_IN_CHAIN',
  'MERGE_SET_TOO_LARGE',
  'MERGE_TOO_DEEP',
  'TIMESTAMP_NOT_ABOVE_MEDIAN',
  'WRONG_BITS',
  'WRONG_DAA_SCORE',
  'WRONG_BLUE_SCORE',
  'WRONG_BLUE_WORK',
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

/** `BLOCK_PRUNED`: the block was accepted and is settled; its contents were dropped behind the pruning point. */
export class BlockPrunedError extends QantoError {
  /** Of the block that was asked for: 64 hex digits in displayed order. */
  readonly hash: string;

  /** `hash` of the block that was asked for. */
  constructor(hash: string) {
    super(
      'BLOCK_PRUNED',
      `the contents of block ${hash} were pruned; open the DAG with \`archive\` to keep contents`,
    );
    this.hash = hash;
  }
}

/** `CLOSED`: the DAG was closed, or is closing; open it again. */
export class DagClosedError extends QantoError {
  /** For every call but `close()` on a DAG that was closed. */
  constructor() {
    super('CLOSED', 'the DAG is closed; open it again with QantoDag.open');
  }
}
