/** Proof of work: templates, searching, verifying, targets, and hex. */
export type { NameOf } from '../check-arguments.ts';
export { displayHash, fromHex, parseDisplayHash, toHex } from './hex.ts';
export type { HitRule } from './hit-rule.ts';
export { NONCE_ENCODINGS, type NonceEncoding, type NonceField } from './nonce.ts';
export {
  availableKernels,
  chooseKernel,
  configurePool,
  defaultThreads,
  type HashCount,
  KERNELS,
  type Kernel,
  type KernelChoice,
  MAX_THREADS,
  type Platform,
  type PoolOptions,
  type PoolStatus,
  platform,
  poolStatus,
} from './platform.ts';
export { type PreparedTemplate, prepare } from './prepared.ts';
export { sha256d } from './sha256d.ts';
export {
  type Solution,
  type SolveOptions,
  type SolveProgress,
  solvePow,
} from './solve.ts';
export { SOLVE_CHANNEL, type SolveMessage, type SolveOutcome } from './solve-channel.ts';
export { type SolveManyOptions, solveMany } from './solve-many.ts';
export {
  compactToTarget,
  difficultyFromCompact,
  difficultyFromTarget,
  digestToInteger,
  TARGET_LIMIT,
  targetToCompact,
  workFromCompact,
  workFromTarget,
} from './targets.ts';
export {
  ALGORITHMS,
  type Algorithm,
  type BlockHeaderOptions,
  blockHeader,
  expectedHashes,
  MAX_PREIMAGE_BYTES,
  type Template,
} from './template.ts';
export { digest, verifyPow } from './verify.ts';
export { verifyPowBatch } from './verify-batch.ts';
export { rolledVersion, VERSION_ROLLING_MASK } from './version-rolling.ts';
