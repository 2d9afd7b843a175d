/** What callers see of the network. */
import type { PeerError } from './errors.ts';
import type { RelayCounts } from './relay.ts';
import type { Ban } from './scores.ts';
import type { SyncProgress } from './sync.ts';
import type { PeerDirection } from './transport.ts';

/** A peer with which hellos were exchanged. */
export interface PeerStatus {
  readonly id: string;
  readonly direction: PeerDirection;
  readonly address: string;
  /** The blue score of its sink when it said hello. */
  readonly blueScore: number;
  /** Its clock minus the clock of this node when it said hello, in ms, give or take the latency. */
  readonly clockDifferenceMs: number;
  /** The time for which it has been connected, in ms. */
  readonly connectedMs: number;
  /** Its score of misbehaviour, which decays. It is banned at 100. */
  readonly score: number;
}

/** The state of a network. */
export interface NetworkStatus {
  /** The id of this node. */
  readonly id: string;
  /** The addresses at which peers can dial this node. */
  readonly addresses: readonly string[];
  readonly peers: readonly PeerStatus[];
  readonly bans: readonly Ban[];
  /** The sync that is running. */
  readonly sync: SyncProgress | undefined;
  readonly inventories: RelayCounts;
  /** The number of blocks that are being fetched for inventories. */
  readonly fetching: number;
}

/** The events of a network. */
export interface NetworkEvents {
  /** Hellos were exchanged, and the peer can be used. */
  'peer-connected': [PeerStatus];
  /** A peer that could be used has gone. */
  'peer-disconnected': [PeerStatus];
  /** A peer cannot be used, and the connection is closed. */
  'peer-refused': [PeerError];
  /** A peer was banned. */
  'peer-banned': [Ban];
  /** A slice of a sync was added. */
  'sync-progress': [SyncProgress];
  /** A sync has ended: the number of blocks that it added. */
  'sync-ended': [{ readonly peer: string; readonly blocks: number }];
  /** A sync failed, with the error. Another one begins if another peer has what is missing. */
  'sync-failed': [{ readonly peer: string; readonly error: Error }];
  /** The bans could not be saved. They hold until the network stops. */
  'bans-not-saved': [Error];
}
