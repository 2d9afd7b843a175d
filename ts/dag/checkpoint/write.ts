/** Writes a checkpoint in pieces, between which the event loop runs. */
import type { FileHandle } from 'node:fs/promises';
import type { EngineRecord } from '../engine/record.ts';
import { type Counts, TABLES } from '../engine/recorded-columns.ts';
import { type CheckpointIdentity, fileHeader, firstPlace, nextSegment, type Place } from './format.ts';

const { open, rename, rm } = process.getBuiltinModule('node:fs/promises');
const { dirname } = process.getBuiltinModule('node:path');

/** What is to be recorded: everything up to `counts`. */
export interface Target {
  readonly record: EngineRecord;
  readonly identity: CheckpointIdentity;
  readonly counts: Counts;
  /**
   * The number of blocks that the store has ever appended: the last of them is the last one of `counts`. Undefined if the record
   * is to be continued before it can be read.
   */
  readonly appended: number | undefined;
}

/** The name under which a new file is written until it is complete. */
export const unfinished = (path: string): string => `${path}.new`;

/** The name of the file that takes the place of the other one when the store has been pruned. */
export const pruned = (path: string): string => `${path}.pruned`;

/**
 * Appends what the file at `path` lacks, and flushes it if `isFlushed` is true. Resolves to the new end. Resolves to undefined if it was cancelled,
 * or if the file is missing or shorter than it was. What a cancelled call has written is not valid, since it lacks its last
 * segment. Rejects with the errors of the file system.
 */
export async function extendCheckpoint(
  path: string,
  from: Place,
  target: Target,
  isCancelled: () => boolean,
  isFlushed: boolean,
): Promise<Place | undefined> {
  const file = await openExisting(path);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    if (size < from.length) return undefined;
    // An earlier attempt may have failed.
    if (size > from.length) await file.truncate(from.length);
    try {
      const end = await writeSegments(file, from, target, isCancelled);
      if (isFlushed) await file.datasync();
      return end;
    } catch (error) {
      // A full disk gets back what was written in vain.
      await file.truncate(from.length).catch(() => {});
      throw error;
    }
  } finally {
    await file.close();
  }
}

/**
 * Writes a new file, which replaces the one at `path` once it is complete and on disk. Resolves and rejects as {@link extendCheckpoint} does.
 */
export async function replaceCheckpoint(
  path: string,
  target: Target,
  isCancelled: () => boolean,
): Promise<Place | undefined> {
  const temporary = unfinished(path);
  const end = await createCheckpoint(temporary, target, isCancelled);
  if (end !== undefined) await renameCheckpoint(temporary, path);
  return end;
}

/**
 * Writes a new file at `path`. Resolves and rejects as {@link extendCheckpoint} does. If it was cancelled or has failed, the file
 * is removed.
 */
export async function createCheckpoint(
  path: string,
  target: Target,
  isCancelled: () => boolean,
): Promise<Place | undefined> {
  try {
    const file = await open(path, 'w');
    let end: Place | undefined;
    try {
      const header = fileHeader(target.identity, target.record);
      await write(file, header, 0);
      end = await writeSegments(file, firstPlace(header), target, isCancelled);
    } finally {
      await file.close();
    }
    if (end === undefined) await removeCheckpoint(path);
    return end;
  } catch (error) {
    await removeCheckpoint(path);
    throw error;
  }
}

/** Removes a file if it exists. Errors are ignored, because a file that is left over is checked before it is used. */
export async function removeCheckpoint(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => {});
}

/** Flushes a file and gives it the name of another one, which it replaces. If that fails, removes the file and rejects. */
export async function renameCheckpoint(from: string, to: string): Promise<void> {
  try {
    const file = await open(from, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await renameDurably(from, to);
  } catch (error) {
    await removeCheckpoint(from);
    throw error;
  }
}

async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeSegments(
  file: FileHandle,
  from: Place,
  target: Target,
  isCancelled: () => boolean,
): Promise<Place | undefined> {
  const { record, counts, appended } = target;
  let place = from;
  while (TABLES.some((table) => place.counts[table] < counts[table])) {
    if (isCancelled()) return undefined;
    const { bytes, place: end } = nextSegment(record, place, counts, appended);
    await write(file, bytes, place.length);
    place = end;
  }
  return place;
}

async function write(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  // Windows cannot open a directory.
  if (process.platform === 'win32') return;
  const directory = await open(dirname(to), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
