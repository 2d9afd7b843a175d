/**
 * The bytes of a checkpoint: a header, then segments. docs/store.md describes them. A file is valid up to the first byte that
 * is not as it was written, because the checksum of each segment continues that of everything before it.
 */
import { version } from '../../version.ts';
import type { EngineRecord } from '../engine/record.ts';
import { type Counts, GENESIS_ONLY, TABLES } from '../engine/recorded-columns.ts';

const { endianness } = process.getBuiltinModule('node:os');
const { crc32 } = process.getBuiltinModule('node:zlib');

/** The number of this format. */
const FORMAT = 1;

const FILE_MAGIC = 'qantockp';
const SEGMENT_MAGIC = 0x6d676573;

/** The magic number, the checksum, the length of the columns, that of the extras, and the number of blocks appended. */
const FIXED_BYTES = 24;
const COUNT_BYTES = 8;
const LENGTH_BYTES = 4;

/** A segment ends with the first block that makes it this long, so that building one takes about a millisecond. */
const SEGMENT_BYTES = 512 * 1024;
const SEGMENT_BLOCKS = 4096;
/** The length of a word of a list: see `packed-lists.ts`. */
const WORD_BYTES = 2;
/** A trusted block takes a few KB of JSON. */
const SEGMENT_TRUSTED = 64;

/** What a checkpoint belongs to. It is ignored if any of this is different. */
export interface CheckpointIdentity {
  readonly network: string;
  readonly genesis: string;
  /** The state of the store since the last pruning. */
  readonly pruningPoint: string;
  readonly orderStart: number;
}

/** The end of a segment: the point from which the next one continues. */
export interface Place {
  /** The entries that are recorded up to here. */
  readonly counts: Counts;
  /** The length of the file up to here. */
  readonly length: number;
  readonly checksum: number;
  /** The number of segments up to here. */
  readonly segments: number;
}

/** A segment that was found in a file, as its header describes it. */
export interface SegmentHeader {
  readonly checksum: number;
  /** The entries that are recorded up to its end. */
  readonly counts: Counts;
  /** The length of each column. */
  readonly columnBytes: readonly number[];
  readonly extrasBytes: number;
  /** The length of the segment. */
  readonly length: number;
  /**
   * The number of blocks that the store had ever appended, if the record is complete at the end of this segment: the last one
   * of them is the last block recorded.
   */
  readonly appended: number | undefined;
}

/** The header of the file. Another version of the library computes other headers, so it does not read the file. */
export function fileHeader(identity: CheckpointIdentity, { columns }: EngineRecord): Buffer {
  const { network, genesis, pruningPoint, orderStart } = identity;
  const text = JSON.stringify({
    format: FORMAT,
    version,
    endianness: endianness(),
    ...{ network, genesis, pruningPoint, orderStart },
    columns: columns.map(({ name, table, type, stride }) => [name, table, type, stride]),
  });
  const json = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([Buffer.from(FILE_MAGIC), length, json]);
}

/** The place at the end of the header, of a record that has genesis only. */
export function firstPlace(header: Uint8Array): Place {
  return { counts: GENESIS_ONLY, length: header.length, checksum: crc32(header), segments: 0 };
}

/** The length of the header of a segment. */
export function segmentHeaderBytes({ columns }: EngineRecord): number {
  return FIXED_BYTES + COUNT_BYTES * TABLES.length + LENGTH_BYTES * columns.length;
}

/**
 * The next segment of a record up to `target`, and the place at its end. The record is complete at `target` unless `appended`
 * is undefined.
 */
