/**
 * Reads a checkpoint into an engine. A file that is missing, damaged or not of this DAG is not an error: there is just less
 * of it to use, or nothing.
 */
import type { FileHandle } from 'node:fs/promises';
import type { DagEngine } from '../engine/engine.ts';
import type { EngineRecord } from '../engine/record.ts';
import { Slices } from '../slices.ts';
import {
  type CheckpointIdentity,
  checksumOf,
  fileHeader,
  firstPlace,
  type Place,
  parseSegmentHeader,
  type SegmentHeader,
  segmentHeaderBytes,
} from './format.ts';

const { open } = process.getBuiltinModule('node:fs/promises');

/** No segment that was written is longer. */
const MAX_SEGMENT_BYTES = 2 ** 28;

export interface Checkpoint {
  /** It holds the blocks that were recorded. Its virtual state is not up to date. */
  readonly engine: DagEngine;
  /** Where the next segment is to be written. */
  readonly place: Place;
  /** The number of blocks that the store had ever appended. The last of them is the last block of the engine. */
  readonly appended: number;
}

interface Found {
  readonly header: SegmentHeader;
  /** The position of the segment in the file. */
  readonly at: number;
}

/** Reads the file at `path` into an engine that `create` makes with genesis only; undefined if there is nothing to read. */
export async function readCheckpoint(
  path: string,
  identity: CheckpointIdentity,
  create: () => DagEngine,
  onProgress: (blocks: number) => void,
): Promise<Checkpoint | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch {
    return undefined;
  }
  try {
    return await readFile(file, identity, create(), onProgress);
  } catch {
    // Whatever is wrong with the file, the store has all blocks.
    return undefined;
  } finally {
    await file.close();
  }
}

async function readFile(
  file: FileHandle,
  identity: CheckpointIdentity,
  engine: DagEngine,
  onProgress: (blocks: number) => void,
): Promise<Checkpoint | undefined> {
  const record = engine.record();
  const header = fileHeader(identity, record);
  const start = firstPlace(header);
  const found = await read(file, 0, Buffer.allocUnsafe(header.length));
  if (found === undefined || Buffer.compare(found, header) !== 0) return undefined;
  const segments = await findSegments(file, record, start);
  const last = segments.at(-1)?.header;
  if (last === undefined) return undefined;
  await new Slices().run(record.reserve(last.counts));
  const complete = await readSegments(file, record, start, segments, onProgress);
  if (complete === undefined) return undefined;
  await new Slices().run(record.complete(complete.place.counts));
  return { engine, ...complete };
}

/** Finds the segments by their headers, up to the last one at whose end the record is complete. */
async function findSegments(file: FileHandle, record: EngineRecord, start: Place): Promise<Found[]> {
  const { size } = await file.stat();
  const bytes = Buffer.allocUnsafe(segmentHeaderBytes(record));
  const segments: Found[] = [];
  let complete = 0;
  for (let at = start.length, { counts } = start; ; ) {
    const found = await read(file, at, bytes);
    const header = found && parseSegmentHeader(found, record, counts);
    if (header === undefined || header.length > MAX_SEGMENT_BYTES || at + header.length > size) break;
    segments.push({ header, at });
    if (header.appended !== undefined) complete = segments.length;
    at += header.length;
    counts = header.counts;
  }
  return segments.slice(0, complete);
}

/** Restores the segments, up to the first damaged one. Returns the last place at which the record is complete. */
async function readSegments(
  file: FileHandle,
  record: EngineRecord,
  start: Place,
  segments: readonly Found[],
  onProgress: (blocks: number) => void,
): Promise<Omit<Checkpoint, 'engine'> | undefined> {
  const longest = segments.reduce((most, { header }) => Math.max(most, header.length), 0);
  // One segment is read while the one before it is restored.
  const buffers = [Buffer.allocUnsafe(longest), Buffer.allocUnsafe(longest)];
  const startReading = (index: number) => {
    const segment = segments[index];
    return segment && read(file, segment.at, buffers[index % 2]!.subarray(0, segment.header.length));
  };
  let place = start;
  let complete: Omit<Checkpoint, 'engine'> | undefined;
  let next = startReading(0);
  for (const [index, { header, at }] of segments.entries()) {
    const bytes = await next;
    next = startReading(index + 1);
    if (bytes === undefined || checksumOf(bytes, place.checksum) !== header.checksum) {
      await next;
      break;
    }
    restoreSegment(record, place, header, bytes);
    const { counts, checksum, length, appended } = header;
    place = { counts, checksum, length: at + length, segments: index + 1 };
    if (appended !== undefined) complete = { place, appended };
    onProgress(counts.blocks);
  }
  return complete;
}

function restoreSegment(record: EngineRecord, from: Place, header: SegmentHeader, bytes: Buffer): void {
  let offset = segmentHeaderBytes(record);
  for (const [index, { table, restore }] of record.columns.entries()) {
    const end = offset + header.columnBytes[index]!;
    restore(from.counts[table], bytes.subarray(offset, end));
    offset = end;
  }
  if (header.extrasBytes > 0) record.restoreExtras(bytes.toString('utf8', offset));
}

/** Fills the buffer from a position on; undefined if the file ends before. */
async function read(file: FileHandle, at: number, buffer: Buffer): Promise<Buffer | undefined> {
  for (let done = 0; done < buffer.length; ) {
    const { bytesRead } = await file.read(buffer, done, buffer.length - done, at + done);
    if (bytesRead === 0) return undefined;
    done += bytesRead;
  }
  return buffer;
}
