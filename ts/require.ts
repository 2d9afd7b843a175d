/**
 * `require` for what is looked up while the program runs: files by their path, and packages that may be absent.
 *
 * Packages are required by a literal name in a `try`, where they are needed: bundlers find them by the literal, and
 * leave alone what they cannot resolve inside a `try`. In a bundle that literal may fail although the package is
 * installed beside the program; {@link requireFromProgram} finds it there.
 */
const { createRequire } = process.getBuiltinModule('node:module');
const { resolve } = process.getBuiltinModule('node:path');

/** Requires an absolute path. */
export function requireFile(path: string): unknown {
  return createRequire(path)(path);
}

/**
 * Requires a package from where the program lies, then from the working directory, after a `require` of it failed with
 * `error`. Throws `error` when that tells more than that the package was not found.
 */
export function requireFromProgram(name: string, error: unknown): unknown {
  if (hasCode(error) && !isNotFound(error, name)) throw error;
  const [, program] = process.argv;
  if (program !== undefined) {
    try {
      return createRequire(resolve(program))(name);
    } catch (second) {
      if (!isNotFound(second, name)) throw second;
    }
  }
  return createRequire(resolve('program.js'))(name);
}

/** Whether it was the package itself that was not found, and not something that it needs. */
export function isNotFound(error: unknown, name: string): boolean {
  const [firstLine = ''] = String((error as Partial<Error> | undefined)?.message).split('\n');
  return hasCode(error) && error.code === 'MODULE_NOT_FOUND' && firstLine.includes(name);
}

function hasCode(error: unknown): error is { readonly code: string } {
  return typeof (error as { readonly code?: unknown } | undefined)?.code === 'string';
}
