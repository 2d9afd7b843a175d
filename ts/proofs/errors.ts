/** The error of a proof that proves nothing. */
import { describeValue, QantoError } from '../errors.ts';

/**
 * The codes of a {@link ProofError}, in the order in which a proof is checked:
 * - `ERR_QANTO_PROOF_MALFORMED`: the proof is not encoded as docs/protocol.md says.
 * - `ERR_QANTO_PROOF_WRONG_SINK`: the proof leads to another sink than the one that the caller trusts.
 * - `ERR_QANTO_PROOF_WRONG_CONTEXT`: a context is not the one that its header commits to.
 * - `ERR_QANTO_PROOF_WRONG_RANGE`: the range proof does not lead to the chain root of the sink.
 * - `ERR_QANTO_PROOF_NOT_A_PARENT`: a block is not a parent of the block before it.
 * - `ERR_QANTO_PROOF_WRONG_PAYLOAD`: the payload does not lead to the content root of the block.
 */
export const PROOF_ERROR_CODES = [
  'ERR_QANTO_PROOF_MALFORMED',
  'ERR_QANTO_PROOF_WRONG_SINK',
  'ERR_QANTO_PROOF_WRONG_CONTEXT',
  'ERR_QANTO_PROOF_WRONG_RANGE',
  'ERR_QANTO_PROOF_NOT_A_PARENT',
  'ERR_QANTO_PROOF_WRONG_PAYLOAD',
] as const;

/** The code of a {@link ProofError}. */
export type ProofErrorCode = (typeof PROOF_ERROR_CODES)[number];

/** A proof proves nothing: `code` says what is wrong with it. */
export class ProofError extends QantoError {
  /** What is wrong with the proof. */
  declare readonly code: ProofErrorCode;
  /** The field that is wrong, such as `path[2].context`. */
  readonly field: string;
  /** The offending value. */
  readonly value: unknown;
  /** The requirement that the value does not meet, worded to follow "must be". */
  readonly expected: string;

  /** Creates the error for a field of the proof. */
  constructor(code: ProofErrorCode, field: string, value: unknown, expected: string) {
    super(code, `the proof is not valid, ${code}: ${field} must be ${expected}; got ${describeValue(value)}`);
    this.field = field;
    this.value = value;
    this.expected = expected;
  }
}
