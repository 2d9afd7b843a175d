import { BlockRejectedError, type RejectionCode } from '../dag/errors.ts';
import type { NetworkContext } from './context.ts';
import { MalformedMessageError, PeerError, TransportError } from './errors.ts';

/**
 * Refusals for which the peer that sent the block is not to blame: an honest peer with another clock, another pruning point
 * or other knowledge may hold such a block.
 */
const BLAMELESS: ReadonlySet<RejectionCode> = new Set<RejectionCode>([
  'ERR_QANTO_TIMESTAMP_TOO_FAR_AHEAD',
  'ERR_QANTO_BELOW_PRUNING_POINT',
  'ERR_QANTO_PARENT_REJECTED',
  'ERR_QANTO_ORPHAN_WORK_TOO_LOW',
]);

/** Counts a failure against the peer if it shows that the peer misbehaves. */
export function blameFor(context: NetworkContext, peer: string, error: unknown): void {
  if (error instanceof BlockRejectedError) {
    if (!BLAMELESS.has(error.code)) context.blame(peer, 'invalid-block');
  } else if (
    error instanceof MalformedMessageError ||
    (error instanceof TransportError && error.code === 'ERR_QANTO_ANSWER_TOO_LARGE') ||
    (error instanceof PeerError && error.code === 'ERR_QANTO_PEER_WRONG_ANSWER')
  ) {
    context.blame(peer, 'wrong-answer');
  }
}
