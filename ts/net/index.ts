/**
 * Keeps the DAGs of many nodes the same.
 *
 * @module qanto/net
 */
export * from './errors.ts';
export { type LinkOptions, MemoryHub, MemoryTransport } from './memory.ts';
export { Network, type NetworkOptions } from './network.ts';
export type { RelayCounts } from './relay.ts';
export type { Ban, BanStore, Misbehaviour } from './scores.ts';
export type { NetworkEvents, NetworkStatus, PeerStatus } from './status.ts';
export type { SyncProgress } from './sync.ts';
export * from './transport.ts';
export { VirtualTime } from './virtual-time.ts';
