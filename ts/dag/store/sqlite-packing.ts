/** Blocks, heads and pruning records as they cross the border to the addon: many in one array of bytes. */
import { mustBe } from '../../errors.ts';
import { toHex } from '../../pow/hex.ts';
import type { StoredBlock, StoredHead, StorePruning } from './store.ts';

const HASH_BYTES = 32;
/** Hash, then two u32. */
const PREFIX_BYTES = HASH_BYTES + 8;
/** Instead of a length: there is no record. */
const ABSENT = 0xffff_ffff;

const HASH = /^[0-9a-f]{64}$/;

/** Whether it is a hash as the store knows blocks by. */
export function isHash(hash: string): boolean {
  return typeof hash === 'string' && HASH.test(hash);
}

/** For each block its hash, the lengths of head and body (u32, little-endian), then both. */
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

/** Hashes one after the other. */
export function packHashes(hashes: readonly string[]): Buffer {
  const packed = Buffer.allocUnsafe(hashes.length * HASH_BYTES);
  for (const [index, hash] of hashes.entries()) writeHash(packed, hash, index * HASH_BYTES);
  return packed;
}

function writeHash(packed: Buffer, hash: string, offset: number): void {
  if (!isHash(hash)) throw mustBe('hash', hash, '64 lowercase hex digits');
  packed.write(hash, offset, HASH_BYTES, 'hex');
}

/** For each record its block's hash, 1 where the block is settled and 0 elsewhere, its length (both u32), then itself. */
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

/** The reverse for heads: hash, the lengths of head and record (2^32 - 1 where there is none), then both. */
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