export function nextSegment(
  record: EngineRecord,
  from: Place,
  target: Counts,
  appended: number | undefined,
): { readonly bytes: Buffer; readonly place: Place } {
  const to = segmentEnd(record, from.counts, target);
  const isLast = TABLES.every((table) => to[table] === target[table]);
  const columns = record.columns.map(({ table, bytes }) => bytes(from.counts[table], to[table]));
  const extras = Buffer.from(record.extras(from.counts, to) ?? '');
  const columnBytes = columns.reduce((sum, { length }) => sum + length, 0);
  const headerBytes = segmentHeaderBytes(record);
  const bytes = Buffer.allocUnsafe(headerBytes + columnBytes + extras.length);

  bytes.writeUInt32LE(SEGMENT_MAGIC, 0);
  bytes.writeUInt32LE(columnBytes, 8);
  bytes.writeUInt32LE(extras.length, 12);
  bytes.writeDoubleLE(isLast && appended !== undefined ? appended : -1, 16);
  let offset = FIXED_BYTES;
  for (const table of TABLES) offset = bytes.writeDoubleLE(to[table], offset);
  for (const { length } of columns) offset = bytes.writeUInt32LE(length, offset);
  for (const column of columns) {
    bytes.set(column, offset);
    offset += column.length;
  }
  bytes.set(extras, offset);
  const checksum = checksumOf(bytes, from.checksum);
  bytes.writeUInt32LE(checksum, 4);
  const length = from.length + bytes.length;
  return { bytes, place: { counts: to, length, checksum, segments: from.segments + 1 } };
}

/** The checksum of a segment after one with the checksum `previous`. It covers all but the magic number and itself. */
export function checksumOf(segment: Uint8Array, previous: number): number {
  return crc32(segment.subarray(8), previous);
}

/**
 * Reads the header of a segment that begins at `from`. Returns undefined if it is not the header of a segment that can follow
 * there. The lengths are consistent then, but the checksum is not verified.
 */
export function parseSegmentHeader(
  bytes: Buffer,
  record: EngineRecord,
  from: Counts,
): SegmentHeader | undefined {
  if (bytes.length < segmentHeaderBytes(record) || bytes.readUInt32LE(0) !== SEGMENT_MAGIC) return undefined;
  const counts = Object.fromEntries(
    TABLES.map((table, index) => [table, bytes.readDoubleLE(FIXED_BYTES + COUNT_BYTES * index)]),
  ) as Counts;
  const isValid = (count: number, least: number) => Number.isSafeInteger(count) && count >= least;
  if (!TABLES.every((table) => isValid(counts[table], from[table]))) return undefined;
  const lengths = FIXED_BYTES + COUNT_BYTES * TABLES.length;
  const columnBytes = record.columns.map((_, index) => bytes.readUInt32LE(lengths + LENGTH_BYTES * index));
  for (const [index, { table, entryBytes, isOptional }] of record.columns.entries()) {
    const expected = (counts[table] - from[table]) * entryBytes;
    const isAbsent = isOptional && columnBytes[index] === 0;
    if (columnBytes[index] !== expected && !isAbsent) return undefined;
  }
  const allColumns = columnBytes.reduce((sum, length) => sum + length, 0);
  if (bytes.readUInt32LE(8) !== allColumns) return undefined;
  const extrasBytes = bytes.readUInt32LE(12);
  const appended = bytes.readDoubleLE(16);
  return {
    checksum: bytes.readUInt32LE(4),
    counts,
    columnBytes,
    extrasBytes,
    length: segmentHeaderBytes(record) + allColumns + extrasBytes,
    appended: isValid(appended, 0) ? appended : undefined,
  };
}

/** The entries up to which a segment from `from` on reaches. It has at least one block, unless there is none left. */
function segmentEnd(record: EngineRecord, from: Counts, target: Counts): Counts {
  const blocks = segmentBlocks(record, from, target);
  const lists = blocks === target.blocks ? target : record.listEnds(blocks);
  return {
    blocks,
    parents: lists.parents,
    mergeSets: lists.mergeSets,
    anticones: lists.anticones,
    ranges: Math.min(target.ranges, from.ranges + SEGMENT_BLOCKS),
    samples: Math.min(target.samples, from.samples + SEGMENT_BLOCKS),
  };
}

function segmentBlocks(record: EngineRecord, from: Counts, target: Counts): number {
  const limit = Math.min(target.blocks, from.blocks + SEGMENT_BLOCKS);
  let blocks = Math.min(limit, from.blocks + 1);
  let trusted = 0;
  while (blocks < limit) {
    const { parents, mergeSets, anticones } = record.listEnds(blocks);
    const words = parents - from.parents + mergeSets - from.mergeSets + anticones - from.anticones;
    if (WORD_BYTES * words >= SEGMENT_BYTES) break;
    if (record.isTrusted(blocks) && ++trusted >= SEGMENT_TRUSTED) break;
    blocks += 1;
  }
  return blocks;
}
