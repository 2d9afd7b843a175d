/** The parameters of networks. The genesis block of a network commits to all of them. */
import { type Fields, type NameOf, refuseUnknown } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { compactToTarget } from '../pow/targets.ts';
import type { DagParams } from './engine/types.ts';

/**
 * The parameters of a network. The genesis block commits to all of them. docs/protocol.md describes how they depend on
 * each other.
 */
export interface NetworkParams extends DagParams {
  /** The name: 1 to 32 lowercase letters, digits and hyphens, beginning with a letter. */
  readonly name: string;
  /** The hash function whose digest must meet the target. The id of a block is a sha256d hash on every network. */
  readonly powAlgorithm: 'sha256d' | 'blake3';
  /** The compact target of the first blocks, until the difficulty window has `minDifficultyWindow` blocks. */
  readonly genesisBits: number;
  /** The timestamp of the genesis block: milliseconds since the Unix epoch, less than 2^32 seconds. */
  readonly genesisTimestampMs: number;
  /**
   * The maximum time by which a block's timestamp may be ahead of the clock, in ms. Together with half the span of the
   * past-median-time window, it must be at most 22 % of the span of the difficulty window. The span of a window is its size
   * · its sample rate · `targetTimePerBlockMs`. There is no such bound if the difficulty is constant because
   * `minDifficultyWindow` is greater than `difficultyWindow`.
   */
  readonly maxTimeAheadMs: number;
  /** The maximum length of an encoded block, in bytes. */
  readonly maxBlockBytes: number;
  /** The maximum number of payloads in a block. */
  readonly maxPayloads: number;
  /** The maximum length of a payload, in bytes. */
  readonly maxPayloadBytes: number;
}

/**
 * The network for a single machine. At 1 to 60 million hashes per second, it reaches one block per second within about a
 * minute. docs/protocol.md describes how the windows and `maxTimeAheadMs` were chosen.
 */
export const devnet: NetworkParams = {
  name: 'devnet',
  powAlgorithm: 'sha256d',
  genesisBits: 0x1f00ffff,
  genesisTimestampMs: Date.UTC(2025, 0, 1),
  ghostdagK: 18,
  maxParents: 16,
  mergeSetLimit: 180,
  targetTimePerBlockMs: 1000,
  difficultyWindow: 150,
  difficultySampleRate: 1,
  minDifficultyWindow: 10,
  pastMedianTimeWindow: 27,
  pastMedianTimeSampleRate: 1,
  pruning: { finalityDepth: 43_200, mergeDepth: 3600, pruningDepth: 108_000 },
  maxTimeAheadMs: 10_000,
  maxBlockBytes: 1_000_000,
  maxPayloads: 10_000,
  maxPayloadBytes: 100_000,
};

/**
 * The network for tests: two hashes per block on average. The difficulty is constant, since its window never has enough
 * blocks. So timestamps may be further ahead than on devnet. In seeded runs they often are, because the logical clock of a
 * DAG advances only with the blocks that the DAG has accepted.
 */
export const regtest: NetworkParams = {
  ...devnet,
  name: 'regtest',
  genesisBits: 0x207fffff,
  minDifficultyWindow: 2 * devnet.difficultyWindow,
  maxTimeAheadMs: 132_000,
};

/** The predefined networks by name. */
export const networks = { devnet, regtest } as const;
/** The name of one of {@link networks}. */
export type NetworkName = keyof typeof networks;

/** The parameters of a named network, or the given parameters if they are valid. Throws `ERR_QANTO_INVALID_ARGUMENT`. */
export function resolveNetwork(network: NameOf<NetworkName> | NetworkParams): NetworkParams {
  if (typeof network === 'string') {
    if (!isKnown(network)) {
      throw mustBe(
        'network',
        network,
        `one of ${Object.keys(networks).join(', ')}, or the parameters of a network`,
      );
    }
    return networks[network];
  }
  checkNetwork(network);
  return network;
}

function isKnown(name: string): name is NetworkName {
  return Object.hasOwn(networks, name);
}

