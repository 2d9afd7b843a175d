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

/** `ERR_QANTO_MALFORMED_MESSAGE`: a message of a peer does not have the form that docs/network.md describes. */
export class MalformedMessageError extends QantoError {
  /** The name of the message. */
  readonly messageName: string;

  constructor(message: string, problem: string, options?: ErrorOptions) {
    super('ERR_QANTO_MALFORMED_MESSAGE', `the message ${message} is malformed: ${problem}`, options);
    this.messageName = message;
  }
}

/** Why a peer cannot be used. */
export type PeerErrorCode =
  | 'ERR_QANTO_PEER_WRONG_NETWORK'
  | 'ERR_QANTO_PEER_WRONG_GENESIS'
  | 'ERR_QANTO_PEER_WRONG_VERSION'
  | 'ERR_QANTO_PEER_CLOCK_DIFFERS'
  | 'ERR_QANTO_PEER_BANNED'
  | 'ERR_QANTO_PEER_PRUNED'
  | 'ERR_QANTO_PEER_WRONG_ANSWER'
  | 'ERR_QANTO_CONNECTED_TO_ITSELF'
  | 'ERR_QANTO_TOO_MANY_PEERS';

/**
 * A peer cannot be used. The `code` says why: it keeps another DAG (`ERR_QANTO_PEER_WRONG_NETWORK`,
 * `ERR_QANTO_PEER_WRONG_GENESIS`), speaks another version of the protocol (`ERR_QANTO_PEER_WRONG_VERSION`), has another time
 * (`ERR_QANTO_PEER_CLOCK_DIFFERS`), was banned (`ERR_QANTO_PEER_BANNED`), has pruned blocks that this node lacks
 * (`ERR_QANTO_PEER_PRUNED`), answered with something else than was asked for (`ERR_QANTO_PEER_WRONG_ANSWER`), is this node
 * (`ERR_QANTO_CONNECTED_TO_ITSELF`), or is one more than there may be (`ERR_QANTO_TOO_MANY_PEERS`).
 */
export class PeerError extends QantoError {
  declare readonly code: PeerErrorCode;
  /** The id of the peer. */
  readonly peer: string;

  constructor(code: PeerErrorCode, peer: string, problem: string, options?: ErrorOptions) {
    super(code, `${problem} (peer ${peer})`, options);
    this.peer = peer;
  }
}
