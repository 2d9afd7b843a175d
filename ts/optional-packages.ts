/**
 * Packages that only some users need. They are optional peer dependencies, which the host installs if it uses them, and are
 * loaded by the first call that needs them. Each is required in a separate file beside the code that needs it, so that a
 * bundle contains only those that it uses.
 */
import { MissingPackageError } from './errors.ts';
import { isNotFound, requireFromProgram, resolveFromProgram } from './require.ts';

/**
 * Returns the package `name` after its `require` failed with `error`. Throws `ERR_QANTO_MISSING_PACKAGE` if it is not
 * installed.
 */
export function optionalPackage(name: string, neededBy: string, error: unknown): unknown {
  try {
    return requireFromProgram(name, error);
  } catch (cause) {
    if (isNotFound(cause, name)) throw new MissingPackageError(name, neededBy, { cause });
    throw cause;
  }
}

/**
 * Returns the file of the package `name`, which another thread requires. No bundler finds it, so it must be installed beside a
 * bundle. Throws `ERR_QANTO_MISSING_PACKAGE` if it is not installed.
 */
export function optionalPackageFile(name: string, neededBy: string): string {
  const file = resolveFromProgram(name);
  if (file === undefined) throw new MissingPackageError(name, neededBy);
  return file;
}
