/**
 * The rules for the contents of a block. They are checked last, since decoding and hashing the contents is what costs
 * most, and in steps, since a full block takes longer than the event loop should be blocked.
 */
import { displayHash, toHex } from '../pow/hex.ts';
import type { HeadedBlock, ParsedBlock } from './block.ts';
import { readCoinbase, readContents } from './contents.ts';
import { merkleLeaf, merkleRootSteps } from './merkle.ts';
import type { NetworkParams } from './params.ts';
import { reject } from './reject.ts';
import type { Steps } from './slices.ts';

/** The number of contents that are hashed between two pauses. */
const CONTENTS_PER_STEP = 64;

/** Decodes and checks the contents. Throws the BlockRejectedError of the first rule broken. */
export function* checkContents(headed: HeadedBlock, network: NetworkParams): Steps<ParsedBlock> {
  const { hash, bytes, body, block } = headed;
  const contents = yield* readContents(bytes, bytes.length - body.length, hash);
  const payloads = contents.slice(1);
  if (payloads.length > network.maxPayloads) {
    reject(headed, 'ERR_QANTO_TOO_MANY_PAYLOADS', {
      field: 'payloads.length',
      value: payloads.length,
      expected: `at most ${network.maxPayloads}`,
    });
  }
  const coinbase = readCoinbase(contents, hash);
  for (const [index, payload] of payloads.entries()) {
    if (payload.length <= network.maxPayloadBytes) continue;
    reject(headed, 'ERR_QANTO_PAYLOAD_TOO_LARGE', {
      field: `payloads[${index}].length`,
      value: payload.length,
      expected: `at most ${network.maxPayloadBytes}`,
    });
  }
  const leaves = yield* distinctLeaves(headed, contents);
  const contentRoot = displayHash(yield* merkleRootSteps(leaves));
  if (block.header.contentRoot !== contentRoot) {
    reject(headed, 'ERR_QANTO_CONTENT_ROOT_MISMATCH', {
      field: 'header.contentRoot',
      value: block.header.contentRoot,
      expected: `${contentRoot}, the merkle root of the contents`,
    });
  }
  return { ...headed, block: { ...block, coinbase, payloads }, contents };
}

function* distinctLeaves(headed: HeadedBlock, contents: readonly Uint8Array[]): Steps<Uint8Array[]> {
  const leaves: Uint8Array[] = [];
  const seen = new Set<string>();
  for (const [index, content] of contents.entries()) {
    if (index % CONTENTS_PER_STEP === CONTENTS_PER_STEP - 1) yield;
    const leaf = merkleLeaf(content);
    leaves.push(leaf);
    if (seen.size === seen.add(toHex(leaf)).size) {
      reject(headed, 'ERR_QANTO_DUPLICATE_PAYLOAD', {
        field: `payloads[${index - 1}]`,
        value: content,
        expected: 'different from every other content of the block',
      });
    }
  }
  return leaves;
}
