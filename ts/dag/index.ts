/**
 * The block DAG, and the consensus engine that it is built on.
 *
 * @module qanto/dag
 */
export type { NameOf } from '../check-arguments.ts';
export {
  type Clock,
  type Entropy,
  type Environment,
  processEnvironment,
  SEED_VARIABLE,
  seededEnvironment,
} from '../environment.ts';
export { AbortError, InvalidArgumentError, NativeUnavailableError, QantoError } from '../errors.ts';
export { VERSION_ROLLING_MASK } from '../pow/version-rolling.ts';
export type {
  ChainBranch,
  ChainNode,
  ContentBranch,
  InclusionProof,
  ProofBlock,
} from '../proofs/types.ts';
export type { AddResult } from './acceptance.ts';
export { BLOCK_FORMAT, type Block, decodeBlock, encodeBlock } from './block.ts';
export { BlockChecker, type BlockCheckOptions, type BlockCheckReport } from './check.ts';
export type { ClockReport, ClockState } from './clock-guard.ts';
export { COINBASE_BYTES, type Coinbase } from './coinbase.ts';
export type { Context } from './context.ts';
export { DagEngine } from './engine/engine.ts';
export * from './engine/errors.ts';
export type { RedRule } from './engine/explain-colour.ts';
export type { ColourExplanation, EngineQueries } from './engine/queries.ts';
export type {
  ConsensusData,
  DagNode,
  DagParams,
  DagTuning,
  PruningParams,
  VirtualChange,
} from './engine/types.ts';
export type { BlockView, NodePreview } from './engine/views.ts';
export {
  BlockPrunedError,
  BlockRejectedError,
  ClockBehindError,
  DagClosedError,
  DagQueueFullError,
  REJECTION_CODES,
  type Rejection,
  type RejectionCode,
} from './errors.ts';
export { storeIdentity } from './genesis.ts';
export {
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  HEADER_VERSION,
  type Header,
  hashHeader,
  MAX_TIME_ROLL_SECONDS,
} from './header.ts';
export type { QantoDagOptions } from './options.ts';
export type { OrphanLimits } from './orphans.ts';
export { devnet, type NetworkName, type NetworkParams, networks, regtest } from './params.ts';
export { QantoDag } from './qanto-dag.ts';
export type {
  BlockAdded,
  BlockAnswer,
  BlockStatus,
  DagInfo,
  DroppedOrphan,
  OpeningProgress,
  PruningReport,
  QantoDagEvents,
  StoreCommit,
  StoreSpaceChange,
} from './status.ts';
export * from './store/errors.ts';
export { MemoryStore } from './store/memory.ts';
export { SqliteStore } from './store/sqlite.ts';
export type {
  BackupOptions,
  BackupReport,
  BlockStore,
  StoreCheckpoints,
  StoredBlock,
  StoredHead,
  StoreIdentity,
  StoreOptions,
  StorePruning,
  StoreSpace,
  StoreUsage,
  WholeBlock,
  WholeBlocks,
} from './store/store.ts';
export type { BlockTemplate, TemplateRequest } from './template.ts';
