/** What the parts of the network share. */
import type { QantoDag } from '../dag/qanto-dag.ts';
import type { ProtocolNames } from './protocol.ts';
import type { PENALTIES } from './scores.ts';
import type { Transport } from './transport.ts';

export interface NetworkContext {
  readonly dag: QantoDag;
  readonly transport: Transport;
  readonly names: ProtocolNames;
  /** Aborted when the network stops. */
  readonly signal: AbortSignal;
  /** Counts a misbehaviour of a peer. */
  blame(peer: string, reason: keyof typeof PENALTIES): void;
}

/** Adds a block, while virtual time stands still. */
export function addBlock(
  { dag, transport }: NetworkContext,
  block: Uint8Array,
): ReturnType<QantoDag['addBlock']> {
  const added = dag.addBlock(block);
  transport.clock.hold?.(added);
  return added;
}
