/** Receives offered blocks. The header is checked before anything else of the block is copied, encoded or read. */
import { requireObject } from '../check-arguments.ts';
import { type Block, encodeBlock, type HeadedBlock, headerOf, readHead } from './block.ts';
import { encodeHeader, hashHeader } from './header.ts';
import { checkHeader, type HashedHeader } from './header-rules.ts';
import type { NetworkParams } from './params.ts';
import { checkBlockSize } from './validation.ts';

/**
 * Copies the header of an offered block. Throws the BlockRejectedError of a block that is too large or has no header,
 * and `ERR_QANTO_INVALID_ARGUMENT` if an object cannot be encoded.
 */
export function receiveHeader(block: Block | Uint8Array, network: NetworkParams): HashedHeader {
  const bytes = block instanceof Uint8Array ? copyHeader(block, network) : encodedHeader(block);
  return { hash: hashHeader(bytes), bytes };
}

/**
 * Checks the header of an offered block, and then reads its context. The result shares no memory with the block. Throws
 * the BlockRejectedError of the first rule broken, and `ERR_QANTO_INVALID_ARGUMENT` if an object cannot be encoded. The
 * size of an object is not known before it is encoded, so its header is checked first.
 */
export function receiveBlock(
  block: Block | Uint8Array,
  header: HashedHeader,
  network: NetworkParams,
): HeadedBlock {
  checkHeader(header, network);
  const bytes = block instanceof Uint8Array ? new Uint8Array(block) : encodeBlock(block);
  checkBlockSize(bytes.length, network);
  // Keep the header that was checked. Meanwhile another thread may have changed the bytes, or a getter the object.
  bytes.set(header.bytes, 1);
  return readHead(bytes, header.hash);
}

function copyHeader(block: Uint8Array, network: NetworkParams): Uint8Array {
  checkBlockSize(block.length, network);
  return new Uint8Array(headerOf(block));
}

function encodedHeader(block: Block): Uint8Array {
  requireObject('block', block);
  return encodeHeader(block.header);
}
