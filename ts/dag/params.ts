/** What makes one network differ from another. Every number here is committed to by the network's genesis block. */
import { type Fields, type NameOf, refuseUnknown } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { compactToTarget } from '../pow/targets.ts';
import type { DagParams } from './engine/types.ts';

/**
 * What makes one network differ from another. Genesis commits to all of it; docs/protocol.md says how the numbers
 * depend on each other.
 */
export interface NetworkParams extends DagParams {
  /** 1 to 32 lowercase letters, digits and hyphens, beginning with a letter. */
  readonly name: string;
  /** The hash that must meet the target. The block's identity is sha256d on every network. */
  readonly powAlgorithm: 'sha256d' | 'blake3';
  /** Compact target of the first blocks, until the difficulty window has `minDifficultyWindow` entries. */
  readonly genesisBits: number;
  /** Timestamp of the genesis block: milliseconds since the Unix epoch, below 2^32 seconds. */
  readonly genesisTimestampMs: number;
  /** How far a block's timestamp may be ahead of the clock, in ms. */
  readonly maxTimeAheadMs: number;
  /** Longest block in its encoded form, in bytes. */
  readonly maxBlockBytes: number;
  /** Longest single payload, in bytes. */
  readonly maxPayloadBytes: number;
}

/**
 * The network for a machine of one's own: one block a second within about a minute, from 1 to 60 million hashes a
 * second. docs/protocol.md says how the windows were chosen.
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
  difficultyWindow: 60,
  difficultySampleRate: 1,
  minDifficultyWindow: 10,
  pastMedianTimeWindow: 27,
  pastMedianTimeSampleRate: 1,
  pruning: { finalityDepth: 43_200, mergeDepth: 3600, pruningDepth: 108_000 },
  maxTimeAheadMs: 132_000,
  maxBlockBytes: 1_000_000,
  maxPayloadBytes: 100_000,
};

/** For tests: two hashes a block on average. The difficulty never moves: its window never holds enough blocks. */
export const regtest: NetworkParams = {
  ...devnet,
  name: 'regtest',
  genesisBits: 0x207fffff,
  minDifficultyWindow: devnet.difficultyWindow + 1,
};

/** The networks that can be named. */
export const networks = { devnet, regtest } as const;
/** The name of one of {@link networks}. */
export type NetworkName = keyof typeof networks;

/** The parameters of a named network, or the given ones if they are sound. Throws `ERR_QANTO_INVALID_ARGUMENT`. */
export function resolveNetwork(network: NameOf<NetworkName> | NetworkParams): NetworkParams {
  if (typeof network === 'string') {
    if (!isKnown(network)) {
      throw mustBe('network', network, `one of ${Object.keys(networks).join(', ')}, or parameters`);
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

/** Checks what the chain adds; the engine checks its own parameters. */
function checkNetwork(network: NetworkParams): void {
  const refuse = (field: keyof NetworkParams, expected: string): never => {
    throw mustBe(`network.${field}`, network[field], expected);
  };
  if (typeof network !== 'object' || network === null) {
    throw mustBe('network', network, 'a name or parameters');
  }
  refuseUnknown('network', network, FIELDS);
  if (typeof network.name !== 'string' || !/^[a-z][a-z0-9-]{0,31}$/.test(network.name)) {
    refuse('name', '1 to 32 lowercase letters, digits and hyphens');
  }
  if (network.powAlgorithm !== 'sha256d' && network.powAlgorithm !== 'blake3') {
    refuse('powAlgorithm', "'sha256d' or 'blake3'");
  }
  compactToTarget(network.genesisBits);
  for (const field of ['genesisTimestampMs', 'maxTimeAheadMs', 'maxBlockBytes', 'maxPayloadBytes'] as const) {
    if (!Number.isSafeInteger(network[field]) || network[field] < 0)
      refuse(field, 'an integer of at least 0');
  }
  if (network.genesisTimestampMs >= 2 ** 32 * 1000)
    refuse('genesisTimestampMs', 'below 2^32 seconds, as header.time is');
  if (network.maxParents > 255) refuse('maxParents', 'at most 255, as a context counts them in one byte');
}
