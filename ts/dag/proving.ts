/** Makes proofs of inclusion, which `qanto/proofs` verifies. */
import { mustBe } from '../errors.ts';
import { contentSiblings } from '../proofs/content-branch.ts';
import type { ContentBranch, InclusionProof, ProofBlock } from '../proofs/types.ts';
import type { BlockReader } from './block-reader.ts';
import { encodeCoinbase } from './coinbase.ts';
import { DagEngineError } from './engine/errors.ts';
import type { InclusionPath } from './engine/inclusion-path.ts';
import { HEADER_BYTES } from './header.ts';
import { merkleLeaves, merkleLevels } from './merkle.ts';
import { Slices, type Steps } from './slices.ts';

/**
 * The proof that `hash` is `sink` or in its past. `way` is the way down from the sink to it. Everything but the way is read
 * from the store. See {@link QantoDag.proveInclusion}.
 */
export async function makeProof(
  reader: BlockReader,
  hash: string,
  sink: string,
  { range, path }: InclusionPath,
  payloadIndex: number | undefined,
): Promise<InclusionProof> {
  const payload = payloadIndex === undefined ? undefined : await provePayload(reader, hash, payloadIndex);
  return {
    sink: await proofBlock(reader, sink),
    ...(range && { range }),
    path: await Promise.all(path.map((below) => proofBlock(reader, below))),
    ...(payload && { payload }),
  };
}

/** Throws `ERR_QANTO_INVALID_ARGUMENT`. */
export function checkPayloadIndex(index: number | undefined): void {
  if (index !== undefined && !(Number.isSafeInteger(index) && index >= 0)) {
    throw mustBe('payloadIndex', index, 'an integer of at least 0');
  }
}

async function proofBlock(reader: BlockReader, hash: string): Promise<ProofBlock> {
  // The store may keep the bytes, so the caller gets a copy of them.
  const head = new Uint8Array(await reader.head(hash));
  return { header: head.subarray(0, HEADER_BYTES), context: head.subarray(HEADER_BYTES) };
}

async function provePayload(reader: BlockReader, hash: string, index: number): Promise<ContentBranch> {
  const block = await reader.block(hash);
  if (block === undefined) throw new DagEngineError('ERR_QANTO_UNKNOWN_BLOCK', { hash });
  const { payloads } = block;
  const bytes = payloads[index];
  if (bytes === undefined) {
    const expected =
      payloads.length === 0 ? 'absent, since the block has no payload' : `less than ${payloads.length}`;
    throw mustBe('payloadIndex', index, expected);
  }
  const coinbase = encodeCoinbase(block.coinbase);
  const levels = await new Slices().run(levelsOf([coinbase, ...payloads]));
  const siblings = contentSiblings(levels.slice(0, -1), index + 1);
  return { index, depth: levels.length - 1, siblings, coinbase, bytes: new Uint8Array(bytes) };
}

function* levelsOf(contents: readonly Uint8Array[]): Steps<(readonly Uint8Array[])[]> {
  return yield* merkleLevels(yield* merkleLeaves(contents));
}
