/**
 * Mining with many machines: a server for miners that speak Stratum v1, and a client of any such server.
 *
 * @module qanto/stratum
 */
export { InvalidArgumentError, QantoError, UnsupportedError } from '../errors.ts';
export { STRATUM_CHANNEL, type StratumMessage } from './channel.ts';
export { StratumClient } from './client/client.ts';
export {
  StratumClientError,
  type StratumClientErrorCode,
  type StratumClientFailure,
} from './client/errors.ts';
export type {
  StratumClientEvents,
  StratumClientState,
  StratumClientStatus,
  StratumJobReport,
  StratumShareReport,
} from './client/events.ts';
export type { StratumClientOptions } from './client/options.ts';
export { StratumAddressError } from './errors.ts';
export type { FoundBlocks } from './found-blocks.ts';
export type { StratumDag, StratumOptions } from './options.ts';
export type { RefusalCode } from './protocol.ts';
export type { WorkerSeries } from './series.ts';
export { StratumServer, type StratumStatus, type StratumTotals } from './server.ts';
export type { ShareCounts } from './tally.ts';
export type { WorkerStatus } from './worker.ts';
