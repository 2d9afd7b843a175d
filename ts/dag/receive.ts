/** Receives offered blocks. The header is checked before anything else of the block is copied, encoded or read. */
import { requireObject } from '../check-arguments.ts';
import { type Block, encodeBlock, type HeadedBlock, headerOf, readHead } from './block.ts';
import { encodeHeader } from './header.ts';
import { checkHeader } from './header-rules.ts';
import type { NetworkParams } from './params.ts';
import { checkBlockSize } from './validation.ts';

/**
 * Checks the size and the header of an offered block, and then reads its context. The result shares no memory with the
 * block. Throws the BlockRejectedError of the first rule broken, and `ERR_QANTO_INVALID_ARGUMENT` if an object cannot be
 * encoded. The size of an object is not known before it is encoded, so its header is checked first.
 */
export function receiveBlock(block: Block | Uint8Array, network: NetworkParams): HeadedBlock {
  const header = checkHeader(copyHeader(block, network), network);
  const bytes = block instanceof Uint8Array ? new Uint8Array(block) : encodeBlock(block);
  checkBlockSize(bytes.length, network);
  // Keep the header that was checked. Meanwhile another thread may have changed the bytes, or a getter the object.
  bytes.set(header.bytes, 1);
  return readHead(bytes, header.hash);
}

/** Copies the encoded header. Checks the size of encoded blocks first. */
function copyHeader(block: Block | Uint8Array, network: NetworkParams): Uint8Array {
  if (block instanceof Uint8Array) {
    checkBlockSize(block.length, network);
    return new Uint8Array(headerOf(block));
  }
  requireObject('block', block);
  return encodeHeader(block.header);
}
