/** The directory into which a command writes a store. */
import { readdirSync, rmdirSync } from 'node:fs';
import { StoreFailedError, StoreTargetExistsError } from 'qanto/dag';

/**
 * Requires that a directory is empty or does not exist, and removes it if it is empty, so that a complete directory can take its
 * place. Throws `ERR_QANTO_STORE_TARGET_EXISTS`.
 */
export function requireEmpty(directory: string): void {
  try {
    if (readdirSync(directory).length === 0) {
      rmdirSync(directory);
      return;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    // The mount point of a file system cannot be removed.
    if (code !== 'ENOTDIR') throw new StoreFailedError(directory, error);
  }
  throw new StoreTargetExistsError(directory);
}
