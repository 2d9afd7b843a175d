/**
 * Mining with many machines: a server for miners that speak Stratum v1.
 *
 * @module qanto/stratum
 */
export { InvalidArgumentError, QantoError, UnsupportedError } from '../errors.ts';
export { StratumAddressError } from './errors.ts';
export type { FoundBlocks } from './found-blocks.ts';
export type { StratumDag, StratumOptions } from './options.ts';
export type { RefusalCode } from './protocol.ts';
export { StratumServer, type StratumStatus } from './server.ts';
export type { WorkerStatus } from './worker.ts';
