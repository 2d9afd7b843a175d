/** Verifies proofs. Everything that a proof contains is bound by hashes to the block that the caller trusts. */
import { mustBe } from '../errors.ts';
import { type BlockHead, hashOf, readBlockHead } from './block-head.ts';
import { verifyChainBranch } from './chain-branch.ts';
import { verifyContentBranch } from './content-branch.ts';
import { decodeProof, encodeProof } from './encoding.ts';
import { ProofError } from './errors.ts';
import type { InclusionProof, ProvenInclusion } from './types.ts';

/**
 * Verifies that a block, and with it a payload if the proof has one, is in the past of a block that the caller trusts, or is
 * that block. It proves neither the colour of the block nor its place in the total order. It needs no DAG and checks no
 * proof of work: whoever trusts the sink trusts its past. `work` of the result says how much work was done on top.
 *
 * Takes the encoded or the decoded form, up to 65,535 blocks and 4 GB of payload. The caller limits the length of what it
 * accepts. The time is proportional to the length.
 *
 * Throws `ERR_QANTO_INVALID_ARGUMENT` if `trustedSink` is not a hash, and a {@link ProofError} with the first code that
 * applies if the proof is malformed or proves nothing.
 *
 * @param trustedSink hash of the block that the caller trusts, 64 lowercase hex digits in displayed order: for example the
 * sink of a node of its own, or a block that several nodes name and that is deep below their sinks
 */
export function verifyInclusion(proof: InclusionProof | Uint8Array, trustedSink: string): ProvenInclusion {
  if (typeof trustedSink !== 'string' || !/^[0-9a-f]{64}$/.test(trustedSink)) {
    throw mustBe('trustedSink', trustedSink, '64 lowercase hex digits');
  }
  // The decoded form may contain anything, until it was encoded.
  const decoded = decodeProof(ArrayBuffer.isView(proof) ? proof : encodeProof(proof));
  const sinkHash = hashOf(decoded.sink);
  if (sinkHash !== trustedSink) {
    throw new ProofError('ERR_QANTO_PROOF_WRONG_SINK', 'sink', sinkHash, `the trusted block ${trustedSink}`);
  }
  const sink = readBlockHead(decoded.sink, 'sink');
  const path = decoded.path.map((block, i) => readBlockHead(block, `path[${i}]`));
  const { range, payload } = decoded;
  const chainBlock = range === undefined ? sink : path[0]!;
  if (range !== undefined)
    verifyChainBranch(range, { ...chainBlock, ...chainBlock.context }, sink.context.chainRoot);
  const work = sink.context.blueWork - chainBlock.context.blueWork;
  const depth = sink.context.blueScore - chainBlock.context.blueScore;
  if (work < 0n || depth < 0) {
    const expected = 'at most those of the sink';
    throw new ProofError(
      'ERR_QANTO_PROOF_WRONG_RANGE',
      'path[0].blueWork and blueScore',
      { work, depth },
      expected,
    );
  }
  requireParents(range === undefined ? [sink, ...path] : path, range === undefined ? 0 : 1);
  const proven = path.at(-1) ?? sink;
  if (payload !== undefined) verifyContentBranch(payload, proven.contentRoot);
  return {
    hash: proven.hash,
    context: proven.context,
    payload: payload && { index: payload.index, bytes: payload.bytes },
    chainBlock: chainBlock.hash,
    chainHeight: range?.index,
    steps: range === undefined ? path.length : path.length - 1,
    work,
    depth,
  };
}

/** Throws unless each block is a parent of the one before it. `first` is the index in the path of the second block. */
function requireParents(blocks: readonly BlockHead[], first: number): void {
  for (let i = 1; i < blocks.length; i++) {
    const { hash, context } = blocks[i - 1]!;
    if (context.parents.includes(blocks[i]!.hash)) continue;
    const field = `path[${first + i - 1}]`;
    throw new ProofError('ERR_QANTO_PROOF_NOT_A_PARENT', field, blocks[i]!.hash, `a parent of block ${hash}`);
  }
}
