/** Makes a backup of an open store, with its progress and its cancellation. */
import { type Fields, refuseUnknown, requireFunction, requireObject } from '../../check-arguments.ts';
import { AbortError, mustBe } from '../../errors.ts';
import { onceAborted, requireSignal } from '../../pow/abort.ts';
import { rethrowLater } from '../../rethrow.ts';
import { StoreFailedError, StoreTargetExistsError } from './errors.ts';
import type { StoreCalls } from './sqlite-calls.ts';
import type { BackupOptions, BackupReport } from './store.ts';

const { lstatSync } = process.getBuiltinModule('node:fs');
const { resolve } = process.getBuiltinModule('node:path');

const PROGRESS_MS = 100;

const FIELDS: Fields<BackupOptions> = { signal: true, onProgress: true };

/** See {@link SqliteStore.backup}. No other backup of the store may be running. */
export async function backUp(
  calls: StoreCalls,
  target: string,
  options: BackupOptions,
): Promise<BackupReport> {
  checkArguments(target, options);
  const directory = resolve(target);
  const { signal, onProgress } = options;
  if (signal?.aborted) throw new AbortError(signal.reason);
  requireAbsent(directory);
  const unsubscribe = signal && onceAborted(signal, () => calls.cancelBackup());
  const report = () => {
    const [done = 0, total = 0] = calls.backupProgress;
    if (total > 0) rethrowLater(() => onProgress?.(done / total));
  };
  const timer = onProgress && setInterval(report, PROGRESS_MS);
  try {
    const { appended, held, size } = await calls.call((store) => store.backup(directory));
    return { appendedBlocks: appended!, heldBlocks: held!, sizeBytes: size! };
  } catch (error) {
    if (signal?.aborted) throw new AbortError(signal.reason);
    // The message must name the backup, and not the store, which works.
    throw error instanceof StoreFailedError ? new StoreFailedError(directory, error.cause) : error;
  } finally {
    clearInterval(timer);
    unsubscribe?.();
  }
}

function requireAbsent(target: string): void {
  let found: unknown;
  try {
    found = lstatSync(target, { throwIfNoEntry: false });
  } catch (error) {
    throw new StoreFailedError(target, error);
  }
  if (found !== undefined) throw new StoreTargetExistsError(target);
}

function checkArguments(target: string, options: BackupOptions): void {
  if (typeof target !== 'string' || target === '' || target.includes('\0')) {
    throw mustBe('target', target, 'the path of a directory that does not exist');
  }
  requireObject('options', options);
  refuseUnknown('options', options, FIELDS);
  const { signal, onProgress } = options;
  if (signal !== undefined) requireSignal('options.signal', signal);
  if (onProgress !== undefined) requireFunction('options.onProgress', onProgress);
}
