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

export interface Rejection {
  /** The block's hash, when its header could be read. */
  readonly hash?: string | undefined;
  /** What is wrong, such as `header.bits` or `payloads[3]`. */
  readonly field: string;
  /** The offending value. */
  readonly value: unknown;
  /** What would be right, as it reads after "must be". */
  readonly expected: string;
  readonly cause?: unknown;
}

/** A block broke a rule. Nothing has changed; `code` says which rule. */
export class BlockRejectedError extends QantoError {
  declare readonly code: RejectionCode;
  readonly hash: string | undefined;
  readonly field: string;
  readonly value: unknown;
  readonly expected: string;

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

/** The block was accepted and is settled; its contents were dropped behind the pruning point. */
export class BlockPrunedError extends QantoError {
  readonly hash: string;

  constructor(hash: string) {
    super(
      'BLOCK_PRUNED',
      `the contents of block ${hash} were pruned; open the DAG with \`archive\` to keep contents`,
    );
    this.hash = hash;
  }
}

/** The DAG was closed; open it again. */
export class DagClosedError extends QantoError {
  constructor() {
    super('CLOSED', 'the DAG is closed; open it again with QantoDag.open');
  }
}
