/**
 * The packages that only some users need, loaded by the first call that needs them. They are optional peer
 * dependencies: the host installs the ones it uses. Each is required in a file of its own, beside the code that needs
 * it, so that a bundle holds none that it does not use.
 */
import { MissingPackageError } from './errors.ts';
import { isNotFound, requireFromProgram } from './require.ts';

/** The package, after a `require` of it failed with `error`. Throws `ERR_QANTO_MISSING_PACKAGE` when it is not installed. */
export function optionalPackage(name: string, neededBy: string, error: unknown): unknown {
  try {
    return requireFromProgram(name, error);
  } catch (cause) {
    if (isNotFound(cause, name)) throw new MissingPackageError(name, neededBy, { cause });
    throw cause;
  }
}
