/** Reads the header and the context of a block in a proof. docs/protocol.md has both encodings. */
import { displayHash } from '../pow/hex.ts';
import { sha256d } from '../pow/sha256d.ts';
import { ProofReader } from './bytes.ts';
import { ProofError } from './errors.ts';
import type { ProofBlock, ProvenContext } from './types.ts';

/** The number of bytes of a header. */
export const HEADER_BYTES = 80;

/** The positions of hashes in the header. */
const CONTEXT_HASH = 4;
const CONTENT_ROOT = 36;

/** The length of a context with this number of parents. */
export function contextBytes(parents: number): number {
  return 121 + 32 * parents;
}

/** What a block of a proof states, once its header is known to commit to it. Hashes are in displayed order. */
export interface BlockHead {
  readonly hash: string;
  readonly contentRoot: string;
  readonly context: ProvenContext;
}

/** Hash of the block. */
export function hashOf({ header }: ProofBlock): string {
  return displayHash(sha256d(header));
}

/** Throws `ERR_QANTO_PROOF_WRONG_CONTEXT` if the context is not the one that the header commits to. */
export function readBlockHead(block: ProofBlock, field: string): BlockHead {
  const { header, context } = block;
  const committed = displayHash(header.subarray(CONTEXT_HASH, CONTENT_ROOT));
  const found = displayHash(sha256d(context));
  if (found !== committed) {
    const expected = `the one with the hash ${committed}, to which the header commits`;
    throw new ProofError('ERR_QANTO_PROOF_WRONG_CONTEXT', `${field}.context`, found, expected);
  }
  return {
    hash: hashOf(block),
    contentRoot: displayHash(header.subarray(CONTENT_ROOT, CONTENT_ROOT + 32)),
    context: readContext(context, `${field}.context`),
  };
}

/** Throws `ERR_QANTO_PROOF_MALFORMED`. */
function readContext(bytes: Uint8Array, field: string): ProvenContext {
  const reader = new ProofReader(bytes);
  const parents: string[] = [];
  for (let left = reader.u8(field); left > 0; left--) parents.push(reader.hash(`${field}.parents`));
  const context = {
    parents,
    timestampMs: reader.safeU64(`${field}.timestampMs`),
    daaScore: reader.safeU64(`${field}.daaScore`),
    blueScore: reader.safeU64(`${field}.blueScore`),
    blueWork: reader.u256(`${field}.blueWork`),
    pruningPoint: reader.hash(`${field}.pruningPoint`),
    chainRoot: reader.hash(`${field}.chainRoot`),
  };
  reader.end(field);
  return context;
}
