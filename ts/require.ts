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
 * Requires a package from where the program may have it, after a `require` of it failed with `error`. Throws what says
 * most: the error of a package that was found, else `error` when it is one of `require`, else that it was not found.
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

/** What is installed beside a program, and finds what a strict package manager hides from the program. */
const INSTALLED = ['qanto', 'qanto-node'];

/** Files to look from: the bundle, the program, the working directory; and what is installed there. */
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

/** Whether it was the package itself that was not found, and not something that it needs. */
export function isNotFound(error: unknown, name: string): boolean {
  const [firstLine = ''] = String((error as Partial<Error> | undefined)?.message).split('\n');
  // As a whole word: `winston` is installed where `winston-transport` is missing.
  const words = firstLine.split(/['"\s,]+/);
  return hasCode(error) && error.code === 'MODULE_NOT_FOUND' && words.includes(name);
}

function hasCode(error: unknown): error is { readonly code: string } {
  return typeof (error as { readonly code?: unknown } | undefined)?.code === 'string';
}
