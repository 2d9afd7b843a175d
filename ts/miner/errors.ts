import type { AddResult } from '../dag/index.ts';
import { QantoError } from '../errors.ts';

/** `ERR_QANTO_NOT_ACCEPTED`: the DAG did not accept a mined block, although the block breaks no rule. */
export class NotAcceptedError extends QantoError {
  /** The hash of the block: 64 hex digits in displayed order. */
  readonly hash: string;
  /** The status that the DAG returned. */
  readonly status: AddResult['status'];

  /** `status` is the status that the DAG returned instead of `accepted`. */
  constructor(hash: string, status: AddResult['status']) {
    super(
      'ERR_QANTO_NOT_ACCEPTED',
      `the DAG did not accept the mined block ${hash}; its status is ${status}`,
    );
    this.hash = hash;
    this.status = status;
  }
}
