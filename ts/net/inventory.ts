import type { HeadedBlock } from '../dag/block.ts';
import { ByteReader } from '../dag/bytes.ts';
import { MAX_CONTEXT_BYTES, readContext } from '../dag/context.ts';
import { HEADER_BYTES, hashHeader, readHeader } from '../dag/header.ts';
import { checkHeader } from '../dag/header-rules.ts';
import type { NetworkParams } from '../dag/params.ts';
import { checkContextHash, checkHeadAlone } from '../dag/validation.ts';

/** The maximum length of an inventory: the header and the context of a block. */
export const MAX_INVENTORY_BYTES = HEADER_BYTES + MAX_CONTEXT_BYTES;

/** The hash of the block that an inventory announces; undefined if it is too short for a header. */
export function announcedHash(bytes: Uint8Array): string | undefined {
  return bytes.length < HEADER_BYTES ? undefined : hashHeader(bytes.subarray(0, HEADER_BYTES));
}

/**
 * Checks all rules that need nothing but header and context, the proof of work first. Throws the BlockRejectedError of the
 * first rule broken. Says nothing of the clock.
 */
export function checkInventory(
  bytes: Uint8Array,
  hash: string,
  network: NetworkParams,
): Pick<HeadedBlock, 'hash' | 'block'> {
  checkHeader({ hash, bytes: bytes.subarray(0, HEADER_BYTES) }, network);
  const reader = new ByteReader(bytes, 0, hash);
  const block = { header: readHeader(reader), context: readContext(reader) };
  reader.end();
  checkContextHash({ hash, block, context: bytes.subarray(HEADER_BYTES) });
  checkHeadAlone({ hash, block }, network);
  return { hash, block };
}
