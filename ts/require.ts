/**
 * Requires files by their path, and packages that may be absent, at run time.
 *
 * Packages are required by a literal name inside a `try`, where they are needed. Bundlers find the literal name, and leave
 * the call unchanged if they cannot resolve it inside a `try`. In a bundle this call may fail although the package is
 * installed beside the program; {@link requireFromProgram} then finds the package.
 */
const { createRequire } = process.getBuiltinModule('node:module');
const { resolve } = process.getBuiltinModule('node:path');

/** Requires a file by its absolute path. */
export function requireFile(path: string): unknown {
  return createRequire(path)(path);
}

/**
 * Requires a package from the folders of the program, after its `require` failed with `error`. If a package is found but
 * cannot be loaded, throws that error. If none is found, throws `error` if it has a code, else that the package was not
 * found.
 */
export function requireFromProgram(name: string, error: unknown): unknown {
  let notFound: unknown;
  for (const place of places()) {
    try {
      return createRequire(place)(name);
    } catch (second) {
      if (!isNotFound(second, name)) throw second;
      notFound = second;
    }
  }
  throw hasCode(error) ? error : notFound;
}

/** Packages beside the program. They can resolve dependencies that a strict package manager hides from the program. */
const INSTALLED = ['qanto', 'qanto-node'];

/** The files from which packages are resolved: the bundle, the program, one in the working directory, and {@link INSTALLED}. */
function* places(): Generator<string> {
  const [, program] = process.argv;
  const files = [
    ...(typeof __filename === 'undefined' ? [] : [__filename]),
    ...(program === undefined ? [] : [resolve(program)]),
    resolve('program.js'),
  ];
  for (const file of files) {
    yield file;
    for (const name of INSTALLED) {
      const installed = resolved(name, file);
      if (installed !== undefined) yield installed;
    }
  }
}

function resolved(name: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}

/** Whether the error says that the package itself was not found, and not one of its dependencies. */
export function isNotFound(error: unknown, name: string): boolean {
  const [firstLine = ''] = String((error as Partial<Error> | undefined)?.message).split('\n');
  // The name must be a whole word, because an error about `winston-transport` is not one about `winston`.
  const words = firstLine.split(/['"\s,]+/);
  return hasCode(error) && error.code === 'MODULE_NOT_FOUND' && words.includes(name);
}

function hasCode(error: unknown): error is { readonly code: string } {
  return typeof (error as { readonly code?: unknown } | undefined)?.code === 'string';
}

/** Returns the file of a package, from the folders of the program, or undefined if there is none. */
export function resolveFromProgram(name: string): string | undefined {
  for (const place of places()) {
    const file = resolved(name, place);
    if (file !== undefined) return file;
  }
  return undefined;
}