const FIELDS: Fields<NetworkParams> = {
  name: true,
  powAlgorithm: true,
  genesisBits: true,
  genesisTimestampMs: true,
  maxTimeAheadMs: true,
  maxBlockBytes: true,
  maxPayloads: true,
  maxPayloadBytes: true,
  ghostdagK: true,
  maxParents: true,
  mergeSetLimit: true,
  targetTimePerBlockMs: true,
  difficultyWindow: true,
  difficultySampleRate: true,
  minDifficultyWindow: true,
  pastMedianTimeWindow: true,
  pastMedianTimeSampleRate: true,
  pruning: true,
};

const COUNTS = [
  'genesisTimestampMs',
  'maxTimeAheadMs',
  'maxBlockBytes',
  'maxPayloads',
  'maxPayloadBytes',
] as const;

/** Checks the parameters that the engine does not check. */
function checkNetwork(network: NetworkParams): void {
  const refuse = (field: keyof NetworkParams, expected: string): never => {
    throw mustBe(`network.${field}`, network[field], expected);
  };
  if (typeof network !== 'object' || network === null) {
    throw mustBe('network', network, 'the name or the parameters of a network');
  }
  refuseUnknown('network', network, FIELDS);
  if (typeof network.name !== 'string' || !/^[a-z][a-z0-9-]{0,31}$/.test(network.name)) {
    refuse('name', '1 to 32 lowercase letters, digits and hyphens');
  }
  if (network.powAlgorithm !== 'sha256d' && network.powAlgorithm !== 'blake3') {
    refuse('powAlgorithm', "'sha256d' or 'blake3'");
  }
  compactToTarget(network.genesisBits);
  for (const field of COUNTS) {
    if (!Number.isSafeInteger(network[field]) || network[field] < 0)
      refuse(field, 'an integer of at least 0');
  }
  if (network.genesisTimestampMs >= 2 ** 32 * 1000)
    refuse('genesisTimestampMs', 'less than 2^32 seconds, since header.time has 32 bits');
  if (network.maxParents > 255)
    refuse('maxParents', 'at most 255, since a context counts the parents in one byte');
  checkTimeBounds(network);
}

/**
 * The part of the difficulty window's span, in percent, by which timestamps within the rules may be wrong. With devnet's
 * windows, miners who use all of it raise the block rate by almost a quarter. bench/timestamps.mjs simulates them.
 */
const MAX_TIME_ERROR_PERCENT = 22;

/**
 * Refuses parameters with which timestamps within the rules could change the difficulty too much. The difficulty depends on
 * the earliest and the latest timestamp of a window. A timestamp can be ahead of the clock by `maxTimeAheadMs`, and behind it
 * by about half the span of the past-median-time window.
 */
function checkTimeBounds(network: NetworkParams): void {
  const { maxTimeAheadMs, targetTimePerBlockMs, difficultyWindow, difficultySampleRate } = network;
  const { minDifficultyWindow, pastMedianTimeWindow, pastMedianTimeSampleRate } = network;
  const windows = [difficultyWindow, difficultySampleRate, minDifficultyWindow];
  const all = [...windows, pastMedianTimeWindow, pastMedianTimeSampleRate, targetTimePerBlockMs];
  // The engine refuses these values.
  if (!all.every((value) => Number.isSafeInteger(value) && value > 0)) return;
  // The difficulty is constant.
  if (minDifficultyWindow > difficultyWindow) return;
  const sampleMs = difficultySampleRate * targetTimePerBlockMs;
  const behindMs = (pastMedianTimeWindow * pastMedianTimeSampleRate * targetTimePerBlockMs) / 2;
  const mostMs = Math.floor((difficultyWindow * sampleMs * MAX_TIME_ERROR_PERCENT) / 100 - behindMs);
  if (maxTimeAheadMs <= mostMs) return;
  const part = `${MAX_TIME_ERROR_PERCENT} % of the span of the difficulty window`;
  const half = 'half the span of the past-median-time window';
  if (mostMs >= 0) {
    const expected = `at most ${mostMs}, which is ${part} minus ${half}`;
    throw mustBe('network.maxTimeAheadMs', maxTimeAheadMs, expected);
  }
  const least = Math.ceil(((maxTimeAheadMs + behindMs) * 100) / (MAX_TIME_ERROR_PERCENT * sampleMs));
  const expected = `at least ${least}, since maxTimeAheadMs and ${half} together may be at most ${part}`;
  throw mustBe('network.difficultyWindow', difficultyWindow, expected);
}
