/** The errors of the network. */
import { QantoError } from '../errors.ts';

/** Why a request or a connection failed. */
export type TransportErrorCode =
  | 'ERR_QANTO_DIAL_FAILED'
  | 'ERR_QANTO_CONNECTED_TO_ITSELF'
  | 'ERR_QANTO_REQUEST_TIMED_OUT'
  | 'ERR_QANTO_ANSWER_TOO_LARGE'
  | 'ERR_QANTO_PEER_DISCONNECTED'
  | 'ERR_QANTO_REQUEST_FAILED';

/**
 * A connection or a request failed. The `code` says why: the peer was not reached (`ERR_QANTO_DIAL_FAILED`) or is this node
 * (`ERR_QANTO_CONNECTED_TO_ITSELF`); it did not answer in time (`ERR_QANTO_REQUEST_TIMED_OUT`), answered with more than was
 * asked for (`ERR_QANTO_ANSWER_TOO_LARGE`), went away (`ERR_QANTO_PEER_DISCONNECTED`), or refused the request
 * (`ERR_QANTO_REQUEST_FAILED`).
 */
export class TransportError extends QantoError {
  declare readonly code: TransportErrorCode;
  /** The id or the address of the peer. */
  readonly peer: string;

  constructor(code: TransportErrorCode, peer: string, problem: string, options?: ErrorOptions) {
    super(code, `${problem} (peer ${peer})`, options);
    this.peer = peer;
  }
}
