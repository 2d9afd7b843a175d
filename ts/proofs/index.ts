/**
 * Proofs about blocks that a reader can check without a DAG, a store or the native binary. {@link verifyInclusion} checks
 * what `QantoDag.proveInclusion` of `qanto/dag` returns.
 *
 * @module qanto/proofs
 */
export { InvalidArgumentError, QantoError } from '../errors.ts';
export { decodeProof, encodeProof, PROOF_FORMAT } from './encoding.ts';
export { PROOF_ERROR_CODES, ProofError, type ProofErrorCode } from './errors.ts';
export type {
  ChainBranch,
  ChainNode,
  ContentBranch,
  InclusionProof,
  ProofBlock,
  ProvenContext,
  ProvenInclusion,
  ProvenPayload,
} from './types.ts';
export { verifyInclusion } from './verify.ts';
