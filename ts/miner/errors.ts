import type { AddResult } from '../dag/index.ts';
import { QantoError } from '../errors.ts';

/** `ERR_QANTO_NOT_ACCEPTED`: a block that was mined breaks no rule, and yet the DAG has not accepted it. */
export class NotAcceptedError extends QantoError {
  /** Of the block: 64 hex digits in displayed order. */
  readonly hash: string;
  /** What the DAG said of it. */
  readonly status: AddResult['status'];

  /** The block's hash, and the status that is not `accepted`. */
  constructor(hash: string, status: AddResult['status']) {
    super('ERR_QANTO_NOT_ACCEPTED', `block ${hash} came back as ${status}, not as accepted`);
    this.hash = hash;
    this.status = status;
  }
}
