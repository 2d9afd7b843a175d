/**
 * Packs blocks, heads and pruning records into one array of bytes each, in which they are passed to and from the addon.
 */
import { mustBe } from '../../errors.ts';
import { toHex } from '../../pow/hex.ts';
import type { StoredBlock, StoredHead, StorePruning, WholeBlock } from './store.ts';

const HASH_BYTES = 32;
/** A hash, then two u32. */
const PREFIX_BYTES = HASH_BYTES + 8;
/** Stands for the length of an absent record. */
const ABSENT = 0xffff_ffff;

const HASH = /^[0-9a-f]{64}$/;

/** Whether a string is a block id: 64 lowercase hex digits. */
export function isHash(hash: string): boolean {
  return typeof hash === 'string' && HASH.test(hash);
}

/** Packs for each block its hash, the lengths of head and body (u32, little-endian), head and body. */
export function packBlocks(blocks: readonly StoredBlock[]): Buffer {
  const length = blocks.reduce((sum, { head, body }) => sum + PREFIX_BYTES + head.length + body.length, 0);
  const packed = Buffer.allocUnsafe(length);
  let offset = 0;
  for (const { hash, head, body } of blocks) {
    writeHash(packed, hash, offset);
    packed.writeUInt32LE(head.length, offset + HASH_BYTES);
    packed.writeUInt32LE(body.length, offset + HASH_BYTES + 4);
    packed.set(head, offset + PREFIX_BYTES);
    packed.set(body, offset + PREFIX_BYTES + head.length);
    offset += PREFIX_BYTES + head.length + body.length;
  }
  return packed;
}

/** Packs hashes without separators. */
export function packHashes(hashes: readonly string[]): Buffer {
  const packed = Buffer.allocUnsafe(hashes.length * HASH_BYTES);
  for (const [index, hash] of hashes.entries()) writeHash(packed, hash, index * HASH_BYTES);
  return packed;
}

function writeHash(packed: Buffer, hash: string, offset: number): void {
  if (!isHash(hash)) throw mustBe('hash', hash, '64 lowercase hex digits');
  packed.write(hash, offset, HASH_BYTES, 'hex');
}

/**
 * Packs for each record the hash of its block, 1 if the block is settled or else 0, its length (both u32), and the
 * record.
 */
export function packTrusted(trusted: StorePruning['trusted']): Buffer {
  const length = trusted.reduce((sum, { record }) => sum + PREFIX_BYTES + record.length, 0);
  const packed = Buffer.allocUnsafe(length);
  let offset = 0;
  for (const { hash, record, isSettled } of trusted) {
    writeHash(packed, hash, offset);
    packed.writeUInt32LE(isSettled ? 1 : 0, offset + HASH_BYTES);
    packed.writeUInt32LE(record.length, offset + HASH_BYTES + 4);
    packed.set(record, offset + PREFIX_BYTES);
    offset += PREFIX_BYTES + record.length;
  }
  return packed;
}

/** Unpacks heads: for each its hash, the lengths of head and record (2^32 - 1 for an absent record), head and record. */
export function unpackHeads(packed: Uint8Array): StoredHead[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const heads: StoredHead[] = [];
  let offset = 0;
  while (offset < packed.length) {
    const hash = toHex(packed.subarray(offset, offset + HASH_BYTES));
    const headLength = view.getUint32(offset + HASH_BYTES, true);
    const recordLength = view.getUint32(offset + HASH_BYTES + 4, true);
    const headEnd = offset + PREFIX_BYTES + headLength;
    const head = packed.subarray(offset + PREFIX_BYTES, headEnd);
    offset = headEnd;
    if (recordLength === ABSENT) {
      heads.push({ hash, head });
    } else {
      offset += recordLength;
      heads.push({ hash, head, trusted: packed.subarray(headEnd, offset) });
    }
  }
  return heads;
}

/** A hash, then four u32. */
const WHOLE_PREFIX_BYTES = HASH_BYTES + 16;

/**
 * Unpacks whole blocks: for each its hash, 1 if it is held or else 0, the lengths of head, body and record (2^32 - 1 for an
 * absent record), head, body and record.
 */
export function unpackWholeBlocks(packed: Uint8Array): WholeBlock[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const blocks: WholeBlock[] = [];
  let offset = 0;
  const take = (length: number) => {
    const end = offset + length;
    if (end > packed.length) throw new RangeError('the packed blocks are truncated');
    const part = packed.subarray(offset, end);
    offset = end;
    return part;
  };
  while (offset < packed.length) {
    const lengths = offset + HASH_BYTES;
    const hash = toHex(take(WHOLE_PREFIX_BYTES).subarray(0, HASH_BYTES));
    const number = (index: number) => view.getUint32(lengths + 4 * index, true);
    const isHeld = number(0) !== 0;
    const [head, body] = [take(number(1)), take(number(2))];
    const trusted = number(3) === ABSENT ? undefined : take(number(3));
    blocks.push({ hash, isHeld, head, body, ...(trusted && { trusted }) });
  }
  return blocks;
}
