/**
 * Refuses a `qanto` of another version than this `qanto-node`, and the absence of one, when it is imported: what is
 * imported after it may rely on what `qanto/internal` has. `qanto` is a peer dependency, so that a process has one copy
 * of it; some package managers only warn of a version that does not fit, and some install no peers.
 */
import path from 'node:path';

/** The base of both. No `QantoError`, since there may be no `qanto` to take that from. */
class LibraryError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** `ERR_QANTO_LIBRARY_MISSING`: the package `qanto` is not installed. */
export class LibraryMissingError extends LibraryError {
  constructor(message: string, options: ErrorOptions) {
    super('ERR_QANTO_LIBRARY_MISSING', message, options);
  }
}

/** `ERR_QANTO_LIBRARY_VERSION`: the package `qanto` has another version than this package. */
export class LibraryVersionError extends LibraryError {
  constructor(message: string) {
    super('ERR_QANTO_LIBRARY_VERSION', message);
  }
}

interface Manifest {
  readonly version: string;
}

/** Throws `ERR_QANTO_LIBRARY_MISSING` or `ERR_QANTO_LIBRARY_VERSION` unless the library and the node have one version. */
export function requireSameVersion(
  node: Manifest,
  library: () => { readonly manifest: Manifest; readonly file: string },
): void {
  const install = `install both, in one version: "npm install qanto@${node.version} qanto-node@${node.version}"`;
  let found: { readonly manifest: Manifest; readonly file: string };
  try {
    found = library();
  } catch (cause) {
    const message = `qanto-node ${node.version} (${HERE}) needs the package qanto, which is not installed; ${install}`;
    throw new LibraryMissingError(message, { cause });
  }
  const { manifest, file } = found;
  if (manifest.version === node.version) return;
  throw new LibraryVersionError(
    `qanto-node ${node.version} (${HERE}) needs qanto ${node.version}, and finds qanto ${manifest.version} ` +
      `(${path.dirname(file)}); ${install}`,
  );
}

const HERE = path.resolve(__dirname, '../..');

requireSameVersion(require('../../package.json') as Manifest, () => {
  const file = require.resolve('qanto/package.json');
  return { manifest: require(file) as Manifest, file };
});
