/** Receives offered blocks. The header is judged before anything else is copied, encoded or read. */
import { requireObject } from '../check-arguments.ts';
import { type Block, encodeBlock, type HeadedBlock, headerOf, readHead } from './block.ts';
import { encodeHeader } from './header.ts';
import { judgeHeader } from './header-rules.ts';
import type { NetworkParams } from './params.ts';
import { checkBlockSize } from './validation.ts';

/**
 * Judges the header of an offered block, and then reads its context. The result shares no memory with the block. Throws
 * the BlockRejectedError of the first rule broken, and `ERR_QANTO_INVALID_ARGUMENT` if an object cannot be encoded. The
 * size of an object is known only once it is encoded, so its header is judged before its size.
 */
export function receiveBlock(block: Block | Uint8Array, network: NetworkParams): HeadedBlock {
  const judged = judgeHeader(ownHeader(block, network), network);
  const bytes = block instanceof Uint8Array ? new Uint8Array(block) : encodeBlock(block);
  checkBlockSize(bytes.length, network);
  // The header that was judged: another thread may share the memory of the caller, and an object may have getters.
  bytes.set(judged.bytes, 1);
  return readHead(bytes, judged.hash);
}

function ownHeader(block: Block | Uint8Array, network: NetworkParams): Uint8Array {
  if (block instanceof Uint8Array) {
    checkBlockSize(block.length, network);
    return new Uint8Array(headerOf(block));
  }
  requireObject('block', block);
  return encodeHeader(block.header);
}
