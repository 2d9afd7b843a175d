/**
 * The rules for the contents of a block. They are checked last, since decoding and hashing the contents costs most. They
 * are checked in steps, since a full block would block the event loop for too long.
 */
import { displayHash, toHex } from '../pow/hex.ts';
import { type HeadedBlock, type ParsedBlock, withContents } from './block.ts';
import { ContentReader, readCoinbase } from './contents.ts';
import { HASHED_PER_STEP, merkleLeaf, merkleLeaves, merkleRoot, merkleRootSteps } from './merkle.ts';
import type { NetworkParams } from './params.ts';
import { reject } from './reject.ts';
import type { Steps } from './slices.ts';

/** The number of contents that are compared between two pauses. */
const COMPARED_PER_STEP = 1024;

/** The greatest number of contents of which each is compared with each other one. This takes less time than a set of them. */
const MOST_COMPARED_IN_PAIRS = 8;

/** Decodes and checks the contents. Throws the BlockRejectedError of the first rule broken. */
export function* checkContents(headed: HeadedBlock, network: NetworkParams): Steps<ParsedBlock> {
  const { hash, bytes, body } = headed;
  const reader = new ContentReader(bytes, bytes.length - body.length, hash);
  while (!reader.read()) yield;
  const { contents } = reader;
  checkPayloadCount(headed, contents.length - 1, network);
  const parsed = withContents(headed, readCoinbase(contents, hash), contents);
  checkPayloadSizes(parsed, network);
  // Steps would take as long as hashing does.
  const isShort = contents.length <= HASHED_PER_STEP;
  const leaves = isShort ? contents.map(merkleLeaf) : yield* merkleLeaves(contents);
  const repeated =
    leaves.length <= MOST_COMPARED_IN_PAIRS ? repeatedOfFew(leaves) : yield* repeatedOfMany(leaves);
  if (repeated !== -1) rejectRepeated(parsed, repeated);
  checkContentRoot(parsed, isShort ? merkleRoot(leaves) : yield* merkleRootSteps(leaves));
  return parsed;
}

function checkPayloadCount(headed: HeadedBlock, count: number, { maxPayloads }: NetworkParams): void {
  if (count <= maxPayloads) return;
  reject(headed, 'ERR_QANTO_TOO_MANY_PAYLOADS', {
    field: 'payloads.length',
    value: count,
    expected: `at most ${maxPayloads}`,
  });
}

function checkPayloadSizes(parsed: ParsedBlock, { maxPayloadBytes }: NetworkParams): void {
  const { payloads } = parsed.block;
  const index = payloads.findIndex(({ length }) => length > maxPayloadBytes);
  if (index === -1) return;
  reject(parsed, 'ERR_QANTO_PAYLOAD_TOO_LARGE', {
    field: `payloads[${index}].length`,
    value: payloads[index]!.length,
    expected: `at most ${maxPayloadBytes}`,
  });
}

function checkContentRoot(parsed: ParsedBlock, root: Uint8Array): void {
  const { contentRoot } = parsed.block.header;
  const expected = displayHash(root);
  if (contentRoot === expected) return;
  reject(parsed, 'ERR_QANTO_CONTENT_ROOT_MISMATCH', {
    field: 'header.contentRoot',
    value: contentRoot,
    expected: `${expected}, the merkle root of the contents`,
  });
}

function rejectRepeated(parsed: ParsedBlock, repeated: number): never {
  reject(parsed, 'ERR_QANTO_DUPLICATE_PAYLOAD', {
    field: `payloads[${repeated - 1}]`,
    value: parsed.contents[repeated],
    expected: 'different from every other content of the block',
  });
}

/**
 * The index of the first content that is equal to an earlier one, or -1. Contents are compared by their leaves, which are
 * shorter.
 */
function repeatedOfFew(leaves: readonly Uint8Array[]): number {
  for (let index = 1; index < leaves.length; index++) {
    for (let earlier = 0; earlier < index; earlier++) {
      if (Buffer.compare(leaves[earlier]!, leaves[index]!) === 0) return index;
    }
  }
  return -1;
}

function* repeatedOfMany(leaves: readonly Uint8Array[]): Steps<number> {
  const seen = new Set<string>();
  for (const [index, leaf] of leaves.entries()) {
    if (seen.size === seen.add(toHex(leaf)).size) return index;
    if (seen.size % COMPARED_PER_STEP === 0) yield;
  }
  return -1;
}
