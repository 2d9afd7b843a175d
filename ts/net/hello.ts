import type { Hello } from './codec.ts';
import { PeerError } from './errors.ts';
import { PROTOCOL_VERSION } from './protocol.ts';

/** Checks whether the peer can be used, and throws the PeerError that says why not. */
export function checkHello(peer: string, theirs: Hello, own: Hello, maxTimeDifferenceMs: number): void {
  const refuse = (code: PeerError['code'], problem: string): never => {
    throw new PeerError(code, peer, problem);
  };
  if (theirs.version !== PROTOCOL_VERSION) {
    const problem = `the peer speaks version ${theirs.version} of the protocol, and this node ${PROTOCOL_VERSION}`;
    refuse('ERR_QANTO_PEER_WRONG_VERSION', problem);
  }
  if (theirs.network !== own.network) {
    const problem = `the peer is a node of the network ${theirs.network}, and this node of ${own.network}`;
    refuse('ERR_QANTO_PEER_WRONG_NETWORK', problem);
  }
  if (theirs.genesis !== own.genesis) {
    refuse('ERR_QANTO_PEER_WRONG_GENESIS', `the peer has the genesis block ${theirs.genesis}`);
  }
  if (theirs.instance === own.instance) {
    refuse('ERR_QANTO_CONNECTED_TO_ITSELF', 'the peer is this node');
  }
  const difference = theirs.timeMs - own.timeMs;
  if (Math.abs(difference) > maxTimeDifferenceMs) {
    const side = difference > 0 ? 'ahead of' : 'behind';
    const problem =
      `the clock of the peer is ${Math.abs(Math.round(difference))} ms ${side} that of this node; ` +
      `they may differ by ${maxTimeDifferenceMs} ms`;
    refuse('ERR_QANTO_PEER_CLOCK_DIFFERS', problem);
  }
}
